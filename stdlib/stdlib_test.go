package stdlib_test

import (
	"testing"

	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/stdlib"
)

// The compiler compares a signature with its Go code when a topology uses it; here all are.
func TestSignaturesAreTheirGoCodes(t *testing.T) {
	set := library.New(stdlib.Signatures)
	check := func(what string, diags []diag.Diagnostic) {
		for _, d := range diags {
			t.Errorf("%s: %s (%s)", what, d.Message, d.Help)
		}
	}
	if got := len(set.Names()); got != 10 {
		t.Errorf("%d libraries", got)
	}
	for _, name := range set.Names() {
		lib, diags := set.Load(name)
		check(name, diags)
		for _, c := range lib.ComponentNames(ast.ComponentKind("")) {
			component, diags := lib.Component(c)
			check(name+"."+c, diags)
			if component.Doc == "" {
				t.Errorf("%s.%s has no documentation", name, c)
			}
		}
		for _, f := range lib.FuncNames() {
			fn, diags := lib.Func(f)
			check(name+"."+f, diags)
			if fn.Doc == "" {
				t.Errorf("%s.%s has no documentation", name, f)
			}
		}
	}
}
