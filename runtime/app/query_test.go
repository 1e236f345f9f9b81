package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/query"
)

// askedProgram has queries that need no bolt.
func askedProgram() *Program {
	n := &numbers{live: true, every: 1}
	p := n.program()
	echo := func(_ context.Context, _ query.Ask, params string) ([]byte, error) { return []byte(params), nil }
	p.Calls = true
	p.Queries = []Query{
		{Name: "echo", Doc: "Says what it hears.", Params: []QueryParam{{Name: "text", Type: "string", Text: true}, {Name: "n", Type: "int?", Optional: true}}, Fields: []string{"text"}, Answer: echo},
		{Name: "wrong", Fields: []string{"n"}, Answer: func(context.Context, query.Ask, string) ([]byte, error) {
			return nil, query.Failed("x.topo:3", "no luck")
		}},
		{Name: "broken", Fields: []string{"n"}, Answer: func(context.Context, query.Ask, string) ([]byte, error) { return nil, errors.New("broken") }},
		{Name: "nobody", Fields: []string{"n"}, Answer: func(ctx context.Context, ask query.Ask, _ string) ([]byte, error) {
			_, err := ask.Ask(ctx, []engine.Question{{Component: "none"}})
			return nil, err
		}},
	}
	return p
}

// watched is an output that says when it has a text.
type watched struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wants *regexp.Regexp
	found chan []string
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	if m := w.wants.FindStringSubmatch(w.text.String()); m != nil && w.found != nil {
		w.found <- m
		w.found = nil
	}
	return len(p), nil
}

func TestQueries(t *testing.T) {
	store := filepath.Join(t.TempDir(), "st")
	found := make(chan []string, 1)
	errs := &watched{wants: regexp.MustCompile(`(?s)listening on (nats://\S+).*queries at (http://\S+)/query`), found: found}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int)
	go func() {
		ended <- Run(ctx, askedProgram(), []string{"run", "--store", store, "--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"}, nil, strings.NewReader(""), io.Discard, errs)
	}()
	urls := <-found
	natsURL, httpURL := urls[1], urls[2]
	get := func(method, path, body string, header ...string) (int, string) {
		r, err := http.NewRequest(method, httpURL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
			if header[i] == "Host" {
				r.Host = header[i+1]
			}
		}
		out, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Body.Close()
		text, _ := io.ReadAll(out.Body)
		return out.StatusCode, string(text)
	}
	ask := func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := Run(context.Background(), askedProgram(), args, nil, strings.NewReader(""), &out, &errs)
		return code, out.String(), errs.String()
	}
	// The run may have said where it answers before it does.
	for status := 503; status == 503; {
		status, _ = get("GET", "/query/echo?text=a", "")
	}
	for _, c := range []struct {
		method, path, body string
		header             []string
		status             int
		says               string
	}{
		{"GET", "/query", "", nil, 200, `"name":"echo","doc":"Says what it hears.","params":[{"name":"text","type":"string"},{"name":"n","type":"int?"}]`},
		{"GET", "/query/echo?text=a%20%22b&n=3", "", nil, 200, `{"n":3,"text":"a \"b"}`},
		{"POST", "/query/echo", ` { "text" : "a" } `, nil, 200, `{"text":"a"}`},
		{"POST", "/query/echo", `[1]`, nil, 400, `no JSON object`},
		{"POST", "/query/echo", ``, nil, 400, `query echo needs text`},
		{"POST", "/query/echo", `{"txet":"a"}`, nil, 400, `needs text`},
		{"POST", "/query/echo", `{"text":"a","m":1}`, nil, 400, `no parameter \"m\"`},
		{"GET", "/query/echo?text=a&n=x", "", nil, 400, `is no int`},
		{"POST", "/query/echo", `{"text":"` + strings.Repeat("a", queryLimit) + `"}`, nil, 413, `too long`},
		{"GET", "/query/eco", "", nil, 404, `did you mean echo?`},
		{"GET", "/query/wrong", "", nil, 422, `no luck (at x.topo:3)`},
		{"GET", "/query/broken", "", nil, 500, `broken`},
		{"GET", "/query/nobody", "", nil, 500, `none is no component`},
		{"GET", "/query/echo?text=a", "", []string{"Host", "example.com"}, 403, `by the address of this machine`},
		{"GET", "/query/echo?text=a", "", []string{"Origin", "http://example.com"}, 403, `may not ask`},
		{"DELETE", "/query/echo", "", nil, 405, ``},
	} {
		if status, text := get(c.method, c.path, c.body, c.header...); status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s %s %.30s: %d %s", c.method, c.path, c.body, status, text)
		}
	}
	for _, where := range [][]string{{"--store", store}, {"--server", httpURL}, {"--server", natsURL}} {
		if code, out, errs := ask(append([]string{"query", "echo", "--text", "é"}, where...)...); code != exitDone || out != `{"text":"é"}`+"\n" {
			t.Errorf("%s: %d %s %s", where, code, out, errs)
		}
		if code, _, errs := ask(append([]string{"query", "wrong"}, where...)...); code != exitFailed || !strings.Contains(errs, "no luck (at x.topo:3)") {
			t.Errorf("%s: %d %s", where, code, errs)
		}
	}
	// Calls go to who takes them, and come back.
	caller, err := nats.Connect(natsURL)
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close()
	for name, how := range map[string]func(m *nats.Msg){
		"twice":  func(m *nats.Msg) { _ = m.Respond(append(m.Data, m.Data...)) },
		"refuse": func(m *nats.Msg) { _ = m.RespondMsg(&nats.Msg{Header: nats.Header{query.ErrorHeader: {"not today"}}}) },
		"silent": func(*nats.Msg) {},
	} {
		if _, err := caller.Subscribe(query.CallSubject("numbers", name), how); err != nil {
			t.Fatal(err)
		}
	}
	if err := caller.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, body string
		status     int
		says       string
	}{
		{"/call/twice", "1", 200, "11"}, {"/call/refuse", "{}", 422, "not today"}, {"/call/silent?timeout=20ms", "{}", 504, "within 20ms"}, {"/call/nobody", "{}", 404, "no spout takes calls"},
		{"/call/a.b", "{}", 404, "such a name"}, {"/call/twice?timeout=1h", "{}", 400, "no duration"}, {"/call/twice", strings.Repeat("a", queryLimit+1), 413, "too long"},
	} {
		if status, text := get("POST", c.path, c.body); status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %s", c.path, status, text)
		}
	}
	for _, where := range [][]string{{"--store", store}, {"--server", httpURL}, {"--server", natsURL}} {
		if code, out, errs := ask(append([]string{"call", "twice", "--json", "{}"}, where...)...); code != exitDone || out != "{}{}\n" {
			t.Errorf("%s: %d %s %s", where, code, out, errs)
		}
		if code, _, errs := ask(append([]string{"call", "refuse"}, where...)...); code != exitFailed || !strings.Contains(errs, "not today") {
			t.Errorf("%s: %d %s", where, code, errs)
		}
	}
	// The file says nothing to others.
	if info, err := os.Stat(filepath.Join(store, queryFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	cancel()
	<-ended
	if _, err := os.Stat(filepath.Join(store, queryFile)); !errors.Is(err, os.ErrNotExist) {
		t.Error("the file of the store stays:", err)
	}
	if code, _, errs := ask("query", "echo", "--text", "a", "--store", store); code != exitFailed || !strings.Contains(errs, "no run uses the store") {
		t.Errorf("%d %s", code, errs)
	}
	for _, addr := range []string{"0.0.0.0:0", "example.com:1", "127.0.0.1", "127.0.0.1:x", ""} {
		if code, _, errs := ask("run", "--http", addr); code != exitUsage || !strings.Contains(errs, "http") && !strings.Contains(errs, "queries") {
			t.Errorf("--http %s: %d %s", addr, code, errs)
		}
	}
}
