package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const previewed = `topology words { guarantee none }

spout lines -> (line string) = stdin.lines()
bolt split(l: lines) -> (word string) {
    for w in words(l.line) { emit (w) }
}
sink out(split) = stdout.print()
`

func TestPreview(t *testing.T) {
	file := filepath.Join(t.TempDir(), "main.topo")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(previewed)
	now := make(chan time.Time)
	close(now)
	p := &preview{path: filepath.Dir(file), token: "secret", host: "127.0.0.1:1", tick: func() (<-chan time.Time, func()) { return now, func() {} }}
	ask := func(method, host, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		r.Host = host
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		return w
	}
	for _, x := range []struct {
		method, host, path string
		want               int
	}{
		{"GET", p.host, "/secret/", 200},
		{"GET", p.host, "/", 403},
		{"GET", p.host, "/secre/", 403},
		{"GET", "evil.example:1", "/secret/", 403},
		{"POST", p.host, "/secret/state", 405},
		{"GET", p.host, "/secret/../x", 404},
	} {
		if got := ask(x.method, x.host, x.path).Code; got != x.want {
			t.Errorf("%s %s%s: %d, not %d", x.method, x.host, x.path, got, x.want)
		}
	}
	page := ask("GET", p.host, "/secret/")
	if policy := page.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(page.Body.String(), "{{") {
		t.Errorf("%q\n%s", policy, page.Body)
	}
	state := func(seen string) (s previewState) {
		t.Helper()
		w := ask("GET", p.host, "/secret/state?seen="+seen)
		if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%d %v", w.Code, err)
		}
		return s
	}
	first := state("")
	if first.Name != "words" || !strings.Contains(first.SVG, "<svg") || first.Wrong != "" || len(first.Files) != 1 {
		t.Errorf("%+v", first)
	}
	if at := first.Places["split"]; at.Line != 4 || at.End != 6 || at.File != first.Files[0].Name {
		t.Errorf("split is at %+v", at)
	}
	// A mistake is told, and draws nothing.
	write(strings.Replace(previewed, "out(split)", "out(splitt)", 1))
	second := state(first.Hash)
	if second.SVG != "" || !strings.Contains(second.Wrong, "unknown component splitt") || second.Hash == first.Hash {
		t.Errorf("%+v", second)
	}
	write(previewed + "// more\n")
	if third := state(second.Hash); third.SVG == "" || third.Wrong != "" {
		t.Errorf("%+v", third)
	}
}
