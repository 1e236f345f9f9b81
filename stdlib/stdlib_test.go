package stdlib_test

import (
	"testing"

	"github.com/topo-lang/topo/compiler/describe"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/stdlib"
)

// That declarations fit their Go code is tested where they are compiled; here, that each says what it is for.
func TestEverythingIsDocumented(t *testing.T) {
	set := library.New(stdlib.Signatures)
	if got := len(set.Names()); got != 17 {
		t.Errorf("%d libraries", got)
	}
	for _, name := range set.Names() {
		lib := set.Load(name)
		for _, d := range lib.Diags {
			t.Errorf("%s: %s (%s)", name, d.Message, d.Help)
		}
		for _, e := range describe.Of([]*ast.File{lib.Tree}, name+".").Entries {
			if e.Doc == "" {
				t.Errorf("%s has no documentation", e.Name)
			}
		}
	}
}
