package library

import (
	"slices"
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
		"library other stands in the folder of library bad", "declares types, components and functions only", "unknown type strange",
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

func TestRecordsOfLibraries(t *testing.T) {
	set := New(fstest.MapFS{
		"web/web.topo": {Data: []byte(`library web
type Answer(status int, body bytes)
type Twice(a int)
type Twice(a int)
type Deep(list []int)
func get(url string) -> Answer? = go ".".Get
func now(url string) -> Answer = go ".".Now
func other(url string) -> Other = go ".".Get
func wrong(url string) -> Wrong = go ".".Wrong
type Wrong(status int)
`)},
		"web/web.go": {Data: []byte(`package web
type Answer struct { Status int64; Body []byte }
type Wrong struct { Status int }
// Get asks.
//
//topo:impure
func Get(url string) (Answer, error)
func Now(url string) Answer
func Wrong(url string) Wrong
`)},
	})
	lib, diags := set.Load("web")
	var got []string
	for _, d := range diags {
		got = append(got, d.Message)
	}
	want := []string{"type Twice is declared twice", "field list of record Deep is not of a basic type", "unknown type Other"}
	if !slices.Equal(got, want) {
		t.Errorf("mistakes: %q", got)
	}
	get, diags := lib.Func("get")
	if len(diags) > 0 || get.IR.Pure || get.IR.GoRecord == nil || len(get.IR.GoRecord.Fields) != 2 || get.IR.GoRecord.Fields[1].Name != "Body" {
		t.Errorf("get: %+v, %v", get.IR, diags)
	}
	if now, diags := lib.Func("now"); len(diags) > 0 || !now.IR.Pure || now.IR.GoRecord == nil {
		t.Errorf("now: %+v, %v", now.IR, diags)
	}
	if _, diags := lib.Func("wrong"); len(diags) != 1 || diags[0].Message != `field Status of Go struct Wrong is "int", not int64` {
		t.Errorf("wrong: %v", diags)
	}
}
