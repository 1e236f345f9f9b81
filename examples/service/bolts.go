package service

import (
	"context"
	"errors"

	"github.com/topo-lang/topo/runtime/component"
)

// Requests is the spout: it gives what the service has accepted.
type Requests struct{ from <-chan Order }

// Next gives all that is there, and waits only for the first.
func (s *Requests) Next(ctx context.Context, out *RequestsEmitter) error {
	select {
	case o := <-s.from:
		out.Emit(o)
	case <-ctx.Done():
		return nil
	}
	for !out.Full() {
		select {
		case o := <-s.from:
			out.Emit(o)
		default:
			return nil
		}
	}
	return nil
}

// Check puts aside what nobody would order.
type Check struct {
	Limit int64 // the topology's param
}

// Open refuses a limit that lets nothing through.
func (c *Check) Open(ctx *component.Context) error {
	if c.Limit <= 0 {
		return errors.New("the limit is a number of cents above 0")
	}
	return nil
}

// Process implements CheckBolt.
func (c *Check) Process(in RequestsTuple, fine *CheckFineEmitter, suspicious *CheckSuspiciousEmitter) error {
	switch {
	case in.Cents < 0:
		return errors.New("an order below nothing")
	case in.Cents > c.Limit:
		suspicious.Emit(CheckSuspiciousTuple{Customer: in.Customer, Why: "above the limit"})
	default:
		fine.Emit(in)
	}
	return nil
}

// Board is the sink that the service answers from.
type Board struct{ service *Service }

// Write implements BoardSink.
func (b *Board) Write(rows []TotalsTuple) error {
	b.service.mu.Lock()
	defer b.service.mu.Unlock()
	for _, t := range rows {
		b.service.totals[t.Customer] = t
	}
	return nil
}

// Review keeps what people are to look at.
type Review struct{ service *Service }

// Write implements ReviewSink.
func (r *Review) Write(rows []CheckSuspiciousTuple) error {
	r.service.mu.Lock()
	defer r.service.mu.Unlock()
	r.service.review = append(r.service.review, rows...)
	return nil
}
