package component

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFind(t *testing.T) {
	beside, working := t.TempDir(), t.TempDir()
	t.Chdir(working)
	for _, path := range []string{filepath.Join(beside, "text"), filepath.Join(beside, "both"), filepath.Join(working, "both")} {
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ base, path, want string }{
		{beside, "text", filepath.Join(beside, "text")},
		{beside, "both", "both"},
		{beside, "neither", "neither"}, // so that the message names what was asked for
		{beside, filepath.Join(working, "text"), filepath.Join(working, "text")},
		{"", "text", "text"},
	} {
		ctx := Context{BaseDir: c.base}
		if got := ctx.Find(c.path); got != c.want {
			t.Errorf("Find(%q) beside %q is %q, want %q", c.path, c.base, got, c.want)
		}
	}
}

func TestEmitterFillsABatch(t *testing.T) {
	var e Emitter[int]
	for i := range BatchRows {
		if e.Full() {
			t.Fatalf("full after %d rows", i)
		}
		e.Emit(i)
	}
	if !e.Full() || e.Rows[BatchRows-1] != BatchRows-1 {
		t.Error("not full")
	}
}

func TestColumnsReset(t *testing.T) {
	c := Columns{N: 1, Cols: []Column{{Name: "word", Kind: String, Strings: []string{"the"}, Ints: []int64{1}}}}
	c.Reset()
	if c.N != 0 || len(c.Cols) != 1 || len(c.Cols[0].Strings) != 0 || len(c.Cols[0].Ints) != 0 {
		t.Errorf("%+v", c)
	}
}
