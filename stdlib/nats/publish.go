package nats

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/stdlib/kit/encode"
	"github.com/topo-lang/topo/stdlib/kit/server"
)

// Publish is the sink nats.publish.
type Publish struct {
	Subject, Url, Format string

	link *server.Link
	enc  *encode.Encoder
	buf  []byte
	last error // the newest error of the connection that is known and was not of these tuples
	sent bool  // something was published since the last flush
}

var _ component.ColumnSink = (*Publish)(nil)

// flushTime bounds the wait for the server's answer.
const flushTime = 30 * time.Second

// Open implements component.ColumnSink.
func (p *Publish) Open(ctx *component.Context, schema []component.Column) error {
	if err := server.CheckSubject(p.Subject, false); err != nil {
		return err
	}
	format, err := encode.ParseFormat(p.Format, encode.JSON, encode.Text, encode.TSV, encode.CSV)
	if err != nil {
		return err
	}
	p.enc = encode.New(format, schema)
	if p.link, err = server.Connect(ctx, p.Url); err != nil {
		return err
	}
	p.last = p.link.Conn.LastError()
	return nil
}

// Write implements component.ColumnSink.
func (p *Publish) Write(rows *component.Columns) error {
	for i := range rows.N {
		p.buf = p.enc.Append(p.buf[:0], rows, i)
		p.sent = true
		err := p.link.Conn.Publish(p.Subject, p.buf)
		switch {
		case errors.Is(err, nats.ErrMaxPayload):
			return fault.New("send less in a tuple, or raise max_payload on the server",
				"%s: subject %s: a message of %d bytes; the server takes %d", p.link.Name, p.Subject, len(p.buf), p.link.Conn.MaxPayload())
		case err != nil:
			return p.cannot(err)
		}
	}
	return nil
}

// Flush implements component.ColumnSink: when it returns, the server has the messages.
func (p *Publish) Flush() error {
	if !p.sent {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if err := p.link.Conn.FlushWithContext(ctx); err != nil {
		return p.cannot(err)
	}
	p.sent = false
	// A message that the server refused is told of only beside the flush.
	if err := p.link.Conn.LastError(); err != nil && !errors.Is(err, p.last) && errors.Is(err, nats.ErrPermissionViolation) {
		p.last = err
		return p.cannot(err)
	}
	return nil
}

func (p *Publish) cannot(err error) error {
	help := "check that the server runs and can be reached from here"
	if errors.Is(err, nats.ErrPermissionViolation) {
		help = "give the user in the url the right to publish to this subject"
	}
	return fault.New(help, "%s: subject %s: cannot publish: %w", p.link.Name, p.Subject, err)
}

// Close implements component.ColumnSink.
func (p *Publish) Close(bool) error {
	if p.link == nil {
		return nil
	}
	defer p.link.Close()
	return p.Flush()
}
