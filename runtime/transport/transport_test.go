package transport

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/engine"
)

func newTransport(t testing.TB) *Transport {
	t.Helper()
	s, err := broker.Start(broker.Options{Name: "test", Log: func(m string) { t.Errorf("the server says: %s", m) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	tr := New(Config{Topology: "t", Connect: s.ConnectFrames, Attempt: 1})
	tr.look = 5 * time.Millisecond // so that tests which need a question do not wait long for it
	return tr
}

// payload is a batch that says who sent it and as which, and checks itself.
func payload(size, from, number int) []byte {
	b := make([]byte, max(size, 12))
	for i := range b {
		b[i] = byte(i * (number + 1))
	}
	binary.LittleEndian.PutUint32(b, uint32(from))
	binary.LittleEndian.PutUint32(b[4:], uint32(number))
	binary.LittleEndian.PutUint32(b[8:], crc32.ChecksumIEEE(b[12:]))
	return b
}

// receiver checks what one receiving task is given.
type receiver struct {
	t       testing.TB
	senders int
	slow    func()
	queue   chan engine.Frame // what its task works through; nil: done at once
	next    []int
	ends    int
	ended   chan struct{}
}

func receive(t testing.TB, tr *Transport, edge, task, senders int) *receiver {
	t.Helper()
	r := &receiver{t: t, senders: senders, slow: func() {}, next: make([]int, senders), ended: make(chan struct{})}
	if err := tr.Receive(edge, task, senders, r.deliver); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *receiver) deliver(f engine.Frame) error {
	r.slow()
	if f.End {
		if r.ends++; r.ends == r.senders {
			close(r.ended)
		}
		f.Done()
		return nil
	}
	le := binary.LittleEndian
	from, number := int(le.Uint32(f.Payload)), int(le.Uint32(f.Payload[4:]))
	if from != f.From || number != r.next[from] || f.Rows != number+1 {
		r.t.Errorf("got batch %d of task %d with %d rows, from task %d; expected batch %d", number, from, f.Rows, f.From, r.next[f.From])
	}
	if crc32.ChecksumIEEE(f.Payload[12:]) != le.Uint32(f.Payload[8:]) {
		r.t.Errorf("batch %d of task %d is damaged", number, from)
	}
	r.next[from]++
	if r.queue != nil {
		r.queue <- f
		return nil
	}
	f.Done()
	f.Done() // a second time does nothing
	return nil
}

// sendAll sends batches of the sizes and the end.
func sendAll(ctx context.Context, tr *Transport, edge, from, to int, sizes []int) error {
	for i, size := range sizes {
		if err := tr.Send(ctx, edge, from, to, engine.Frame{From: from, Rows: i + 1, Payload: payload(size, from, i)}); err != nil {
			return err
		}
	}
	return tr.Send(ctx, edge, from, to, engine.Frame{From: from, End: true})
}

// mustEnd waits until the receiver has everything, or the transport has failed.
func mustEnd(t *testing.T, tr *Transport, r *receiver) {
	t.Helper()
	select {
	case <-r.ended:
	case <-tr.failed:
		t.Fatal(tr.Err())
	}
}

func TestEverythingArrivesInOrder(t *testing.T) {
	before := runtime.NumGoroutine()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			tr := newTransport(t)
			edges, most := 1+rnd.IntN(3), 1+rnd.IntN(3)
			type pair struct{ edge, from, to, number int }
			sent := map[pair][]int{}
			var receivers []*receiver
			for edge := range edges {
				senders, tasks := 1+rnd.IntN(most), 1+rnd.IntN(most)
				for to := range tasks {
					r := receive(t, tr, edge, to, senders)
					pause := time.Duration(rnd.IntN(200)) * time.Microsecond
					r.slow = func() { time.Sleep(pause) }
					receivers = append(receivers, r)
					for from := range senders {
						var sizes []int
						for range rnd.IntN(60) {
							// Sizes around the bounds: of a header, of a frame, of the window.
							sizes = append(sizes, rnd.IntN(1<<rnd.IntN(22)))
						}
						sent[pair{edge, from, to, len(receivers) - 1}] = sizes
					}
				}
			}
			var wg sync.WaitGroup
			for p, sizes := range sent {
				wg.Go(func() {
					if err := sendAll(context.Background(), tr, p.edge, p.from, p.to, sizes); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			for _, r := range receivers {
				mustEnd(t, tr, r)
			}
			for p, sizes := range sent {
				if got := receivers[p.number].next[p.from]; got != len(sizes) {
					t.Errorf("edge %d, task %d to %d: %d of %d batches arrived", p.edge, p.from, p.to, got, len(sizes))
				}
			}
			for _, e := range tr.ends {
				if _, bytes, err := e.sub.MaxPending(); err != nil || bytes > connBytes {
					t.Errorf("%d bytes were pending (%v)", bytes, err)
				}
			}
			s := tr.Stats()
			if s.FramesSent != s.FramesReceived || s.BytesSent != s.BytesReceived {
				t.Errorf("sent and received differ: %+v", s)
			}
			if err := tr.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	settle(t, before)
}

// settle waits until no more goroutines run than before.
func settle(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<20)
			t.Fatalf("goroutines are left:\n%s", buf[:runtime.Stack(buf, true)])
		}
	}
}

func TestLargerThanAnyWindow(t *testing.T) {
	tr := newTransport(t)
	defer tr.Close()
	r := receive(t, tr, 0, 0, 1)
	// What is done with last must not be what the rest of a batch waits for.
	r.queue = make(chan engine.Frame, 3)
	if err := sendAll(context.Background(), tr, 0, 0, 0, []int{1 << 20, 30 << 20, 9<<20 + 1}); err != nil {
		t.Fatal(err)
	}
	mustEnd(t, tr, r)
}

func TestSenderWaitsForCredit(t *testing.T) {
	tr := newTransport(t)
	r := receive(t, tr, 0, 0, 1)
	other := receive(t, tr, 0, 1, 1)
	r.queue = make(chan engine.Frame, 10000)
	ctx, cancel := context.WithCancelCause(context.Background())
	stopped := make(chan error)
	go func() {
		for i := 0; ; i++ {
			if err := tr.Send(ctx, 0, 0, 0, engine.Frame{Rows: i + 1, Payload: payload(50<<10, 0, i)}); err != nil {
				stopped <- err
				return
			}
		}
	}()
	for tr.Stats().Waits == 0 {
		time.Sleep(time.Millisecond)
	}
	// Another receiver of the same edge is not held up.
	if err := sendAll(context.Background(), tr, 0, 0, 1, []int{1, 1 << 21, 3}); err != nil {
		t.Fatal(err)
	}
	mustEnd(t, tr, other)
	// All that was sent is less than the window; credit lets the sender go on, and it waits again.
	waits := tr.Stats().Waits
	queued := len(r.queue)
	if bytes := queued * (50 << 10); bytes > maxWindow {
		t.Errorf("%d bytes were under way without credit", bytes)
	}
	for range queued {
		(<-r.queue).Done()
	}
	for tr.Stats().Waits == waits {
		time.Sleep(time.Millisecond)
	}
	why := fmt.Errorf("enough")
	cancel(why)
	if err := <-stopped; err != why {
		t.Errorf("a stopped sender says %v", err)
	}
	tr.Close()
}

func TestDiamondsWithTinyWindows(t *testing.T) {
	// A task sends on two edges to two tasks, which both send to a fourth. It reads from one edge only when it likes,
	// and every window holds two frames.
	tr := newTransport(t)
	defer tr.Close()
	const batches = 300
	var wg sync.WaitGroup
	for middle := range 2 {
		in := make(chan engine.Frame, 1)
		if err := tr.Receive(middle, 0, 1, func(f engine.Frame) error { in <- f; return nil }); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for f := range in {
				if err := tr.Send(context.Background(), 2, middle, 0, engine.Frame{From: middle, Rows: f.Rows, End: f.End, Payload: f.Payload}); err != nil {
					t.Error(err)
				}
				f.Done()
				if f.End {
					return
				}
			}
		})
	}
	last := make(chan engine.Frame) // nothing is taken in advance
	if err := tr.Receive(2, 0, 2, func(f engine.Frame) error { last <- f; return nil }); err != nil {
		t.Fatal(err)
	}
	tr.begin.Do(func() {
		tr.start()
		tr.layout.window, tr.layout.frame = tinyWindow, 1000
	})
	wg.Go(func() {
		for i := range batches {
			for middle := range 2 {
				if err := tr.Send(context.Background(), middle, 0, 0, engine.Frame{Rows: i, Payload: payload(i*40, 0, i)}); err != nil {
					t.Error(err)
				}
			}
		}
		for middle := range 2 {
			if err := tr.Send(context.Background(), middle, 0, 0, engine.Frame{End: true}); err != nil {
				t.Error(err)
			}
		}
	})
	next := [2]int{}
	for ends := 0; ends < 2; {
		f := <-last
		if f.End {
			ends++
		} else if f.Rows != next[f.From] {
			t.Fatalf("batch %d instead of %d", f.Rows, next[f.From])
		} else {
			next[f.From]++
		}
		f.Done()
	}
	if next != [2]int{batches, batches} {
		t.Errorf("%v of %d batches arrived", next, batches)
	}
	wg.Wait()
	if err := tr.Err(); err != nil {
		t.Error(err)
	}
}

func TestUse(t *testing.T) {
	tr := newTransport(t)
	defer tr.Close()
	for _, senders := range []int{0, maxSenders + 1} {
		if err := tr.Receive(0, 0, senders, nil); err == nil {
			t.Errorf("%d senders are taken", senders)
		}
	}
	receive(t, tr, 1, 1, 1)
	for _, way := range [][3]int{{0, 0, 0}, {1, 0, 0}, {1, 1, 1}, {2, 0, 0}, {-1, 0, 0}, {1, 0, -1}, {1, -1, 1}} {
		if err := tr.Send(context.Background(), way[0], way[1], way[2], engine.Frame{}); err == nil {
			t.Errorf("edge %d takes from task %d to task %d", way[0], way[1], way[2])
		}
	}
	if err := tr.Receive(1, 0, 1, nil); err == nil || !strings.Contains(err.Error(), "after the first frame") {
		t.Errorf("a late receiver: %v", err)
	}
	if err := tr.Send(context.Background(), 1, 0, 1, engine.Frame{Payload: make([]byte, MaxPayload+1)}); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("a huge batch: %v", err)
	}
}

func TestErrorsOfReceiversAndConnections(t *testing.T) {
	t.Run("deliver", func(t *testing.T) {
		tr := newTransport(t)
		defer tr.Close()
		told := make(chan error, 1)
		tr.cfg.OnError = func(err error) { told <- err }
		why := fmt.Errorf("cannot decode")
		if err := tr.Receive(0, 0, 1, func(engine.Frame) error { return why }); err != nil {
			t.Fatal(err)
		}
		if err := tr.Send(context.Background(), 0, 0, 0, engine.Frame{Rows: 1}); err != nil {
			t.Fatal(err)
		}
		if err := <-told; err != why {
			t.Errorf("told %v", err)
		}
		if err := tr.Send(context.Background(), 0, 0, 0, engine.Frame{Rows: 1}); err != why {
			t.Errorf("the next Send says %v", err)
		}
	})
	t.Run("connection", func(t *testing.T) {
		tr := newTransport(t)
		defer tr.Close()
		r := receive(t, tr, 0, 0, 1)
		r.queue = make(chan engine.Frame, 1000)
		result := make(chan error)
		go func() { result <- sendAll(context.Background(), tr, 0, 0, 0, make([]int, 1_000_000)) }()
		for tr.Stats().Waits == 0 {
			time.Sleep(time.Millisecond)
		}
		tr.conns[0].Close()
		if err := <-result; err == nil || !strings.Contains(err.Error(), "lost its connection") {
			t.Errorf("a lost connection: %v", err)
		}
		for len(r.queue) > 0 { // let go of the delivery that waits, as the engine does when it stops
			<-r.queue
		}
	})
	t.Run("no server", func(t *testing.T) {
		tr := New(Config{Topology: "t", Connect: func(...nats.Option) (*nats.Conn, error) { return nil, nats.ErrNoServers }})
		defer tr.Close()
		receive(t, tr, 0, 0, 1)
		if err := tr.Send(context.Background(), 0, 0, 0, engine.Frame{End: true}); err == nil || !strings.Contains(err.Error(), "does not start") {
			t.Errorf("no server: %v", err)
		}
	})
}
