package lsp

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/lsp/protocol"
)

// Options are what a server needs to know.
type Options struct {
	Libraries *library.Set // the standard library
	Version   string       // of topoc
	// Pages is a folder to write pages into that the client may open: the stories of codes, the signatures of the standard
	// library. "" where there is none.
	Pages string
	// Go says that the Go code which topologies name is looked at.
	Go bool
	// Rest is for how long nobody types before a topology is planned anew; where it is 0, a third of a second.
	Rest time.Duration
}

// errExit ends the server.
var errExit = errors.New("exit")

// ErrNoShutdown says that the client went without a word.
var ErrNoShutdown = errors.New("the client ended without `shutdown`")

// Serve speaks with one client until it says `exit`, or its stream ends.
func Serve(in io.Reader, out io.Writer, opts Options) error {
	s := newServer(protocol.NewWriter(out), opts)
	go s.queue.read(in)
	defer s.queue.close()
	for {
		m, rung, err := s.queue.next(s.pending())
		if err != nil {
			if errors.Is(err, io.EOF) && s.stage == down {
				return nil
			}
			if errors.Is(err, io.EOF) {
				return ErrNoShutdown
			}
			return fmt.Errorf("the client's stream: %w", err)
		}
		switch {
		case m != nil:
			err = s.take(m)
		case rung: // nobody has typed for a while: time for what takes long
			err = s.guarded(nil, func() (any, error) { s.planAgain(); return nil, nil })
		default: // nothing waits: time to tell what is wrong
			err = s.guarded(nil, func() (any, error) { s.publish(); return nil, nil })
		}
		switch {
		case errors.Is(err, errExit) && s.stage == down:
			return nil
		case errors.Is(err, errExit):
			return ErrNoShutdown
		case err != nil:
			return err
		}
	}
}

// stage is how far the conversation is.
type stage int

const (
	begun stage = iota
	initialized
	down
)

// server is one conversation.
type server struct {
	opts   Options
	out    *protocol.Writer
	queue  *queue
	stage  stage
	units  string
	client protocol.ClientCapabilities
	asked  int // how many requests were sent
	*workspace
}

func newServer(out *protocol.Writer, opts Options) *server {
	s := &server{opts: opts, out: out, queue: newQueue(), units: utf16Units}
	s.workspace = newWorkspace(s)
	return s
}

// take works on one message; an error ends the server.
func (s *server) take(m *incoming) error {
	isRequest := len(m.ID) > 0 && string(m.ID) != "null"
	switch {
	case m.err != nil:
		return s.out.Write(&protocol.Message{ID: json.RawMessage("null"), Error: protocol.Errorf(protocol.ParseError, "%v", m.err)})
	case m.Method == "" && isRequest:
		return nil // a response to what we asked: there is nothing to do with it
	case m.Method == "exit":
		return errExit
	case !isRequest:
		if h := notifications[m.Method]; h != nil && s.stage == initialized {
			return s.guarded(nil, func() (any, error) { return nil, h(s, m.Params) })
		}
		return nil
	}
	h := requests[m.Method]
	var refused *protocol.Error
	switch {
	case m.cancelled:
		refused = protocol.Errorf(protocol.RequestCancelled, "cancelled")
	case m.Method == "initialize" && s.stage == begun:
	case s.stage == begun:
		refused = protocol.Errorf(protocol.ServerNotInitialized, "the server waits for `initialize`")
	case m.Method == "initialize" || s.stage == down:
		refused = protocol.Errorf(protocol.InvalidRequest, "%s does not come here", m.Method)
	case h == nil:
		refused = protocol.Errorf(protocol.MethodNotFound, "there is no %s here", m.Method)
	case m.uri != "" && s.queue.changes(m.uri):
		refused = protocol.Errorf(protocol.ContentModified, "the document has changed")
	}
	if refused != nil {
		return s.out.Write(&protocol.Message{ID: m.ID, Error: refused})
	}
	return s.guarded(m.ID, func() (any, error) { return h(s, m.Params) })
}

// guarded does one thing. A panic is a bug of ours: it costs this answer, and what was known of the texts, but not the server.
func (s *server) guarded(id json.RawMessage, do func() (any, error)) error {
	result, err := func() (result any, err error) {
		defer func() {
			if p := recover(); p != nil {
				s.log("a bug in topoc: %v\n%s", p, debug.Stack())
				s.forget()
				err = protocol.Errorf(protocol.InternalError, "a bug in topoc: %v", p)
			}
		}()
		return do()
	}()
	if id == nil {
		if err != nil {
			s.log("%v", err)
		}
		return nil
	}
	answer := &protocol.Message{ID: id}
	if err != nil {
		var e *protocol.Error
		if !errors.As(err, &e) {
			e = protocol.Errorf(protocol.RequestFailed, "%v", err)
		}
		answer.Error = e
		return s.out.Write(answer)
	}
	if answer.Result, err = json.Marshal(result); err != nil {
		return err
	}
	return s.out.Write(answer)
}

// notify tells the client something.
func (s *server) notify(method string, params any) {
	text, err := json.Marshal(params)
	if err == nil {
		// Where the client is gone, reading ends too.
		_ = s.out.Write(&protocol.Message{Method: method, Params: text})
	}
}

// ask asks the client for something whose answer is of no account.
func (s *server) ask(method string, params any) {
	text, err := json.Marshal(params)
	if params == nil {
		text = nil
	}
	if err == nil {
		s.asked++
		_ = s.out.Write(&protocol.Message{ID: fmt.Appendf(nil, "%q", fmt.Sprintf("topoc-%d", s.asked)), Method: method, Params: text})
	}
}

func (s *server) log(format string, args ...any) {
	s.notify("window/logMessage", protocol.MessageParams{Type: 1, Message: fmt.Sprintf(format, args...)})
}

type handler func(s *server, params json.RawMessage) (any, error)

// request makes a handler of a function with typed parameters.
func request[P, R any](do func(s *server, p *P) (R, error)) handler {
	return func(s *server, params json.RawMessage) (any, error) {
		p := new(P)
		if len(params) > 0 {
			if err := json.Unmarshal(params, p); err != nil {
				return nil, protocol.Errorf(protocol.InvalidParams, "%v", err)
			}
		}
		return do(s, p)
	}
}

func notification[P any](do func(s *server, p *P)) func(s *server, params json.RawMessage) error {
	h := request(func(s *server, p *P) (any, error) { do(s, p); return nil, nil })
	return func(s *server, params json.RawMessage) error { _, err := h(s, params); return err }
}

// about makes a handler of a question about a document that is open; of another one the answer is null.
func about[P any, R any](uri func(p *P) protocol.URI, answer func(s *server, d *document, p *P) (R, error)) handler {
	return request(func(s *server, p *P) (any, error) {
		d := s.opened(uri(p))
		if d == nil {
			return nil, nil
		}
		return answer(s, d, p)
	})
}

// atPosition is about for questions with a position.
func atPosition[R any](answer func(s *server, d *document, at int) (R, error)) handler {
	return about(func(p *protocol.TextDocumentPositionParams) protocol.URI { return p.TextDocument.URI },
		func(s *server, d *document, p *protocol.TextDocumentPositionParams) (R, error) {
			return answer(s, d, d.at(p.Position))
		})
}

// whole is about for questions about a whole document, or a range of it.
func whole[R any](answer func(s *server, d *document, p *protocol.DocumentParams) (R, error)) handler {
	return about(func(p *protocol.DocumentParams) protocol.URI { return p.TextDocument.URI }, answer)
}
