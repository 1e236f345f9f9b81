package lsp

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/topo-lang/topo/lsp/protocol"
)

// incoming is a message that waits.
type incoming struct {
	protocol.Message
	cancelled bool
	uri       protocol.URI // of the document that it is about, or ""
	err       error        // the content was no message
}

// maxWaiting is how many messages may wait: then reading waits, and so the client.
const maxWaiting = 1000

// queue holds the messages that were read and not yet worked on.
type queue struct {
	mu      sync.Mutex
	more    sync.Cond // there is one more
	less    sync.Cond // there is one less
	waiting []*incoming
	err     error // why there will be no more
	closed  bool
	alarm   *time.Timer
	rung    bool // the alarm has rung since next returned nothing
}

func newQueue() *queue {
	q := &queue{}
	q.more.L, q.less.L = &q.mu, &q.mu
	return q
}

// read reads messages until there are no more.
func (q *queue) read(in io.Reader) {
	r := bufio.NewReaderSize(in, protocol.MaxHeader)
	for {
		content, err := protocol.Read(r)
		m := &incoming{}
		switch {
		case errors.Is(err, protocol.ErrTooLong):
			m.err = err
		case err != nil:
			q.end(err)
			return
		default:
			if err := json.Unmarshal(content, &m.Message); err != nil {
				m.err = err
			} else {
				m.uri = documentOf(m.Params)
			}
		}
		if m.Method == "$/cancelRequest" {
			q.cancel(m.Params)
			continue
		}
		if !q.add(m) {
			return
		}
	}
}

func documentOf(params json.RawMessage) protocol.URI {
	var p struct {
		TextDocument protocol.TextDocumentIdentifier `json:"textDocument"`
	}
	if json.Unmarshal(params, &p) != nil {
		return ""
	}
	return p.TextDocument.URI
}

func (q *queue) add(m *incoming) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) >= maxWaiting && !q.closed {
		q.less.Wait()
	}
	q.waiting = append(q.waiting, m)
	q.more.Signal()
	return !q.closed
}

func (q *queue) end(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.err = err
	q.more.Signal()
}

// wake lets next return nothing when no message has waited at the end of some time, counted from the last call.
func (q *queue) wake(after time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rung = false
	if q.alarm != nil {
		q.alarm.Stop()
	}
	q.alarm = time.AfterFunc(after, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.rung = true
		q.more.Signal()
	})
}

// close lets go of the reader.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.alarm != nil {
		q.alarm.Stop()
	}
	q.closed = true
	q.less.Signal()
}

// cancel marks a request that waits.
func (q *queue) cancel(params json.RawMessage) {
	var p struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(params, &p) != nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.waiting {
		if m.Method != "" && len(m.ID) > 0 && string(m.ID) == string(p.ID) {
			m.cancelled = true
		}
	}
}

// next returns the next message. Where none waits it returns nil if idle is set, or the alarm has rung, which it says; else it waits for one.
func (q *queue) next(idle bool) (m *incoming, rung bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 {
		if q.err != nil {
			return nil, false, q.err
		}
		if idle {
			return nil, false, nil
		}
		if q.rung {
			q.rung = false
			return nil, true, nil
		}
		q.more.Wait()
	}
	m = q.waiting[0]
	q.waiting[0] = nil
	q.waiting = q.waiting[1:]
	q.less.Signal()
	return m, false, nil
}

// changes reports whether a change of a document waits: an answer about it would be stale.
func (q *queue) changes(uri protocol.URI) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.waiting {
		if m.Method == "textDocument/didChange" && m.uri == uri {
			return true
		}
	}
	return false
}
