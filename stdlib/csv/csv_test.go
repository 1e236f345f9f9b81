package csv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/kit/encode"
)

func schema() []component.Column {
	return []component.Column{
		{Name: "name", Kind: component.String}, {Name: "n", Kind: component.Int}, {Name: "price", Kind: component.Decimal},
		{Name: "note", Kind: component.JSON, Optional: true, Of: component.String}, {Name: "age", Kind: component.JSON, Optional: true, Of: component.Int}, {Name: "doc", Kind: component.JSON},
	}
}

// read reads files and returns their rows as JSON, what was refused, and the error.
func read(t *testing.T, r *Read, columns []component.Column, texts ...string) (rows, refused []string, said string, err error) {
	t.Helper()
	dir := t.TempDir()
	for i, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.csv", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r.Separator == "" {
		r.Separator = ","
	}
	if r.MaxRecord == 0 {
		r.MaxRecord = 1 << 20
	}
	if r.Invalid == "" {
		r.Invalid = "report"
	}
	r.Path = filepath.Join(dir, "*.csv")
	var out strings.Builder
	clean := func(s string) string { return strings.ReplaceAll(s, dir+string(filepath.Separator), "") }
	ctx := &component.Context{Component: "in", Stderr: &out, Fail: func(f component.Failed) { refused = append(refused, clean(f.Place+": "+f.Reason)) }}
	if err := r.Open(ctx, columns); err != nil {
		return nil, nil, clean(out.String()), err
	}
	enc := encode.New(encode.JSON, columns)
	cols := &component.Columns{Cols: columns}
	for {
		cols.Reset()
		err = r.Next(context.Background(), cols)
		for i := range cols.N {
			rows = append(rows, string(enc.Append(nil, cols, i)))
		}
		if err != nil {
			break
		}
	}
	if e := r.Close(); e != nil {
		t.Fatal(e)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	} else {
		err = errors.New(clean(err.Error()))
	}
	return rows, refused, clean(out.String()), err
}

func TestRead(t *testing.T) {
	rows, refused, _, err := read(t, &Read{Header: true}, schema(),
		"\ufeffn,extra, name ,price,note,age,doc\r\n1,x,\"a, \"\"b\"\"\nc\",12.50,hey,7,\"{\"\"k\"\": [1]}\"\r\n 2 ,y,,1,,,",
		"doc,age,note,price,name,n\n")
	want := []string{
		`{"name":"a, \"b\"\nc","n":1,"price":12.5,"note":"hey","age":7,"doc":{"k":[1]}}`,
		`{"name":"","n":2,"price":1,"note":null,"age":null,"doc":null}`,
	}
	if err != nil || len(refused) > 0 || !slices.Equal(rows, want) {
		t.Errorf("%q, refused %q, %v", rows, refused, err)
	}
}

func TestRecordsThatDoNotFit(t *testing.T) {
	text := "name,n,price\na,1,1\nb,x,1\nc\n\"d\"e,1,1\nf,2,1.5.5\n\ng,3,3\nh,\xff,1\n\"i,1,1\n"
	columns := schema()[:3]
	rows, refused, _, err := read(t, &Read{Header: true}, columns, text)
	if err != nil || !slices.Equal(rows, []string{`{"name":"a","n":1,"price":1}`, `{"name":"g","n":3,"price":3}`}) {
		t.Errorf("%q, %v", rows, err)
	}
	want := []string{
		`0.csv:3: field n is "x", not a whole number that an int holds`, "0.csv:4: field n is missing: the record has too few values", "0.csv:5: not CSV: extraneous or missing \" in quoted-field in line 5, column 3",
		`0.csv:6: field price is "1.5.5", not a number that a decimal holds (19 digits)`, "0.csv:9: field n is not UTF-8 text", "0.csv:10: not CSV: extraneous or missing \" in quoted-field in line 11, column 1",
	}
	if len(refused) != len(want) {
		t.Fatalf("%q", refused)
	}
	for i := range want {
		if refused[i] != want[i] && !(i == 5 && strings.HasPrefix(refused[i], "0.csv:10: not CSV")) {
			t.Errorf("got  %s\nwant %s", refused[i], want[i])
		}
	}
	rows, refused, said, err := read(t, &Read{Header: true, Invalid: "skip"}, schema()[:3], text)
	if err != nil || len(rows) != 2 || len(refused) > 0 || !strings.Contains(said, `warning: in: 0.csv:3: left out: field n`) || !strings.Contains(said, "6 were left out") {
		t.Errorf("%q, %q, %s, %v", rows, refused, said, err)
	}
	rows, _, _, err = read(t, &Read{Header: true, Invalid: "fail"}, schema()[:3], text)
	if err == nil || !strings.HasPrefix(err.Error(), `0.csv:3: field n is "x"`) || len(rows) != 1 {
		t.Errorf("%q, %v", rows, err)
	}
}

func TestHeaders(t *testing.T) {
	rows, refused, _, err := read(t, &Read{Separator: ";"}, schema()[:2], "a;1\nb;2;more\nc;3\n")
	if err != nil || !slices.Equal(rows, []string{`{"name":"a","n":1}`, `{"name":"c","n":3}`}) || !slices.Equal(refused, []string{"0.csv:2: the record has 3 values, and there are 2 columns"}) {
		t.Errorf("%q, %q, %v", rows, refused, err)
	}
	_, _, _, err = read(t, &Read{Header: true}, schema()[:2], "name,n,n\nx,1,2\n")
	if err == nil || !strings.Contains(err.Error(), `0.csv: two columns are named "n"`) {
		t.Error(err)
	}
	_, _, _, err = read(t, &Read{Header: true}, schema()[:2], "nmae,n\nx,1\n")
	if err == nil || !strings.Contains(err.Error(), `0.csv: no column "name"`) {
		t.Error(err)
	}
	if rows, _, _, err := read(t, &Read{Header: true}, schema()[:2], "", "name,n"); err != nil || rows != nil {
		t.Errorf("empty files: %q, %v", rows, err)
	}
}

func TestArguments(t *testing.T) {
	for want, r := range map[string]*Read{
		"separator:": {Separator: ",,"}, "separator": {Separator: "\n"}, "max_record:": {MaxRecord: -1}, "invalid:": {Invalid: "replace"},
	} {
		if _, _, _, err := read(t, r, schema(), "x"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	r := &Read{Path: filepath.Join(t.TempDir(), "none.csv"), Separator: ",", MaxRecord: 1, Invalid: "skip"}
	if err := r.Open(&component.Context{Stderr: io.Discard}, schema()); err == nil {
		t.Error("a file that does not exist is opened")
	}
}

func TestAQuoteThatIsNeverClosed(t *testing.T) {
	large := "name\n\"" + strings.Repeat("x\n", 1<<20)
	_, _, _, err := read(t, &Read{Header: true, MaxRecord: 1000}, schema()[:1], "name\na\n"+large)
	if err == nil || !strings.Contains(err.Error(), "larger than max_record") {
		t.Error(err)
	}
	fits := "name\n\"" + strings.Repeat("x", 5000) + "\"\n" + strings.Repeat("y\n", 100_000)
	if rows, _, _, err := read(t, &Read{Header: true, MaxRecord: 5002}, schema()[:1], fits); err != nil || len(rows) != 100_001 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	dir := t.TempDir()
	w := &Write{Path: filepath.Join(dir, "out.csv"), Header: true}
	columns := schema()[:2]
	if err := w.Open(&component.Context{Stderr: io.Discard}, columns); err != nil {
		t.Fatal(err)
	}
	names := []string{"", " a ", "b,\"c\"\r\nd", "é"}
	rows := &component.Columns{N: len(names), Cols: slices.Clone(columns)}
	rows.Cols[0].Strings, rows.Cols[1].Ints = names, []int64{1, 2, 3, 4}
	if err := errors.Join(w.Write(rows), w.Flush(), w.Close(true)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(w.Path)
	if err != nil {
		t.Fatal(err)
	}
	got, refused, _, err := read(t, &Read{Header: true}, schema()[:2], string(text))
	want := []string{`{"name":"","n":1}`, `{"name":" a ","n":2}`, `{"name":"b,\"c\"\nd","n":3}`, `{"name":"é","n":4}`}
	if err != nil || len(refused) > 0 || !slices.Equal(got, want) {
		t.Errorf("%q is read as %q, %q, %v", text, got, refused, err)
	}
}
