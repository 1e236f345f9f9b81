package compiler

import (
	"testing"
	"testing/fstest"

	"github.com/topo-lang/topo/compiler/library"
)

// TestStandardLibrary: each declaration of the real library is sound, and fits its Go code.
func TestStandardLibrary(t *testing.T) {
	names := realLibraries.Names()
	if len(names) < 5 {
		t.Fatalf("only %v", names)
	}
	for _, name := range names {
		for _, text := range wrongIn(realLibraries, name) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// wrongIn compiles all of a standard library.
func wrongIn(libs *library.Set, name string) []string {
	c := newCompilation(Options{Libraries: libs})
	lib := c.in(c.standard(name))
	lib.resolveTypes()
	lib.resolveValues()
	lib.resolveFuncs()
	lib.resolveSignatures()
	lib.checkFuncs()
	lib.checkGraphs()
	var out []string
	for _, d := range c.diagnostics() {
		out = append(out, d.Code+" "+d.Message)
	}
	return out
}

// TestMistakesOfLibraries: what is wrong with a standard library is said to be its own mistake, whatever it is.
func TestMistakesOfLibraries(t *testing.T) {
	got := wrongIn(library.New(fstest.MapFS{
		"bad/bad.topo": {Data: []byte(`library other
param x int = 1
spout a(x strange) -> (n int)
spout a() -> (n int)
sink c(limit int)
func f(x int) -> int = x + "a"
func g(x int = 1) -> int = go "./x".G
`)},
		"bad/x/x.go": {Data: []byte("package x\n\nfunc G(x int64) int64\n")},
	}), "bad")
	want := []string{
		"E0915 library other stands in the folder of library bad", "E0915 a library has no params", "E0915 unknown type strange",
		"E0915 Go package bad has no struct A", "E0915 component a is declared twice", "E0915 sink c does not say what it takes",
		"E0915 Go package bad has no struct C", "E0915 + does not take an int and a string",
	}
	if len(got) != len(want) {
		t.Errorf("%q", got)
	}
}
