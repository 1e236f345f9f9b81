package library

import (
	"testing"
	"testing/fstest"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/stdlib"
)

func TestLoadIsLazyAndCached(t *testing.T) {
	opened := map[string]int{}
	set := New(counting{fstest.MapFS{
		"core/core.topo": {Data: []byte("library core\nfunc f(s string) -> int = go \"./x\".F\n")},
		"core/x/x.go":    {Data: []byte("package x\n\nfunc F(a *arena.Arena, s string) int64\n")},
		"file/file.topo": {Data: []byte("library file\n")},
	}, opened})
	for range 3 {
		if lib := set.Load("core"); lib == nil || len(lib.Diags) > 0 || len(lib.Tree.Decls) != 2 {
			t.Fatalf("%+v", lib)
		}
	}
	if opened["core/x/x.go"] != 0 {
		t.Error("Go source was read before a function was used")
	}
	for range 3 {
		f := &ir.Func{Name: "f", Params: []types.Field{{Name: "s", Type: types.TString}}, Result: types.TInt}
		if _, wrong := set.Func("core/x", "F", f); wrong != nil || !f.TakesArena {
			t.Fatalf("%+v %v", f, wrong)
		}
	}
	if opened["core/core.topo"] != 1 || opened["core/x/x.go"] != 1 || opened["file/file.topo"] != 0 {
		t.Errorf("read %v", opened)
	}
}

func TestUnknownLibrary(t *testing.T) {
	for _, name := range []string{"nope", "", "..", "core/text", "a\x00b"} {
		if lib := New(stdlib.Signatures).Load(name); lib != nil {
			t.Errorf("library %q: %v", name, lib)
		}
	}
	if lib := New(nil).Load("core"); lib != nil {
		t.Error("a library out of nothing")
	}
}

func TestGoName(t *testing.T) {
	for in, want := range map[string]string{"lines": "Lines", "max_line": "MaxLine", "a__b_": "AB", "": ""} {
		if got := GoName(in); got != want {
			t.Errorf("GoName(%q) is %q", in, got)
		}
	}
}

func TestRecords(t *testing.T) {
	set := New(fstest.MapFS{"web/web.go": {Data: []byte(`package web
type Answer struct { Status int64; Body []byte }
type Wrong struct { Status int }
func Get(url string) (Answer, error)
func Now(url string) Answer
func Bad(url string) Wrong
`)}})
	record := func(name string) *types.Type {
		return &types.Type{Kind: types.Record, Name: name, Fields: []types.Field{{Name: "status", Type: types.TInt}}}
	}
	answer := record("Answer")
	answer.Fields = append(answer.Fields, types.Field{Name: "body", Type: types.TBytes})
	url := []types.Field{{Name: "url", Type: types.TString}}
	get := &ir.Func{Name: "get", Params: url, Result: types.OptionalOf(answer)}
	if _, wrong := set.Func("web", "Get", get); wrong != nil || get.GoRecord == nil || len(get.GoRecord.Fields) != 2 || get.GoRecord.Fields[1].Name != "Body" {
		t.Errorf("get: %+v, %v", get, wrong)
	}
	now := &ir.Func{Name: "now", Params: url, Result: answer}
	if _, wrong := set.Func("web", "Now", now); wrong != nil || now.GoRecord == nil {
		t.Errorf("now: %+v, %v", now, wrong)
	}
	bad := &ir.Func{Name: "bad", Params: url, Result: record("Wrong")}
	if _, wrong := set.Func("web", "Bad", bad); wrong == nil || wrong.Message != `field Status of Go struct Wrong is "int", not int64` {
		t.Errorf("bad: %v", wrong)
	}
}
