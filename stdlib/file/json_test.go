package file

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/kit/decode/decodetest"
)

func jsonRows(t *testing.T, j *Json) (rows, refused []string, said string, err error) {
	t.Helper()
	var out strings.Builder
	ctx := &component.Context{Component: "in", Stderr: &out, Fail: func(f component.Failed) { refused = append(refused, f.Place+": "+f.Reason) }}
	columns := []component.Column{{Name: "s", Kind: component.String}, {Name: "j", Kind: component.JSON}}
	if err := j.Open(ctx, columns); err != nil {
		return nil, nil, "", err
	}
	cols := decodetest.Objects(columns)
	for {
		cols.Reset()
		err = j.Next(context.Background(), cols)
		for i := range cols.Len() {
			rows = append(rows, cols.Cols[0].Strings[i]+" "+cols.Cols[1].Strings[i])
		}
		if err != nil {
			break
		}
	}
	if e := j.Close(); e != nil {
		t.Fatal(e)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return rows, refused, out.String(), err
}

func TestJson(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in.jsonl")
	text := "\ufeff{\"s\":\"a\\u0041\", \"j\": [ 1 ]}\r\n\n  \n{\"s\":1}\n[]\nx\n{\"s\":\"\xff\"}\n{\"s\":\"last\"}"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	rows, refused, _, err := jsonRows(t, &Json{Path: path, MaxLine: 1000, Invalid: "report"})
	if err != nil || !slices.Equal(rows, []string{"aA [1]", "last null"}) {
		t.Errorf("%q, %v", rows, err)
	}
	want := []string{":4: field s: a number (1) is not a string", ":5: not a JSON object", ":6: not JSON: no value begins like this at byte 1", ":7: not JSON: a string is not UTF-8 at byte 7"}
	for i, w := range want {
		if i >= len(refused) || refused[i] != path+w {
			t.Errorf("refused %q, want %q", refused, want)
			break
		}
	}
	rows, refused, said, err := jsonRows(t, &Json{Path: path, MaxLine: 1000, Invalid: "skip"})
	if err != nil || len(rows) != 2 || len(refused) > 0 || !strings.Contains(said, "in.jsonl:4: left out: field s: a number (1)") || !strings.Contains(said, "4 were left out") {
		t.Errorf("%q, %q, %s, %v", rows, refused, said, err)
	}
	rows, _, _, err = jsonRows(t, &Json{Path: path, MaxLine: 1000, Invalid: "fail"})
	if err == nil || !strings.Contains(err.Error(), "in.jsonl:4: field s: a number (1)") || len(rows) != 1 {
		t.Errorf("%q, %v", rows, err)
	}
	if _, _, _, err = jsonRows(t, &Json{Path: path, MaxLine: 10, Invalid: "skip"}); err == nil || !strings.Contains(err.Error(), "max_line is 10") {
		t.Error(err)
	}
	if _, _, _, err = jsonRows(t, &Json{Path: path, MaxLine: 10, Invalid: "replace"}); err == nil {
		t.Error("an unknown way")
	}
}

func appended(t *testing.T, path string, header bool, values ...string) {
	t.Helper()
	a := &Append{Path: path, Format: "csv", Header: header}
	columns := []component.Column{{Name: "s", Kind: component.String}}
	if err := a.Open(&component.Context{Stderr: io.Discard}, columns); err != nil {
		t.Fatal(err)
	}
	columns[0].Strings = values
	if err := errors.Join(a.Write(&component.Columns{N: len(values), Cols: columns}), a.Flush(), a.Close(false)); err != nil {
		t.Fatal(err)
	}
}

func TestAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv")
	appended(t, path, true, "a", "b,c")
	appended(t, path, true, "d")
	appended(t, path, true)
	if got, err := os.ReadFile(path); err != nil || string(got) != "s\na\n\"b,c\"\nd\n" {
		t.Errorf("%q, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	appended(t, path, true, strings.Repeat("x", appendSize), "y")
	if got, err := os.ReadFile(path); err != nil || string(got) != "torn\n"+strings.Repeat("x", appendSize)+"\ny\n" {
		t.Errorf("%.20q, %v", got, err)
	}
}

func TestWhatCannotBeAppendedTo(t *testing.T) {
	dir := t.TempDir()
	for want, a := range map[string]*Append{
		"no file is named": {Format: "csv"}, "is a folder": {Format: "csv", Path: dir}, "format:": {Format: "xml", Path: filepath.Join(dir, "x")},
		"header:": {Format: "json", Header: true, Path: filepath.Join(dir, "x")}, "cannot be written": {Format: "csv", Path: filepath.Join(dir, "none", "x")},
		"is not a regular file": {Format: "csv", Path: os.DevNull},
	} {
		if err := a.Open(&component.Context{Stderr: io.Discard}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		if err := a.Close(false); err != nil {
			t.Error(err)
		}
	}
}
