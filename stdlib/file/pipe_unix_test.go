//go:build unix

package file

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
)

func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o644); err != nil {
		t.Skip(err)
	}
	go func() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err == nil {
			f.WriteString("through\nthe pipe")
			f.Close()
		}
	}()
	if got, err := readAll(t, &Lines{Path: path}, &component.Context{}); err != nil || !slices.Equal(got, []string{"through", "the pipe"}) {
		t.Errorf("%q, %v", got, err)
	}
}
