package tcp

import (
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/kit/lines"
)

// slow is how long a client may take for its part of TLS, or to read an answer.
const slow = 10 * time.Second

// conn is one client.
type conn struct {
	net.Conn
	of   *Lines
	peer string
	came uint64 // lines that were emitted; the task's own

	mu       sync.Mutex
	accepted uint64              // all lines up to this one
	beyond   map[uint64]struct{} // and these
	last     uint64              // the last line that there is, once it is known
	over     bool                // it is
	tell     chan struct{}
}

// serve reads the connection to its end, and answers.
func (c *conn) serve() {
	defer func() { _ = c.Close() }()
	if shaker, ok := c.Conn.(interface{ HandshakeContext(context.Context) error }); ok {
		ctx, cancel := context.WithTimeout(context.Background(), slow)
		err := shaker.HandshakeContext(ctx)
		cancel()
		if err != nil {
			return // a stranger, or nothing that speaks TLS
		}
	}
	told := make(chan struct{})
	if c.of.Answers {
		go func() { defer close(told); c.answer() }()
	} else {
		close(told)
	}
	sent, ok := c.read()
	c.end(sent)
	if !ok {
		_ = c.Close() // and nobody waits for an answer
	}
	<-told
}

// read hands on all lines. It returns how many there were, and whether the connection ended in order.
func (c *conn) read() (sent uint64, ok bool) {
	var gathered []line
	cutter := lines.Cutter{MaxLine: c.of.maxLine, Invalid: c.of.invalid, Warn: func(string, ...any) {}, Refuse: func(f component.Failed) {
		gathered = append(gathered, line{failed: &f, skip: c.of.invalid == lines.Skip})
	}}
	if c.of.invalid == lines.Skip {
		cutter.Invalid = lines.Report // it counts among those that are accepted
	}
	cutter.Start(lines.File{R: c.Conn}, c.peer)
	hand := func() bool {
		if len(gathered) == 0 {
			return true
		}
		select {
		case c.of.come <- chunk{c, gathered}:
			sent += uint64(len(gathered))
			gathered = nil
			return true
		case <-c.of.closing:
			return false
		}
	}
	for {
		err := cutter.Fill(context.Background())
		if err != nil && err != io.EOF && len(gathered) == 0 {
			if cutter.TooLong() {
				gathered = append(gathered, line{failed: &component.Failed{Reason: err.Error(), Place: c.peer}})
				hand()
			}
			return sent, false
		}
		for {
			text, more := cutter.Line()
			if !more {
				break
			}
			gathered = append(gathered, line{text: strings.Clone(text)})
			if len(gathered) >= chunkSize && !hand() {
				return sent, false
			}
		}
		if !hand() {
			return sent, false
		}
		if err != nil {
			return sent, err == io.EOF
		}
	}
}

// end notes that so many lines are all.
func (c *conn) end(sent uint64) {
	c.mu.Lock()
	c.last, c.over = sent, true
	c.mu.Unlock()
	c.wake()
}

// accept notes that a line is accepted.
func (c *conn) accept(n uint64) {
	if !c.of.Answers {
		return
	}
	c.mu.Lock()
	if n != c.accepted+1 {
		if c.beyond == nil {
			c.beyond = map[uint64]struct{}{}
		}
		c.beyond[n] = struct{}{}
		c.mu.Unlock()
		return
	}
	for c.accepted = n; ; c.accepted++ {
		if _, ok := c.beyond[c.accepted+1]; !ok {
			break
		}
		delete(c.beyond, c.accepted+1)
	}
	c.mu.Unlock()
	c.wake()
}

func (c *conn) wake() {
	select {
	case c.tell <- struct{}{}:
	default:
	}
}

// answer tells the client how many lines were accepted, until all are or it has gone.
func (c *conn) answer() {
	said := uint64(0)
	var text []byte
	for {
		select {
		case <-c.tell:
		case <-c.of.closing:
			return
		}
		c.mu.Lock()
		n, all := c.accepted, c.over && c.accepted >= c.last
		c.mu.Unlock()
		if n > said {
			said = n
			text = append(strconv.AppendUint(text[:0], n, 10), '\n')
			_ = c.SetWriteDeadline(time.Now().Add(slow))
			if _, err := c.Write(text); err != nil {
				_ = c.Close()
				return
			}
		}
		if all {
			return
		}
	}
}
