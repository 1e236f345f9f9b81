package file

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/component"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// readAll drives a spout to its end.
func readAll(t testing.TB, l *Lines, ctx *component.Context) ([]string, error) {
	t.Helper()
	if ctx.Stderr == nil {
		ctx.Stderr = io.Discard
	}
	if l.MaxLine == 0 {
		l.MaxLine = 1 << 20
	}
	if l.Invalid == "" {
		l.Invalid = "fail"
	}
	if err := l.Open(ctx); err != nil {
		return nil, err
	}
	defer l.Close()
	var got []string
	var out component.Emitter[LinesRow]
	for {
		out.Rows = out.Rows[:0]
		err := l.Next(t.Context(), &out)
		if len(out.Rows) > component.BatchRows {
			t.Fatalf("%d rows at once", len(out.Rows))
		}
		if err != nil && err != io.EOF && len(out.Rows) > 0 {
			t.Fatal("rows came together with an error")
		}
		for _, row := range out.Rows {
			got = append(got, strings.Clone(row.Line))
		}
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return got, err
		}
	}
}

func helpOf(err error) string {
	var h interface{ Help() string }
	if errors.As(err, &h) {
		return h.Help()
	}
	return ""
}

func TestLinesOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	for text, want := range map[string][]string{
		"":                          nil,
		"one":                       {"one"},
		"one\ntwo\r\n\nthree":       {"one", "two", "", "three"},
		strings.Repeat("x\n", 5000): slices.Repeat([]string{"x"}, 5000),
	} {
		put(t, path, text)
		if got, err := readAll(t, &Lines{Path: path}, &component.Context{}); err != nil || !slices.Equal(got, want) {
			t.Errorf("%.20q: %d lines, %v", text, len(got), err)
		}
	}
}

func TestPatternReadsFilesInOrder(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "b.log"), "b\n")
	put(t, filepath.Join(dir, "a.log"), "a1\na2") // no end: the next file's first line is a line of its own
	put(t, filepath.Join(dir, "c.txt"), "c\n")
	os.Mkdir(filepath.Join(dir, "d.log"), 0o755)
	want := []string{"a1", "a2", "b"}
	if got, err := readAll(t, &Lines{Path: filepath.Join(dir, "*.log")}, &component.Context{}); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := readAll(t, &Lines{Path: "*.log"}, &component.Context{BaseDir: dir}); err != nil || !slices.Equal(got, want) {
		t.Errorf("beside the topology: %q, %v", got, err)
	}
	// A file whose name looks like a pattern is that file.
	put(t, filepath.Join(dir, "[a].log"), "odd\n")
	if got, err := readAll(t, &Lines{Path: filepath.Join(dir, "[a].log")}, &component.Context{}); err != nil || !slices.Equal(got, []string{"odd"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestRelativePathIsFoundBesideTheTopology(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "in.txt"), "here\n")
	if got, err := readAll(t, &Lines{Path: "in.txt"}, &component.Context{BaseDir: dir}); err != nil || len(got) != 1 {
		t.Errorf("%q, %v", got, err)
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.txt")
	put(t, secret, "x")
	os.Chmod(secret, 0)
	long := filepath.Join(dir, "long.txt")
	put(t, long, "ok\n"+strings.Repeat("y", 2000)+"\n")
	for _, c := range []struct {
		lines      Lines
		text, help string
		skip       bool
	}{
		{Lines{Path: ""}, "path: no file is named", "name a file", false},
		{Lines{Path: filepath.Join(dir, "none.txt")}, "none.txt: cannot be read", "check the name", false},
		{Lines{Path: dir}, "is a folder", filepath.ToSlash(filepath.Join(dir, "*")), false},
		{Lines{Path: filepath.Join(dir, "*.none")}, "no file matches", "relative paths are read from", false},
		{Lines{Path: filepath.Join(dir, "[a")}, "not a pattern", "one of a set", runtime.GOOS == "windows"},
		{Lines{Path: secret}, "cannot be read", "the right to read", os.Geteuid() <= 0},
		{Lines{Path: long, MaxLine: 1000}, "long.txt:2: a line has 2000 bytes; max_line is 1000", "max_line: 64MB", false},
		{Lines{Path: long, Invalid: "ignore"}, `invalid: "ignore"`, `"replace"`, false},
		{Lines{Path: long, MaxLine: -1}, "max_line: -1", "choose a size", false},
	} {
		if c.skip {
			continue
		}
		_, err := readAll(t, &c.lines, &component.Context{})
		if err == nil || !strings.Contains(err.Error(), c.text) || !strings.Contains(helpOf(err), c.help) {
			t.Errorf("%q: %v; help: %s", c.lines.Path, err, helpOf(err))
		}
	}
}

func TestStopEndsReading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	put(t, path, "x\n")
	l := &Lines{Path: path, MaxLine: 10, Invalid: "fail"}
	if err := l.Open(&component.Context{Stderr: io.Discard}); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out component.Emitter[LinesRow]
	if err := l.Next(ctx, &out); err != nil || len(out.Rows) != 0 {
		t.Errorf("%v, %v", out.Rows, err)
	}
}

// view keeps what a test looks at.
var view string

func TestNextDoesNotAllocate(t *testing.T) {
	if block := []byte("block"); testing.AllocsPerRun(1, func() { view = arena.View(block) }) > 0 {
		t.Skip("built with topo_safe: views are copies")
	}
	path := filepath.Join(t.TempDir(), "a.txt")
	put(t, path, strings.Repeat("a line of some length\n", 200_000))
	l := &Lines{Path: path, MaxLine: 1 << 20, Invalid: "fail"}
	if err := l.Open(&component.Context{Stderr: io.Discard}); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var out component.Emitter[LinesRow]
	next := func() {
		out.Rows = out.Rows[:0]
		if err := l.Next(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
	}
	next()
	if n := testing.AllocsPerRun(50, next); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}
