package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/topo-lang/topo/runtime/batch"
)

// wire is a Transport that copies frames, with credit for window frames from each sender to each receiver.
type wire struct {
	window int
	tamper func(f *Frame) // before delivery
	sendFn func(edge, from, to int) error

	ends   map[[2]int]chan Frame
	credit map[[3]int]chan struct{}
	run    sync.WaitGroup
	mu     sync.Mutex
	lent   int // frames sent and not yet acknowledged
	closed int
}

func (w *wire) Receive(edge, task int, senders int, deliver func(Frame) error) error {
	if w.ends == nil {
		w.ends, w.credit = map[[2]int]chan Frame{}, map[[3]int]chan struct{}{}
	}
	frames := make(chan Frame, senders*w.window)
	w.ends[[2]int{edge, task}] = frames
	for from := range senders {
		w.credit[[3]int{edge, from, task}] = make(chan struct{}, w.window)
	}
	w.run.Go(func() {
		for f := range frames {
			credit := w.credit[[3]int{edge, f.From, task}]
			f.Done = sync.OnceFunc(func() {
				clear(f.Payload) // nobody may look at it any more
				w.mu.Lock()
				w.lent--
				w.mu.Unlock()
				<-credit
			})
			if w.tamper != nil {
				w.tamper(&f)
			}
			if deliver(f) != nil {
				break
			}
		}
		for range frames {
			continue
		}
	})
	return nil
}

func (w *wire) Send(ctx context.Context, edge, from, to int, f Frame) error {
	if w.sendFn != nil {
		if err := w.sendFn(edge, from, to); err != nil {
			return err
		}
	}
	select {
	case w.credit[[3]int{edge, from, to}] <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	w.mu.Lock()
	w.lent++
	w.mu.Unlock()
	f.Payload = slices.Clone(f.Payload)
	w.ends[[2]int{edge, to}] <- f // has room for all the credit
	return nil
}

func (w *wire) Close() error {
	w.closed++
	for _, frames := range w.ends {
		close(frames)
	}
	w.run.Wait()
	return nil
}

// line is spout -> bolt -> sink, all with two tasks.
func line(emit int) (*model, [3]*node) {
	m := &model{}
	n := [3]*node{m.node("spout", 2), m.node("bolt", 2), m.node("sink", 2)}
	n[0].emit = emit
	m.connect(n[0], n[1], Shuffle, false)
	m.connect(n[1], n[2], Fields, false)
	return m, n
}

func TestTransportErrors(t *testing.T) {
	broken := errors.New("cable cut")
	for _, c := range []struct {
		name string
		wire *wire
		want string
	}{
		{"send", &wire{window: 1, sendFn: func(edge, from, to int) error {
			if edge == 1 && from == 1 {
				return broken
			}
			return nil
		}}, "bolt[1]: sending to sink: cable cut"},
		{"cut payload", &wire{window: 1, tamper: func(f *Frame) {
			if len(f.Payload) > 0 {
				f.Payload = f.Payload[:len(f.Payload)-1]
			}
		}}, "damaged frame from spout: codec: the bytes end in the middle of a value"},
		{"fewer tuples", &wire{window: 1, tamper: func(f *Frame) { f.Rows++ }}, "damaged frame from spout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, n := line(5000)
				_, err := m.build().Run(t.Context(), Options{Transport: c.wire})
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v, want %q", err, c.want)
				}
				for _, n := range n[1:] {
					if len(n.closed) != n.tasks || slices.Contains(n.closed, true) {
						t.Errorf("%s: closed %v", n.name, n.closed)
					}
				}
				if c.wire.closed != 1 {
					t.Errorf("the transport was closed %d times", c.wire.closed)
				}
			})
		})
	}
}

func TestCodecPanicIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := line(100)
		top := m.build()
		e := m.ends[0].edge
		e.codec.Decode = func([]byte, *batch.Batch[item]) error { panic("decoder") }
		_, err := top.Run(t.Context(), Options{Transport: &wire{window: 1}})
		if err == nil || !strings.Contains(err.Error(), "panic: decoder") {
			t.Errorf("error is %v", err)
		}
	})
}
