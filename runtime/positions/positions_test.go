package positions

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/fault"
)

func open(t *testing.T, dir, topology string, spouts ...Spout) (*File, error) {
	t.Helper()
	return Open(dir, topology, spouts, func(err error) { t.Error(err) })
}

func closed(t *testing.T, f *File, err error) {
	t.Helper()
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestGoesOn(t *testing.T) {
	dir := t.TempDir()
	both := []Spout{{"lines", 1}, {"numbers", 2}}
	f, err := open(t, dir, "wc", both...)
	if err != nil || f.Unfinished() || f.Whole() || f.Load("lines", 0) != nil {
		t.Fatal(err, "a new folder has positions")
	}
	f.Save("lines", 0, []byte(`{"line": 1}`))
	f.Save("numbers", 1, []byte("7"))
	f.Save("nobody", 0, []byte("1"))
	closed(t, f, nil)

	f, err = open(t, dir, "wc", both...)
	if err != nil || !f.Unfinished() || string(f.Load("lines", 0)) != `{"line":1}` || f.Load("numbers", 0) != nil || string(f.Load("numbers", 1)) != "7" {
		t.Fatal(err, string(f.Load("lines", 0)), string(f.Load("numbers", 1)))
	}
	// What was not saved again stays.
	f.Save("numbers", 1, []byte("9"))
	closed(t, f, nil)
	f, err = open(t, dir, "wc", both...)
	if err != nil || string(f.Load("lines", 0)) != `{"line":1}` || string(f.Load("numbers", 1)) != "9" {
		t.Fatal(err, "a position was forgotten")
	}
	f.Clear()
	closed(t, f, nil)

	// A run that came to its end: whatever the program is now, it begins anew.
	f, err = open(t, dir, "other", Spout{"lines", 3})
	if err != nil || f.Unfinished() || !f.Whole() || f.Load("lines", 0) != nil {
		t.Fatal(err, "a run that ended left positions")
	}
	closed(t, f, nil)
}

func TestRefuses(t *testing.T) {
	dir := t.TempDir()
	f, err := open(t, dir, "wc", Spout{"lines", 1}, Spout{"numbers", 2})
	if err == nil {
		f.Save("numbers", 1, []byte("7"))
	}
	closed(t, f, err)
	for _, c := range []struct {
		topology string
		spouts   []Spout
		says     string
	}{
		{"other", []Spout{{"lines", 1}, {"numbers", 2}}, "topology wc"},
		{"wc", []Spout{{"lines", 1}}, "its spout numbers is none of this program"},
		{"wc", []Spout{{"numbers", 3}}, "numbers had 2 tasks then, and has 3 now"},
	} {
		_, err := open(t, dir, c.topology, c.spouts...)
		var e *fault.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.says) || e.Help() == "" {
			t.Errorf("%v, not %q", err, c.says)
		}
	}
	// A spout that never stood anywhere may go.
	f, err = open(t, dir, "wc", Spout{"numbers", 2})
	closed(t, f, err)

	path := filepath.Join(dir, Name)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string][]byte{
		"empty": nil, "cut": good[:len(good)-1], "changed": bytes.Replace(good, []byte("7"), []byte("8"), 1), "foreign": []byte("hello\nworld"),
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, dir, "wc", Spout{"numbers", 2}); err == nil || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("topo positions 1 00000000\n{}"))
	f.Fuzz(func(_ *testing.T, text []byte) { _, _ = parse(text) })
}

// A run that commits in epochs begins in no store where another still has something to do.
func TestLeft(t *testing.T) {
	dir := t.TempDir()
	left := func(topology string) string {
		if _, err := Left(dir, topology); err != nil {
			return err.Error()
		}
		return ""
	}
	if got := left("wc"); got != "" {
		t.Errorf("an empty folder: %s", got)
	}
	f, err := open(t, dir, "wc", Spout{"lines", 1})
	if got := left("wc"); got != "" {
		t.Errorf("no spout stood anywhere: %s", got)
	}
	if got := left("other"); !strings.Contains(got, "says where topology wc stood") {
		t.Errorf("another topology: %q", got)
	}
	f.Save("lines", 0, []byte("1"))
	closed(t, f, err)
	if got := left("wc"); !strings.Contains(got, "spout lines of an at-least-once run stood") {
		t.Errorf("a spout stood: %q", got)
	}
	f, err = open(t, dir, "wc", Spout{"lines", 1})
	if err == nil {
		f.Clear()
	}
	closed(t, f, err)
	if got := left("other"); got != "" {
		t.Errorf("the run has ended: %s", got)
	}
	if err := os.WriteFile(filepath.Join(dir, Name), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := left("wc"); !strings.Contains(got, "cannot be read") {
		t.Errorf("a damaged file: %q", got)
	}
}
