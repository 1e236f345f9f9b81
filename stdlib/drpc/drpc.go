// Package drpc lets a topology be called: a call is a tuple, and the answer is one.
//
// Calls are requests of the server in the binary. Who is to be answered is a part of the tuple, so that nothing is kept of calls that are under way: whoever has the
// tuple can answer, in any task of any process.
package drpc

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/query"
	"github.com/topo-lang/topo/stdlib/kit/encode"
)

// idField is the field of a call that says who is to be answered.
const idField = "id"

// pendingCalls is how many calls may wait for the pipeline, pendingBytes how large they may be.
const (
	pendingCalls = 1 << 14
	pendingBytes = 64 << 20
)

// Calls is the spout drpc.calls.
type Calls struct {
	Name string

	sub  *nats.Subscription
	buf  []byte
	fail func(component.Failed)
}

var _ component.ObjectSpout = (*Calls)(nil)

// Open implements component.ObjectSpout.
func (s *Calls) Open(ctx *component.Context, schema []component.Column) error {
	if s.Name == "" || strings.ContainsAny(s.Name, ".*> \t\r\n/") {
		return fault.New(`write a word, such as "reach"`, "name: %q can't name a call", s.Name)
	}
	known := false
	for _, c := range schema {
		known = known || c.Name == idField && c.Kind == component.String
	}
	if !known {
		return fault.New("declare it: `-> (id string, ...)`", "a call has no field `id string`, by which it is answered")
	}
	conn, err := ctx.Broker()
	if err != nil {
		return fault.New("", "the NATS server in this binary: cannot connect: %w", err)
	}
	s.fail = ctx.Fail
	// All tasks share the calls.
	s.sub, err = conn.QueueSubscribeSync(query.CallSubject(ctx.Topology, s.Name), "topo")
	if err == nil {
		err = s.sub.SetPendingLimits(pendingCalls, pendingBytes)
	}
	if err == nil {
		err = conn.Flush()
	}
	if err != nil {
		return fault.New("", "calls of %s can't be taken: %w", s.Name, err)
	}
	return nil
}

// Next implements component.ObjectSpout.
func (s *Calls) Next(ctx context.Context, out *component.Objects) error {
	for !out.Full() {
		if out.Len() > 0 {
			if n, _, err := s.sub.Pending(); n == 0 || err != nil {
				return nil
			}
		}
		m, err := s.sub.NextMsgWithContext(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, nats.ErrSlowConsumer):
			continue // what was dropped ends in time where it was made
		case err != nil:
			return fault.New("", "calls of %s can't be taken any more: %w", s.Name, err)
		}
		if why := s.take(m, out); why != nil {
			answer(m, why.Error())
			if s.fail != nil {
				s.fail(component.Failed{Tuple: string(m.Data), Reason: why.Error(), Place: "call of " + s.Name})
			}
		}
	}
	return nil
}

// take makes a tuple of a call.
func (s *Calls) take(m *nats.Msg, out *component.Objects) error {
	if !inbox(m.Reply) {
		return errors.New("a call needs somebody to answer to")
	}
	text := strings.TrimSpace(string(m.Data))
	if text == "" {
		text = "{}"
	}
	if !strings.HasPrefix(text, "{") || !json.Valid([]byte(text)) {
		return errors.New("a call is a JSON object")
	}
	// Of two members with one name the last one counts, so a caller can't say who is answered.
	s.buf = append(s.buf[:0], text[:len(text)-1]...)
	if strings.TrimSpace(text[1:len(text)-1]) != "" {
		s.buf = append(s.buf, ',')
	}
	s.buf = append(encode.AppendJSONString(append(s.buf, `"`+idField+`":`...), m.Reply), '}')
	return out.Object(string(s.buf))
}

// inbox reports whether a subject is one where somebody waits for an answer, and nothing else.
func inbox(subject string) bool {
	return strings.HasPrefix(subject, nats.InboxPrefix) && !strings.ContainsAny(subject, "*> \t\r\n")
}

// answer answers a call with an error.
func answer(m *nats.Msg, why string) {
	if inbox(m.Reply) {
		_ = m.RespondMsg(problem(m.Reply, why)) // who called may be gone
	}
}

func problem(id, why string) *nats.Msg {
	text, _ := json.Marshal(map[string]string{"error": why}) // a text is no problem
	return &nats.Msg{Subject: id, Data: text, Header: nats.Header{query.ErrorHeader: {strings.Join(strings.Fields(why), " ")}}}
}

// Close implements component.ObjectSpout.
func (s *Calls) Close() error {
	if s.sub != nil {
		_ = s.sub.Unsubscribe() // the connection may be gone
	}
	return nil
}

// Reply is the sink drpc.reply.
type Reply struct {
	Id int

	conn *nats.Conn
	rest []component.Column
	enc  *encode.Encoder
	buf  []byte
	sent bool
}

var _ component.ColumnSink = (*Reply)(nil)

// Open implements component.ColumnSink.
func (r *Reply) Open(ctx *component.Context, schema []component.Column) (err error) {
	if schema[r.Id].Kind != component.String {
		return fault.New("pass the `id` of the call along", "id: %s is no string", schema[r.Id].Name)
	}
	r.enc = encode.New(encode.JSON, r.without(schema))
	r.conn, err = broker(ctx)
	return err
}

func broker(ctx *component.Context) (*nats.Conn, error) {
	conn, err := ctx.Broker()
	if err != nil {
		return nil, fault.New("", "the NATS server in this binary: cannot connect: %w", err)
	}
	return conn, nil
}

// without leaves the id out.
func (r *Reply) without(cols []component.Column) []component.Column {
	r.rest = append(append(r.rest[:0], cols[:r.Id]...), cols[r.Id+1:]...)
	return r.rest
}

// Write implements component.ColumnSink.
func (r *Reply) Write(rows *component.Columns) error {
	rest := &component.Columns{N: rows.N, Cols: r.without(rows.Cols)}
	for i, id := range rows.Cols[r.Id].Strings[:rows.N] {
		if !inbox(id) {
			continue // it is of no call
		}
		r.buf = r.enc.Append(r.buf[:0], rest, i)
		m := &nats.Msg{Subject: id, Data: r.buf}
		if int64(len(r.buf)) > r.conn.MaxPayload() {
			m = problem(id, "the answer is too long for a message")
		}
		if err := r.conn.PublishMsg(m); err != nil {
			return fault.New("", "a call can't be answered: %w", err)
		}
		r.sent = true
	}
	return nil
}

// Flush implements component.ColumnSink.
func (r *Reply) Flush() error { return flush(r.conn, &r.sent) }

func flush(conn *nats.Conn, sent *bool) error {
	if !*sent {
		return nil
	}
	*sent = false
	if err := conn.Flush(); err != nil {
		return fault.New("", "calls can't be answered: %w", err)
	}
	return nil
}

// Close implements component.ColumnSink.
func (r *Reply) Close(bool) error {
	if r.conn == nil {
		return nil
	}
	return r.Flush()
}

// Fail is the sink drpc.fail.
type Fail struct {
	Id, Why int

	conn *nats.Conn
	sent bool
}

var _ component.ColumnSink = (*Fail)(nil)

// Open implements component.ColumnSink.
func (f *Fail) Open(ctx *component.Context, schema []component.Column) (err error) {
	for _, i := range []int{f.Id, f.Why} {
		if schema[i].Kind != component.String {
			return fault.New("pass the `id` of the call along, and a text", "%s is no string", schema[i].Name)
		}
	}
	f.conn, err = broker(ctx)
	return err
}

// Write implements component.ColumnSink.
func (f *Fail) Write(rows *component.Columns) error {
	for i, id := range rows.Cols[f.Id].Strings[:rows.N] {
		if !inbox(id) {
			continue
		}
		if err := f.conn.PublishMsg(problem(id, rows.Cols[f.Why].Strings[i])); err != nil {
			return fault.New("", "a call can't be answered: %w", err)
		}
		f.sent = true
	}
	return nil
}

// Flush implements component.ColumnSink.
func (f *Fail) Flush() error { return flush(f.conn, &f.sent) }

// Close implements component.ColumnSink.
func (f *Fail) Close(bool) error {
	if f.conn == nil {
		return nil
	}
	return f.Flush()
}
