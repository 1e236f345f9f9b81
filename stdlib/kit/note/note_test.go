package note

import (
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
)

// writes counts calls of Write.
type writes struct {
	strings.Builder
	n int
}

func (w *writes) Write(p []byte) (int, error) {
	w.n++
	return w.Builder.Write(p)
}

func TestALineIsOneWrite(t *testing.T) {
	var out writes
	Warner(&component.Context{Component: "in", Stderr: &out})("%d lines", 3)
	if out.String() != "warning: in: 3 lines\n" || out.n != 1 {
		t.Errorf("%q in %d writes", out.String(), out.n)
	}
}
