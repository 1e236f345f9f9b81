// Package nats takes tuples from, and brings them to, NATS subjects: those of the server in the binary, or of any other.
//
// Core NATS delivers at most once. What arrives faster than the pipeline takes it waits in bounded memory, and where that does not
// do, the run ends with an error: messages are never lost without a word.
package nats

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/stdlib/kit/note"
	"github.com/topo-lang/topo/stdlib/kit/server"
)

// Subscribe is the spout nats.subscribe.
type Subscribe struct {
	Subject, Url, Format, Queue string
	Count                       int64
	Idle                        time.Duration

	link *server.Link
	sub  *nats.Subscription
	read func(msg *nats.Msg, out *component.Objects) error
	warn func(format string, args ...any)
	fail func(component.Failed) // nil outside of a run: then warn is told
	n    int64                  // messages taken
	bad  int64                  // of them, those left out
	err  error                  // ends the spout at the next Next
}

var _ component.ObjectSpout = (*Subscribe)(nil)

// What may wait in memory for the pipeline.
const (
	pendingMessages = 1 << 16
	pendingBytes    = 256 << 20
)

// Open implements component.ObjectSpout.
func (s *Subscribe) Open(ctx *component.Context, schema []component.Column) (err error) {
	if err := server.CheckSubject(s.Subject, true); err != nil {
		return err
	}
	if s.Count < 0 || s.Idle < 0 {
		return fault.New("leave them out to go on without an end", "count: %d, idle: %s: less than none", s.Count, s.Idle)
	}
	switch s.Format {
	case "json":
		s.read = func(msg *nats.Msg, out *component.Objects) error { return out.Object(arena.View(msg.Data)) }
	case "text":
		if s.read, err = textReader(schema); err != nil {
			return err
		}
	default:
		return fault.New(`choose one of "json", "text"`, "format: %q is not known here", s.Format)
	}
	s.warn, s.fail = note.Warner(ctx), ctx.Fail
	if s.link, err = server.Connect(ctx, s.Url); err != nil {
		return err
	}
	queue := s.Queue
	if queue == "" && ctx.Tasks > 1 {
		queue = "topo-" + ctx.Topology + "-" + ctx.Component // the tasks share the messages
	}
	if queue == "" {
		s.sub, err = s.link.Conn.SubscribeSync(s.Subject)
	} else {
		s.sub, err = s.link.Conn.QueueSubscribeSync(s.Subject, queue)
	}
	if err == nil {
		err = s.sub.SetPendingLimits(pendingMessages, pendingBytes)
	}
	if err == nil {
		// Messages that are published once the run has begun must find the subscription.
		err = s.link.Conn.FlushTimeout(flushTime)
	}
	if err == nil {
		if last := s.link.Conn.LastError(); errors.Is(last, nats.ErrPermissionViolation) {
			err = last
		}
	}
	if err != nil {
		err = s.cannot(err)
		s.link.Close()
		return err
	}
	return nil
}

func (s *Subscribe) cannot(err error) error {
	help := "check that the server runs and can be reached from here"
	switch {
	case errors.Is(err, nats.ErrPermissionViolation):
		help = "give the user in the url the right to subscribe to this subject"
	case errors.Is(err, nats.ErrBadQueueName):
		help = "write the queue's name without white space"
	}
	return fault.New(help, "%s: subject %s: cannot subscribe: %w", s.link.Name, s.Subject, err)
}

// Next implements component.ObjectSpout.
func (s *Subscribe) Next(ctx context.Context, out *component.Objects) error {
	if s.err != nil {
		return s.err
	}
	for !out.Full() {
		if s.Count > 0 && s.n >= s.Count {
			return io.EOF
		}
		msg, err := s.next(ctx, out.Len() > 0)
		if err != nil && out.Len() > 0 {
			s.err = err // told when the rows before it have been handed over
			return nil
		}
		if err != nil || msg == nil {
			return err
		}
		s.n++
		if err := s.read(msg, out); err != nil {
			s.leaveOut(msg, err)
			continue
		}
	}
	return nil
}

// next returns a message; nil where there is none for now: more rows wait to be handed over, or the run stops.
func (s *Subscribe) next(ctx context.Context, only bool) (*nats.Msg, error) {
	waiting := ctx
	switch {
	case only:
		if n, _, err := s.sub.Pending(); n == 0 || err != nil {
			return nil, nil
		}
	case s.Idle > 0:
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeout(ctx, s.Idle)
		defer cancel()
	}
	msg, err := s.sub.NextMsgWithContext(waiting)
	switch {
	case err == nil:
		return msg, nil
	case ctx.Err() != nil:
		return nil, nil
	case errors.Is(err, context.DeadlineExceeded):
		return nil, io.EOF // idle
	case errors.Is(err, nats.ErrSlowConsumer):
		lost, _ := s.sub.Dropped()
		return nil, fault.New("share the work with `tasks` or a `queue`, or keep the messages in a stream",
			"%s: subject %s: messages arrive faster than they are taken: %d are waiting, %d were lost", s.link.Name, s.Subject, pendingMessages, lost)
	}
	return nil, fault.New("check that the server still runs", "%s: subject %s: cannot read on: %w", s.link.Name, s.Subject, err)
}

// leaveOut fails a message that is not what was declared. Where it is only told of: of the first ones each, later of every tenth, hundredth and so on.
func (s *Subscribe) leaveOut(msg *nats.Msg, reason error) {
	if s.fail != nil {
		s.fail(component.Failed{Tuple: string(msg.Data), Reason: reason.Error(), Place: "subject " + s.Subject})
		return
	}
	s.bad++
	round := int64(1)
	for round*10 <= s.bad {
		round *= 10
	}
	if s.bad < 10 || s.bad == round {
		s.warn("subject %s: left out a message, the %s of its kind: %v", msg.Subject, ordinal(s.bad), reason)
	}
}

func ordinal(n int64) string {
	if n%100/10 != 1 {
		switch n % 10 {
		case 1:
			return fmt.Sprintf("%dst", n)
		case 2:
			return fmt.Sprintf("%dnd", n)
		case 3:
			return fmt.Sprintf("%drd", n)
		}
	}
	return fmt.Sprintf("%dth", n)
}

// Close implements component.ObjectSpout.
func (s *Subscribe) Close() error {
	if s.sub == nil {
		return nil
	}
	// The connection may be gone already; then so is the subscription.
	_ = s.sub.Unsubscribe()
	if s.bad > 0 {
		s.warn("subject %s: %d of %d messages were left out", s.Subject, s.bad, s.n)
	}
	s.link.Close()
	return nil
}
