package library

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/topo-lang/topo/stdlib"
)

// TestStandardLibrary: each signature of the real library fits its Go code.
func TestStandardLibrary(t *testing.T) {
	set := New(stdlib.Signatures)
	names := set.Names()
	if len(names) < 5 {
		t.Fatalf("only %v", names)
	}
	for _, name := range names {
		for _, d := range set.Verify(name) {
			t.Errorf("%s: %s %v", name, d.Message, d.Span)
		}
	}
}

func TestLoadIsLazyAndCached(t *testing.T) {
	opened := map[string]int{}
	set := New(counting{fstest.MapFS{
		"core/core.topo": {Data: []byte("library core\nfunc f(s string) -> int = go \"./x\".F\n")},
		"core/x/x.go":    {Data: []byte("package x\n\nfunc F(a *arena.Arena, s string) int64\n")},
		"file/file.topo": {Data: []byte("library file\n")},
	}, opened})
	for range 3 {
		lib, diags := set.Load("core")
		if lib == nil || len(diags) > 0 {
			t.Fatalf("%v", diags)
		}
	}
	if opened["core/x/x.go"] != 0 {
		t.Error("Go source was read before a function was used")
	}
	lib, _ := set.Load("core")
	for range 3 {
		f, diags := lib.Func("f")
		if f == nil || len(diags) > 0 || !f.IR.TakesArena {
			t.Fatalf("%+v %v", f, diags)
		}
	}
	if opened["core/core.topo"] != 1 || opened["core/x/x.go"] != 1 || opened["file/file.topo"] != 0 {
		t.Errorf("read %v", opened)
	}
}

func TestUnknownLibrary(t *testing.T) {
	for _, name := range []string{"nope", "", "..", "core/text", "a\x00b"} {
		if lib, diags := New(stdlib.Signatures).Load(name); lib != nil || diags != nil {
			t.Errorf("library %q: %v %v", name, lib, diags)
		}
	}
	if lib, _ := New(nil).Load("core"); lib != nil {
		t.Error("a library out of nothing")
	}
}

func TestMistakesOfSignatures(t *testing.T) {
	set := New(fstest.MapFS{"bad/bad.topo": {Data: []byte(`library other
param x int = 1
spout a(x strange) -> (n int)
spout a() -> (n int)
spout b() -> (n int) durable
sink c(limit int)
func f(x int) -> int = x
func g(x int = 1) -> int = go "./x".G
`)}})
	_, diags := set.Load("bad")
	for _, want := range []string{
		"library other stands in the folder of library bad", "declares components and functions only", "unknown type strange",
		"component a is declared twice", "no option durable", "sink c does not say what it takes", "function f needs", "no defaults",
	} {
		found := false
		for _, d := range diags {
			found = found || strings.Contains(d.Message, want)
		}
		if !found {
			t.Errorf("no %q in %v", want, diags)
		}
	}
}

func TestGoName(t *testing.T) {
	for in, want := range map[string]string{"lines": "Lines", "max_line": "MaxLine", "a__b_": "AB", "": ""} {
		if got := GoName(in); got != want {
			t.Errorf("GoName(%q) is %q", in, got)
		}
	}
}
