// Package tcp takes what clients send over TCP.
package tcp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/stdlib/kit/lines"
	"github.com/topo-lang/topo/stdlib/kit/listen"
)

// Lines is the spout tcp.lines.
type Lines struct {
	Addr, Invalid      string
	MaxLine            int64
	Answers            bool
	Cert, Key, Clients string

	maxLine  int
	invalid  lines.Invalid
	ctx      *component.Context
	listener net.Listener
	come     chan chunk
	closing  chan struct{}
	ended    chan error
	work     sync.WaitGroup
	alone    bool // nobody says what is settled

	rest chunk // of the one that came last
	n    uint64
	out  map[uint64]flying // lines that are not accepted, by number
	bad  []uint64          // those that are to be given again

	mu    sync.Mutex
	conns map[*conn]struct{}
}

// LinesRow is a tuple of Lines.
type LinesRow struct{ Line, Peer string }

// flying is a line on its way, and which of its connection it is.
type flying struct {
	from *conn
	line uint64
	row  LinesRow
}

// chunk is some lines of one connection, one after the other.
type chunk struct {
	from  *conn
	lines []line
}

// line is one, or what is wrong with it.
type line struct {
	text   string
	failed *component.Failed
	skip   bool // and nobody is told
}

var (
	_ component.Spout[LinesRow] = (*Lines)(nil)
	_ component.Acknowledged    = (*Lines)(nil)
)

const (
	mostConns = 256
	chunkSize = 256
	mostOut   = 64 << 10 // lines on their way
)

// Open implements component.Spout.
func (l *Lines) Open(ctx *component.Context) (err error) {
	if l.maxLine, err = lines.ParseMaxLine(l.MaxLine); err != nil {
		return err
	}
	if l.invalid, err = lines.ParseInvalid(l.Invalid); err != nil || l.invalid == lines.Fail {
		return fault.New(`choose one of "report", "replace", "skip"`, "invalid: %q is not what to do with a line that is not UTF-8", l.Invalid)
	}
	guard := listen.Guard{Cert: l.Cert, Key: l.Key, Shown: l.Clients, Way: "`cert`, `key` and `clients`"}
	if l.Clients != "" && l.Cert == "" {
		return fault.New("give `cert` and `key`, too", "clients: certificates are shown in TLS only")
	}
	config, err := guard.TLS()
	if err != nil {
		return err
	}
	if l.Clients != "" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		if config.ClientCAs, err = listen.Authorities(l.Clients); err != nil {
			return err
		}
	}
	if l.listener, err = listen.On(l.Addr, guard); err != nil {
		return err
	}
	if ctx.Stderr != nil {
		fmt.Fprintf(ctx.Stderr, "%s: listening on %s\n", ctx.Component, l.listener.Addr())
	}
	l.ctx, l.alone = ctx, ctx.Trees == nil
	l.come, l.closing, l.ended = make(chan chunk), make(chan struct{}), make(chan error, 1)
	l.out, l.conns = map[uint64]flying{}, map[*conn]struct{}{}
	l.work.Go(func() { l.ended <- l.accept(config) })
	return nil
}

// accept serves connections, so many at once.
func (l *Lines) accept(config *tls.Config) error {
	places := make(chan struct{}, mostConns)
	for {
		select {
		case places <- struct{}{}:
		case <-l.closing:
			return net.ErrClosed
		}
		plain, err := l.listener.Accept()
		if err != nil {
			return err
		}
		if config != nil {
			plain = tls.Server(plain, config)
		}
		c := &conn{Conn: plain, of: l, peer: plain.RemoteAddr().String(), tell: make(chan struct{}, 1)}
		if !l.add(c) {
			_ = plain.Close()
			return net.ErrClosed
		}
		l.work.Go(func() {
			c.serve()
			l.remove(c)
			<-places
		})
	}
}

// add notes a connection, unless the spout is being closed.
func (l *Lines) add(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns == nil {
		return false
	}
	l.conns[c] = struct{}{}
	return true
}

func (l *Lines) remove(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// Next implements component.Spout.
func (l *Lines) Next(ctx context.Context, out *component.Emitter[LinesRow]) error {
	for len(l.bad) > 0 && !out.Full() {
		id := l.bad[0]
		l.bad = l.bad[1:]
		out.EmitID(id, l.out[id].row)
	}
	if len(out.Rows) > 0 {
		return nil
	}
	if len(l.out) >= mostOut {
		<-ctx.Done() // until some are settled, of which the caller tells between two calls
		return nil
	}
	for !out.Full() {
		if len(l.rest.lines) > 0 {
			l.give(out)
			continue
		}
		if len(out.Rows) > 0 {
			select {
			case l.rest = <-l.come:
				continue
			default:
				return nil
			}
		}
		select {
		case l.rest = <-l.come:
		case err := <-l.ended:
			return fmt.Errorf("%s: no longer listening: %w", l.Addr, err)
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// give emits what is left of a chunk, as much as there is room for.
func (l *Lines) give(out *component.Emitter[LinesRow]) {
	from := l.rest.from
	for len(l.rest.lines) > 0 && !out.Full() {
		next := l.rest.lines[0]
		l.rest.lines = l.rest.lines[1:]
		from.came++
		if next.failed != nil {
			if !next.skip {
				l.ctx.Refuse(*next.failed)
			}
			from.accept(from.came)
			continue
		}
		l.n++
		f := flying{from, from.came, LinesRow{next.text, from.peer}}
		out.EmitID(l.n, f.row)
		if l.alone {
			from.accept(f.line)
			continue
		}
		l.out[l.n] = f
	}
}

// Ack implements component.Acknowledged.
func (l *Lines) Ack(ids []uint64) error {
	for _, id := range ids {
		if f, ok := l.out[id]; ok {
			delete(l.out, id)
			f.from.accept(f.line)
		}
	}
	return nil
}

// Fail implements component.Acknowledged.
func (l *Lines) Fail(ids []uint64) error {
	for _, id := range ids {
		if _, ok := l.out[id]; ok {
			l.bad = append(l.bad, id)
		}
	}
	return nil
}

// Close implements component.Spout.
func (l *Lines) Close() error {
	if l.listener == nil {
		return nil
	}
	l.mu.Lock()
	conns := l.conns
	l.conns = nil
	l.mu.Unlock()
	close(l.closing)
	err := l.listener.Close()
	for c := range conns {
		_ = c.Close()
	}
	l.work.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
