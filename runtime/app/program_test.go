package app

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/engine"
)

// numbers is a program as the compiler writes it: a spout of the numbers from 1, a bolt of two tasks that passes
// them on, and a sink that prints them.
type numbers struct {
	count    int64 // 0: without end
	prefix   string
	live     bool
	every    time.Duration
	since    time.Time
	ratio    float64
	password string
	maxLine  int64

	fails  int64 // numbers divisible by it fail
	breaks error // what the sink's Write gives
	stuck  bool  // the sink never returns, whatever it is told
	broker bool  // the sink also publishes what it prints
}

func (n *numbers) program() *Program {
	return &Program{
		Name: "numbers", Doc: "Prints numbers.", Guarantee: "none", Version: "v0.1.0",
		PlanText: "the plan", PlanJSON: `{"plan": 1}`, DOT: "digraph {}", Mermaid: "flowchart", SVG: "<svg/>",
		Sources: []Source{{"numbers.topo", "topology numbers {}\n"}},
		Params: []Param{
			{Name: "count", Doc: "How many.", Type: "int", Default: "0", Value: &n.count},
			{Name: "prefix", Doc: "What stands before.", Type: "string", Default: "", Value: &n.prefix},
			{Name: "live", Type: "bool", Default: "false", Value: &n.live},
			{Name: "every", Type: "duration", Default: "0s", Value: &n.every},
			{Name: "since", Type: "time", Default: "0001-01-01T00:00:00Z", Value: &n.since},
			{Name: "ratio", Type: "float", Default: "0", Value: &n.ratio},
			{Name: "password", Doc: "To get in.", Type: "string", Secret: true, Value: &n.password},
			{Name: "max_line", Type: "int", Default: "0", Value: &n.maxLine},
		},
		Build: n.build,
	}
}

type row struct{ n int64 }

var rowCodec = engine.Codec[row]{
	Encode: func(dst []byte, b *batch.Batch[row]) []byte {
		for _, r := range b.Rows {
			dst = binary.AppendVarint(dst, r.n)
		}
		return dst
	},
	Decode: func(src []byte, b *batch.Batch[row]) error {
		for len(src) > 0 {
			v, n := binary.Varint(src)
			if n <= 0 {
				return errors.New("not a number")
			}
			src = src[n:]
			b.Rows = append(b.Rows, row{v})
		}
		return nil
	},
}

func (n *numbers) build(t *engine.Topology) {
	in := engine.Connect(t, engine.EdgeSpec{From: "source", To: "same", Grouping: engine.Shuffle}, rowCodec)
	out := engine.Connect(t, engine.EdgeSpec{From: "same", To: "out", Grouping: engine.Global}, rowCodec)
	t.Spout("source", 1, func(task int) engine.SpoutTask { return &source{numbers: n, out: in.Out(task)} })
	t.Bolt("same", 2, 1, func(task int) engine.Task { return &same{numbers: n, t: t, out: out.Out(task)} })
	t.Bolt("out", 1, 1, func(int) engine.Task { return &sink{numbers: n} })
}

type source struct {
	*numbers
	out  *engine.Out[row]
	last int64
}

func (s *source) Open(*component.Context) error { return nil }
func (s *source) Close() error                  { return nil }
func (s *source) Next(ctx context.Context) error {
	for range 100 {
		if s.count > 0 && s.last == s.count {
			return io.EOF
		}
		s.last++
		b := s.out.Next()
		b.Rows = append(b.Rows, row{s.last})
		s.out.Check()
	}
	if s.every > 0 {
		select {
		case <-time.After(s.every):
		case <-ctx.Done():
		}
	}
	return nil
}

type plain struct{}

func (plain) Open(*component.Context) error { return nil }
func (plain) Idle() error                   { return nil }
func (plain) Finish() error                 { return nil }
func (plain) Close(bool) error              { return nil }

type same struct {
	plain
	*numbers
	t   *engine.Topology
	out *engine.Out[row]
}

func (s *same) Process(_ int, in any) error {
	for _, r := range in.(*batch.Batch[row]).Rows {
		if s.fails > 0 && r.n%s.fails == 0 {
			s.t.Fail("same", fmt.Sprintf("numbers.topo:%d", 10+r.n%2), "no such number")
			continue
		}
		s.out.Pending[0].Rows = append(s.out.Pending[0].Rows, r)
		s.out.Check()
	}
	return nil
}

type sink struct {
	plain
	*numbers
	ctx *component.Context
}

func (s *sink) Open(ctx *component.Context) error {
	s.ctx = ctx
	return nil
}

func (s *sink) Process(_ int, in any) error {
	if s.stuck {
		fmt.Fprintln(s.ctx.Stdout, "stuck")
		select {}
	}
	if s.breaks != nil {
		return s.breaks
	}
	for _, r := range in.(*batch.Batch[row]).Rows {
		if _, err := fmt.Fprintf(s.ctx.Stdout, "%s%d\n", s.prefix, r.n); err != nil {
			return err
		}
	}
	return nil
}

func (s *sink) Close(complete bool) error {
	if s.broker {
		c, err := s.ctx.Broker()
		if err != nil {
			return err
		}
		if err := c.Publish("numbers", nil); err != nil {
			return err
		}
		return c.Flush()
	}
	fmt.Fprintf(s.ctx.Stderr, "complete: %v\n", complete)
	return nil
}
