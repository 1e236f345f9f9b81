package lsp

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/topo-lang/topo/lsp/protocol"
)

// talk sends messages as they are, and returns what comes back, one answer a line.
func talk(t *testing.T, messages ...string) (string, error) {
	t.Helper()
	var in, out strings.Builder
	for _, m := range messages {
		w := protocol.NewWriter(&in)
		var parsed protocol.Message
		if err := json.Unmarshal([]byte(m), &parsed); err != nil {
			t.Fatal(err)
		}
		if err := w.Write(&parsed); err != nil {
			t.Fatal(err)
		}
	}
	err := Serve(strings.NewReader(in.String()), &out, Options{Libraries: realLibraries})
	return out.String(), err
}

func TestLifecycle(t *testing.T) {
	for _, c := range []struct {
		name     string
		messages []string
		has      string
		err      error
	}{
		{"before", []string{`{"id":1,"method":"textDocument/hover"}`}, `"code":-32002`, ErrNoShutdown},
		{"twice", []string{`{"id":1,"method":"initialize","params":{}}`, `{"id":2,"method":"initialize","params":{}}`}, `"code":-32600`, ErrNoShutdown},
		{"unknown", []string{`{"id":1,"method":"initialize","params":{}}`, `{"id":"x","method":"a/b","params":{}}`}, `"id":"x","error":{"code":-32601`, ErrNoShutdown},
		{"wrong params", []string{`{"id":1,"method":"initialize","params":{}}`, `{"id":2,"method":"textDocument/formatting","params":[3]}`}, `"code":-32602`, ErrNoShutdown},
		{"after shutdown", []string{`{"id":1,"method":"initialize","params":{}}`, `{"id":2,"method":"shutdown"}`, `{"id":3,"method":"textDocument/formatting"}`, `{"method":"exit"}`}, `"id":3,"error":{"code":-32600`, nil},
		{"no shutdown", []string{`{"id":1,"method":"initialize","params":{}}`, `{"method":"exit"}`}, ``, ErrNoShutdown},
		{"utf-8", []string{`{"id":1,"method":"initialize","params":{"capabilities":{"general":{"positionEncodings":["utf-16","utf-8"]}}}}`, `{"id":2,"method":"shutdown"}`}, `"positionEncoding":"utf-8"`, nil},
		{"utf-16", []string{`{"id":1,"method":"initialize","params":{}}`, `{"id":2,"method":"shutdown"}`}, `"positionEncoding":"utf-16"`, nil},
		{"unknown document", []string{`{"id":1,"method":"initialize","params":{}}`, `{"id":2,"method":"textDocument/foldingRange","params":{"textDocument":{"uri":"file:///nowhere.topo"}}}`}, `"id":2,"result":null`, ErrNoShutdown},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := talk(t, c.messages...)
			if !errors.Is(err, c.err) || c.err == nil && err != nil {
				t.Errorf("it ended with %v, not %v", err, c.err)
			}
			if !strings.Contains(out, c.has) {
				t.Errorf("no %s in\n%s", c.has, out)
			}
		})
	}
}

// What is cancelled, or asked about a text that has changed behind the question, is not worked on.
func TestStale(t *testing.T) {
	s := newServer(protocol.NewWriter(io.Discard), Options{Libraries: realLibraries})
	var out strings.Builder
	s.out = protocol.NewWriter(&out)
	s.stage = initialized
	uri := protocol.URI("file:///somewhere/main.topo")
	didOpen(s, &protocol.DidOpenParams{})
	params := json.RawMessage(`{"textDocument":{"uri":"` + string(uri) + `"}}`)
	for _, m := range []protocol.Message{
		{ID: json.RawMessage("1"), Method: "textDocument/foldingRange", Params: params},
		{ID: json.RawMessage("2"), Method: "textDocument/foldingRange", Params: params},
		{Method: "textDocument/didChange", Params: params},
		{ID: json.RawMessage("3"), Method: "textDocument/foldingRange", Params: params},
	} {
		s.queue.add(&incoming{Message: m, uri: documentOf(m.Params)})
	}
	s.queue.cancel(json.RawMessage(`{"id":2}`))
	s.queue.end(io.EOF)
	for {
		m, _, err := s.queue.next(true)
		if err != nil {
			break
		}
		if err := s.take(m); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{`"id":1,"error":{"code":-32801`, `"id":2,"error":{"code":-32800`, `"id":3,"result"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
}

// A stream that is no protocol ends the server with a word; a message that is none does not.
func TestFraming(t *testing.T) {
	for _, in := range []string{"GET / HTTP/1.1\r\n\r\n", "Content-Length: x\r\n\r\n", "Content-Length: -1\r\n\r\n", "\r\n", "Content-Length: 10\r\n\r\n{}", strings.Repeat("a", 20000)} {
		var out strings.Builder
		if err := Serve(strings.NewReader(in), &out, Options{Libraries: realLibraries}); err == nil || errors.Is(err, ErrNoShutdown) {
			t.Errorf("%.20q ended with %v", in, err)
		}
	}
	var out strings.Builder
	err := Serve(strings.NewReader("content-length: 3\r\nContent-Type: x\r\n\r\n{]}Content-Length: 28\r\n\r\n{\"id\":1,\"method\":\"shutdown\"}"), &out, Options{Libraries: realLibraries})
	if !strings.Contains(out.String(), "-32700") || !strings.Contains(out.String(), "-32002") {
		t.Errorf("%v: %s", err, out.String())
	}
}

// Where only statements have changed, the compiler goes on with the heads that it has: what is known of their names stays.
func TestAfterSmallChange(t *testing.T) {
	c := newClient(t, modern, "/", Options{})
	uri := protocol.URI("file:///nowhere/main.topo")
	text := "topology words { guarantee none }\nspout lines -> (line string) = stdin.lines()\nbolt split(l: lines) -> (word string) { emit (l.line) }\nsink out(split) = stdout.print()\n"
	c.open(uri, text)
	before := everythingSaid(c, uri)
	for _, changed := range []string{strings.Replace(text, "(l.line)", "(l.lin)", 1), text} {
		c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": uri, "version": c.asked}, "contentChanges": []any{map[string]any{"text": changed}}})
		everythingSaid(c, uri)
	}
	if after := everythingSaid(c, uri); after != before {
		t.Errorf("the server says\n%s\nand said\n%s", after, before)
	}
	c.end()
}
