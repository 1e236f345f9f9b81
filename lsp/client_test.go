package lsp

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/lsp/protocol"
	"github.com/topo-lang/topo/stdlib"
)

var realLibraries = library.New(stdlib.Signatures)

// client speaks with a server of its own.
type client struct {
	t      testing.TB
	in     *io.PipeWriter
	out    *protocol.Writer
	asked  int
	ended  chan error
	all    chan *protocol.Message
	wrong  map[protocol.URI][]protocol.Diagnostic // as it was last told
	logged []string
}

// newClient starts a server and says hello; capabilities are JSON.
func newClient(t testing.TB, capabilities, root string, opts Options) *client {
	t.Helper()
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	c := &client{
		t: t, in: fromClient, out: protocol.NewWriter(fromClient), ended: make(chan error, 1), all: make(chan *protocol.Message, 1000),
		wrong: map[protocol.URI][]protocol.Diagnostic{},
	}
	opts.Libraries = realLibraries
	go func() {
		err := Serve(toServer, fromServer, opts)
		fromServer.Close()
		toServer.Close()
		c.ended <- err
	}()
	go func() {
		r := bufio.NewReaderSize(toClient, protocol.MaxHeader)
		for {
			content, err := protocol.Read(r)
			if err != nil {
				close(c.all)
				return
			}
			m := &protocol.Message{}
			if err := json.Unmarshal(content, m); err != nil {
				panic(err)
			}
			c.all <- m
		}
	}()
	c.request("initialize", map[string]any{"capabilities": json.RawMessage(capabilities), "rootUri": uriOf(root)}, nil)
	c.notify("initialized", struct{}{})
	return c
}

func (c *client) send(m *protocol.Message, params any) {
	c.t.Helper()
	text, err := json.Marshal(params)
	if err != nil {
		c.t.Fatal(err)
	}
	m.Params = text
	if err := c.out.Write(m); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) notify(method string, params any) {
	c.t.Helper()
	c.send(&protocol.Message{Method: method}, params)
}

// try asks something and waits for the answer.
func (c *client) try(method string, params, result any) error {
	c.t.Helper()
	c.asked++
	id := fmt.Sprint(c.asked)
	c.send(&protocol.Message{Method: method, ID: json.RawMessage(id)}, params)
	for m := range c.all {
		if m.Method == "" && string(m.ID) == id {
			if m.Error != nil {
				return m.Error
			}
			if result == nil {
				return nil
			}
			return json.Unmarshal(m.Result, result)
		}
		c.take(m)
	}
	return errors.New("the server has ended")
}

func (c *client) request(method string, params, result any) {
	c.t.Helper()
	if err := c.try(method, params, result); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

// take notes what the server tells by itself.
func (c *client) take(m *protocol.Message) {
	switch m.Method {
	case "textDocument/publishDiagnostics":
		var p protocol.PublishDiagnosticsParams
		if err := json.Unmarshal(m.Params, &p); err != nil {
			c.t.Fatal(err)
		}
		c.wrong[p.URI] = p.Diagnostics
	case "window/logMessage":
		c.logged = append(c.logged, string(m.Params))
	}
}

// settle waits until the server has told what is wrong: it does so when nothing waits.
func (c *client) settle(uri protocol.URI) {
	c.t.Helper()
	for m := range c.all {
		c.take(m)
		if m.Method == "textDocument/publishDiagnostics" {
			var p protocol.PublishDiagnosticsParams
			if json.Unmarshal(m.Params, &p) == nil && p.URI == uri {
				return
			}
		}
	}
	c.t.Fatal("the server has ended")
}

func (c *client) open(uri protocol.URI, text string) {
	c.t.Helper()
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": "topo", "version": 1, "text": text}})
}

// end says goodbye, and sees that the server has had no bug.
func (c *client) end() {
	c.t.Helper()
	c.request("shutdown", nil, nil)
	c.notify("exit", nil)
	if err := <-c.ended; err != nil {
		c.t.Error(err)
	}
	for _, l := range c.logged {
		c.t.Errorf("the server said: %s", l)
	}
}
