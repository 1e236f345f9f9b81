package file

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
)

var counts = []component.Column{{Name: "word", Kind: component.String}, {Name: "n", Kind: component.Int}}

func batch(words []string, ns []int64) *component.Columns {
	return &component.Columns{N: len(words), Cols: []component.Column{
		{Name: "word", Kind: component.String, Strings: words}, {Name: "n", Kind: component.Int, Ints: ns},
	}}
}

// names lists a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFileAppearsWhenItIsWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.tsv")
	put(t, path, "old")
	w := &Write{Path: path, Format: "tsv", Header: true}
	if err := w.Open(&component.Context{}, counts); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(batch([]string{"a\tb", "c"}, []int64{1, 2})); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil || text(t, path) != "old" {
		t.Errorf("changed before the end: %q, %v", text(t, path), err)
	}
	if err := w.Close(true); err != nil {
		t.Fatal(err)
	}
	if got := text(t, path); got != "word\tn\na\\tb\t1\nc\t2\n" {
		t.Errorf("%q", got)
	}
	if got := names(t, dir); got != "out.tsv" {
		t.Errorf("left behind: %s", got)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestFailedRunLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	put(t, path, "old")
	w := &Write{Path: path, Format: "csv"}
	if err := w.Open(&component.Context{}, counts); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(batch([]string{"a"}, []int64{1})); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(false); err != nil {
		t.Fatal(err)
	}
	if names(t, dir) != "out.csv" || text(t, path) != "old" {
		t.Errorf("%s: %q", names(t, dir), text(t, path))
	}
}

func TestLinkGoesOnToBeOne(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	put(t, real, "old")
	if err := os.Symlink(real, link); err != nil {
		t.Skip(err)
	}
	w := &Write{Path: link, Format: "json"}
	if err := w.Open(&component.Context{}, counts); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(batch([]string{"a"}, []int64{1})); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Readlink(link); err != nil || text(t, real) != `{"word":"a","n":1}`+"\n" {
		t.Errorf("%q, %v", text(t, real), err)
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	closed := filepath.Join(dir, "closed")
	os.Mkdir(closed, 0o555)
	for _, c := range []struct {
		w          Write
		text, help string
		skip       bool
	}{
		{Write{Path: "", Format: "tsv"}, "no file is named", "name a file", false},
		{Write{Path: dir, Format: "tsv"}, "is a folder", "name a file in it", false},
		{Write{Path: filepath.Join(dir, "none", "x"), Format: "tsv"}, "cannot be written", "make the folder", false},
		{Write{Path: filepath.Join(closed, "x"), Format: "tsv"}, "cannot be written", "the right to write", os.Geteuid() <= 0},
		{Write{Path: filepath.Join(dir, "x"), Format: "xml"}, `format: "xml"`, `"tsv", "csv", "json"`, false},
		{Write{Path: filepath.Join(dir, "x"), Format: "json", Header: true}, "json has none", "leave `header` out", false},
		{Write{Path: os.DevNull, Format: "tsv"}, "not a regular file", "stdout.print", runtime.GOOS == "windows"},
	} {
		if c.skip {
			continue
		}
		err := c.w.Open(&component.Context{}, counts)
		if err == nil || !strings.Contains(err.Error(), c.text) || !strings.Contains(helpOf(err), c.help) {
			t.Errorf("%q: %v; help: %s", c.w.Path, err, helpOf(err))
		}
		if err := c.w.Close(false); err != nil {
			t.Errorf("close after a failed open: %v", err)
		}
	}
	if got := names(t, dir); got != "closed" {
		t.Errorf("left behind: %s", got)
	}
}
