package nats

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/stdlib/kit/note"
	"github.com/topo-lang/topo/stdlib/kit/server"
)

// Consume is the spout nats.consume.
type Consume struct {
	Stream, Subject, Url, Format, Consumer string
	Count                                  int64
	Idle                                   time.Duration

	link     *server.Link
	read     func(msg *nats.Msg, out *component.Objects) error
	warn     func(format string, args ...any)
	fail     func(component.Failed)
	messages jetstream.MessagesContext
	arrived  chan arrival
	stop     chan struct{}
	work     sync.WaitGroup
	at       string // the stream, for messages
	alone    bool   // nobody follows the tuples: a message is acknowledged when it is handed over
	n        int64  // messages taken
	err      error

	mu  sync.Mutex
	out map[uint64]jetstream.Msg // that are not settled, by their number in the stream
}

type arrival struct {
	msg jetstream.Msg
	err error
}

var (
	_ component.ObjectSpout  = (*Consume)(nil)
	_ component.Acknowledged = (*Consume)(nil)
)

const (
	ackWait = time.Minute // the server gives a message again of which it has not heard for so long
	ahead   = 100         // messages that are asked for before they are wanted
)

// Open implements component.ObjectSpout.
func (c *Consume) Open(ctx *component.Context, schema []component.Column) (err error) {
	switch {
	case c.Stream == "":
		return fault.New("name the stream to read", "stream: none is named")
	case c.Count < 0 || c.Idle < 0:
		return fault.New("leave them out to go on without an end", "count: %d, idle: %s: less than none", c.Count, c.Idle)
	case c.Subject != "":
		if err := server.CheckSubject(c.Subject, true); err != nil {
			return err
		}
	}
	switch c.Format {
	case "json":
		c.read = func(msg *nats.Msg, out *component.Objects) error { return out.Object(arena.View(msg.Data)) }
	case "text":
		if c.read, err = textReader(schema); err != nil {
			return err
		}
	default:
		return fault.New(`choose one of "json", "text"`, "format: %q is not known here", c.Format)
	}
	c.warn, c.fail, c.alone, c.out = note.Warner(ctx), ctx.Fail, ctx.Trees == nil, map[uint64]jetstream.Msg{}
	if c.Consumer == "" {
		c.Consumer = "topo-" + word(ctx.Topology) + "-" + word(ctx.Component)
	}
	if c.link, err = server.Connect(ctx, c.Url); err != nil {
		return err
	}
	c.at = c.link.Name + ": stream " + c.Stream
	if err := c.open(); err != nil {
		c.link.Close()
		return c.cannot("be consumed", err)
	}
	return nil
}

func (c *Consume) open() error {
	js, err := jetstream.New(c.link.Conn)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if _, err := js.Stream(ctx, c.Stream); errors.Is(err, jetstream.ErrStreamNotFound) && c.Url == "" && c.Subject != "" {
		// Nobody else makes streams of the server in the binary.
		if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: c.Stream, Subjects: []string{c.Subject}, Storage: jetstream.FileStorage}); err != nil {
			return err
		}
	}
	consumer, err := js.CreateOrUpdateConsumer(ctx, c.Stream, jetstream.ConsumerConfig{
		Durable: c.Consumer, FilterSubject: c.Subject, AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: -1,
	})
	if err != nil {
		return err
	}
	if c.messages, err = consumer.Messages(jetstream.PullMaxMessages(ahead)); err != nil {
		return err
	}
	c.arrived, c.stop = make(chan arrival, ahead), make(chan struct{})
	c.work.Go(c.take)
	c.work.Go(c.keep)
	return nil
}

// take waits for messages, so that Next need not.
func (c *Consume) take() {
	for {
		msg, err := c.messages.Next()
		select {
		case c.arrived <- arrival{msg, err}:
		case <-c.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// keep tells the server now and then that messages are at work.
func (c *Consume) keep() {
	clock := time.NewTicker(ackWait / 3)
	defer clock.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-clock.C:
		}
		c.mu.Lock()
		for _, msg := range c.out {
			_ = msg.InProgress() // where it can't be said the message comes twice
		}
		c.mu.Unlock()
	}
}

// word is a name as a part of a consumer's name.
func word(name string) string {
	out := []byte(name)
	for i, b := range out {
		if b == '.' || b == ' ' || b == '*' || b == '>' || b == '/' || b == '\\' {
			out[i] = '_'
		}
	}
	return string(out)
}

func (c *Consume) cannot(what string, err error) error {
	help := "check that the server runs and can be reached from here"
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		help = "check its name; streams are made by the server's owner, as by `nats stream add`"
		if c.Url == "" {
			help = "name the `subject` that it is to keep: then it is made; or give the `url` of the server that has it"
		}
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount), errors.Is(err, nats.ErrNoResponders):
		help = "start the server with JetStream"
		if c.Url == "" {
			help = "give the server in this binary a folder for its streams: --store DIR; or the `url` of another server"
		}
	case errors.Is(err, nats.ErrPermissionViolation):
		help = "give the user in the url the right to use this stream"
	}
	return fault.New(help, "%s: cannot %s: %w", c.at, what, err)
}

// Next implements component.ObjectSpout.
func (c *Consume) Next(ctx context.Context, out *component.Objects) error {
	if c.err != nil {
		return c.err
	}
	for !out.Full() {
		if c.Count > 0 && c.n >= c.Count {
			return io.EOF
		}
		msg, err := c.next(ctx, out.Len() > 0)
		if err != nil && out.Len() > 0 {
			c.err = err // told when the rows before it have been handed over
			return nil
		}
		if err != nil || msg == nil {
			return err
		}
		meta, err := msg.Metadata()
		if err != nil {
			return c.cannot("be read on", err)
		}
		id := meta.Sequence.Stream
		c.mu.Lock()
		_, known := c.out[id]
		c.out[id] = msg
		c.mu.Unlock()
		if known {
			continue // it is at work: the server has grown impatient
		}
		c.n++
		if err := c.read(&nats.Msg{Subject: msg.Subject(), Data: msg.Data()}, out); err != nil {
			c.refuse(id, msg, err)
			continue
		}
		if out.IDs = append(out.IDs, id); c.alone {
			if err := c.Ack(out.IDs[len(out.IDs)-1:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuse fails a message that is not what was declared: given again it would be no other.
func (c *Consume) refuse(id uint64, msg jetstream.Msg, reason error) {
	if c.fail != nil {
		c.fail(component.Failed{Tuple: string(msg.Data()), Reason: reason.Error(), Place: "subject " + msg.Subject()})
	} else {
		c.warn("subject %s: left out a message: %v", msg.Subject(), reason)
	}
	if err := c.Ack([]uint64{id}); err != nil {
		c.err = err
	}
}

// next returns a message; nil where there is none for now.
func (c *Consume) next(ctx context.Context, only bool) (jetstream.Msg, error) {
	var a arrival
	if only {
		select {
		case a = <-c.arrived:
		default:
			return nil, nil
		}
	} else {
		var idle <-chan time.Time
		if c.Idle > 0 {
			timer := time.NewTimer(c.Idle)
			defer timer.Stop()
			idle = timer.C
		}
		select {
		case a = <-c.arrived:
		case <-ctx.Done():
			return nil, nil
		case <-idle:
			return nil, io.EOF
		}
	}
	if a.err != nil {
		return nil, c.cannot("be read on", a.err)
	}
	return a.msg, nil
}

// Ack implements component.Acknowledged.
func (c *Consume) Ack(ids []uint64) error {
	return c.answer(ids, jetstream.Msg.Ack)
}

// Fail implements component.Acknowledged: the server gives them again.
func (c *Consume) Fail(ids []uint64) error {
	c.n -= int64(len(ids))
	return c.answer(ids, jetstream.Msg.Nak)
}

func (c *Consume) answer(ids []uint64, say func(jetstream.Msg) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		msg := c.out[id]
		delete(c.out, id)
		if msg == nil {
			continue
		}
		if err := say(msg); err != nil {
			return c.cannot("be answered", err)
		}
	}
	return nil
}

// Close implements component.ObjectSpout. What was acknowledged is known to the server then.
func (c *Consume) Close() error {
	if c.messages == nil {
		return nil
	}
	c.messages.Stop()
	close(c.stop)
	c.work.Wait()
	err := c.link.Conn.FlushTimeout(flushTime)
	c.link.Close()
	if err != nil {
		return c.cannot("be answered", err)
	}
	return nil
}
