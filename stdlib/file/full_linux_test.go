package file

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
)

func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "out.tsv")
	put(t, path, "old")
	w := &Write{Path: path, Format: "tsv"}
	if err := w.Open(&component.Context{}, counts); err != nil {
		t.Fatal(err)
	}
	w.out.Reset(full) // every write to it says that the disk is full
	if err := w.Write(batch([]string{"a"}, []int64{1})); err != nil {
		t.Fatal(err)
	}
	err = w.Close(true)
	if err == nil || !strings.Contains(err.Error(), "no space left") || !strings.Contains(helpOf(err), "make room") {
		t.Errorf("%v; help: %s", err, helpOf(err))
	}
	if names(t, dir) != "out.tsv" || text(t, path) != "old" {
		t.Errorf("%s: %q", names(t, dir), text(t, path))
	}
}
