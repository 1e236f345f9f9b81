package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestArrange(t *testing.T) {
	app := newApp(newConsole(strings.NewReader(""), io.Discard, io.Discard))
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"help", "--help"},
		{"help build", "build --help --"},
		{"build", "build --"},
		{"build dir -o wc -v", "build -o wc -v -- dir"},
		{"build -o=wc dir", "build -o=wc -- dir"},
		{"build -- -o", "build -- -o"},
		{"fmt - -d", "fmt -d -- -"},
		{"run", "run --"},
		{"run -v . --help", "run -v -- . --help"},
		{"run . -- --x", "run -- . -- --x"},
		{"run -- .", "run -- ."},
	} {
		got, err := arrange(app, strings.Fields(test.in))
		if err != nil || strings.Join(got, " ") != test.want {
			t.Errorf("arrange(%q) = %q, %v; want %q", test.in, got, err, test.want)
		}
	}
}

func TestTopologyName(t *testing.T) {
	for folder, want := range map[string]string{
		"demo": "demo", "My Demo": "my_demo", "my-2nd.try": "my_2nd_try", "2nd": "t2nd", "a_b": "a_b", "Ærø": "r",
	} {
		if got, err := topologyName(folder); err != nil || got != want {
			t.Errorf("topologyName(%q) = %q, %v; want %q", folder, got, err, want)
		}
	}
	if got, err := topologyName("字"); err == nil {
		t.Errorf("topologyName made %q", got)
	}
}

// TestPanic: whatever goes wrong, the user learns that it is not their fault, and what to report.
func TestPanic(t *testing.T) {
	var stderr strings.Builder
	status := run(t.Context(), []string{"version"}, strings.NewReader(""), panicWriter{}, &stderr)
	if status != statusBug {
		t.Errorf("status %d", status)
	}
	for _, want := range []string{"a bug in topoc", "out of ink", "command: topoc version", "panicWriter"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, &stderr)
		}
	}
}

type panicWriter struct{}

func (panicWriter) Write([]byte) (int, error) { panic("out of ink") }

func TestOutputFails(t *testing.T) {
	for _, test := range []struct {
		err  error
		says string
	}{
		{syscall.ENOSPC, "cannot write the output: "},
		{syscall.EPIPE, ""},
	} {
		var stderr strings.Builder
		status := run(t.Context(), []string{"version"}, strings.NewReader(""), failingWriter{test.err}, &stderr)
		if status != statusError || !strings.Contains(stderr.String(), test.says) || test.says == "" && stderr.Len() > 0 {
			t.Errorf("%v: status %d, %q", test.err, status, &stderr)
		}
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestWriteWhole(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	if err := os.WriteFile(name, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := writeWhole(name, []byte("new")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil || string(text) != "new" {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode became %v, %v", info.Mode(), err)
	}
	if err := writeWhole(filepath.Join(dir, "nowhere", "file"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing folder gives %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// TestPrune keeps the binaries that were used last, and those that may be starting just now.
func TestPrune(t *testing.T) {
	s := slot{root: t.TempDir()}
	for i := range keepBinaries + 6 {
		folder := filepath.Join(s.root, string(rune('a'+i)))
		if err := os.Mkdir(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		used := time.Now().Add(-time.Duration(i) * 4 * time.Minute)
		if err := os.Chtimes(folder, used, used); err != nil {
			t.Fatal(err)
		}
	}
	s.prune()
	entries, err := os.ReadDir(s.root)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	// a to p are the sixteen used last; the others are old where more than an hour has passed: after fifteen times four minutes.
	want := strings.Split("abcdefghijklmnop", "")
	if !slices.Equal(names, want) {
		t.Errorf("kept %q, want %q", names, want)
	}
}

// TestChoices: what completion offers is what there is.
func TestChoices(t *testing.T) {
	entries, err := templates.ReadDir("template")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if !slices.Equal(names, choices["template"]) {
		t.Errorf("templates %q, offered %q", names, choices["template"])
	}
}
