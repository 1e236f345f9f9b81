package infer

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFile(t *testing.T) {
	for _, c := range []struct{ name, text, want, left string }{
		{"a.csv", "a,b,c,d,e,f\n1,1.5,true,2026-01-02T15:04:05Z,x,\n-2,3,false,2026-01-02T15:04:05.5+02:00,,\n", "a int, b float, c bool, d time, e string, f string", ""},
		{"missing.csv", "a,b\n1,\n,x\n", "a int?, b string", ""},
		{"codes.csv", "zip,n\n01234,0\n99999,0.5\n", "zip string, n float", ""},
		{"mixed.csv", "a,b\n1,true\nx,1\n", "a string, b string", ""},
		{"semicolon.csv", "\ufeffa;b\n1;2,5\n", "a int, b string", ""},
		{"tabs.tsv", "a\tb\n1\tx\n", "a int, b string", ""},
		{"names.csv", "a,A b,a,2x\n1,2,3,4\n", "a int", "A b a 2x"},
		{"bad.csv", "a,b\n1,\"x\n", "a string, b string", ""},
		{"header.csv", "a,b\n", "a string, b string", ""},
		{"large.csv", "a\n9223372036854775808\n1e5\n", "a float", ""},
		{"x.jsonl", `{"n":1,"s":"x","f":1.5,"at":"2026-01-02T15:04:05Z","l":[1],"o":{"n":{}},"ok":true,"maybe":null}` + "\n\n" + `{"n":2.5,"s":"2026-01-02T15:04:05Z","f":2,"at":"2026-01-02T15:04:05Z","l":[],"o":{},"ok":false,"maybe":"y","more":1}` + "\nbad\n",
			"n float, s string, f float, at time, l json, o json, ok bool, maybe string?, more int?", ""},
		{"kinds.json", `{"a":1}` + "\n" + `{"a":"x"}` + "\n", "a json", ""},
	} {
		name := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(name, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := File(name)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, f := range s.Fields {
			got = append(got, f.Name+" "+f.Type)
		}
		if strings.Join(got, ", ") != c.want || strings.Join(s.Left, " ") != c.left {
			t.Errorf("%s: %s; left out %q", c.name, strings.Join(got, ", "), s.Left)
		}
	}
	for name, text := range map[string]string{"empty.csv": "", "array.json": "[1]\n", "none.csv": "1,2\n3,4\n"} {
		at := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if s, err := File(at); err == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestName(t *testing.T) {
	var got []string
	for _, path := range []string{"a/people.csv", "Ad-Views 2026.csv", "2026.csv", "select.csv", "été.json", "x"} {
		got = append(got, Name(path))
	}
	if want := []string{"people", "ad_views_2026", "rows", "select_rows", "t", "x"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func FuzzFile(f *testing.F) {
	f.Add("a,b\n1,2\n", true)
	f.Add(`{"a":{}}`, false)
	f.Fuzz(func(t *testing.T, text string, csv bool) {
		name := filepath.Join(t.TempDir(), map[bool]string{true: "a.csv", false: "a.json"}[csv])
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if s, err := File(name); err == nil && len(s.Fields) == 0 {
			t.Error("no fields, and no error")
		}
	})
}
