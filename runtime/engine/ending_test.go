package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

var errTest = errors.New("no luck")

// at makes a hook that does something the nth time that a task of the node is somewhere.
func at(where string, task, nth int, do func() error) func(string, int) error {
	var times atomic.Int64
	return func(w string, i int) error {
		if w == where && i == task && times.Add(1) == int64(nth) {
			return do()
		}
		return nil
	}
}

// What goes wrong anywhere names its component and task, ends the run, and lets everything that opened close as incomplete.
func TestErrorsEverywhere(t *testing.T) {
	places := map[string][]string{
		"spout": {"open", "next", "close"},
		"bolt":  {"open", "process", "idle", "finish", "close"},
		"sink":  {"open", "process", "idle", "finish", "close"},
	}
	kinds := map[string]func() error{
		"error": func() error { return errTest },
		"panic": func() error { panic(errTest) },
	}
	transports := map[string]func() Transport{
		"memory":    func() Transport { return nil },
		"transport": func() Transport { return &wire{window: 1} },
	}
	for who, wheres := range places {
		for _, where := range wheres {
			for kind, do := range kinds {
				for carrier, transport := range transports {
					t.Run(fmt.Sprint(who, " ", where, " ", kind, " ", carrier), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							m, nodes := line(2500)
							for _, n := range nodes {
								if n.name == who {
									n.hook = at(where, 1, 1, do)
								} else if n.name == "spout" && where == "idle" {
									// Only a task that is faster than its input is ever idle.
									n.hook = func(string, int) error { time.Sleep(time.Millisecond); return nil }
								}
							}
							sum, err := m.build().Run(t.Context(), Options{Queue: 1, Transport: transport()})
							var e *Error
							if !errors.As(err, &e) || e.Component != who || e.Task != 1 || !errors.Is(err, errTest) {
								t.Fatalf("error is %v", err)
							}
							verifyEnding(t, nodes, who, where)
							if where == "next" {
								// What the spouts had read before is processed.
								m.verify(t, sum)
							}
						})
					})
				}
			}
		}
	}
}

func verifyEnding(t *testing.T, nodes [3]*node, who, where string) {
	t.Helper()
	for i, n := range nodes {
		closed := n.tasks
		if where == "open" {
			// Sinks open first, and what did not open does not close.
			failed := slices.IndexFunc(nodes[:], func(n *node) bool { return n.name == who })
			if i == failed {
				closed = 1
			} else if i < failed {
				closed = 0
			}
		}
		if len(n.closed) != closed {
			t.Errorf("%s: %d of %d tasks were closed", n.name, len(n.closed), closed)
		}
		// A Close that fails is not known of before; everything else is.
		if n.name != "spout" && where != "close" && slices.Contains(n.closed, true) {
			t.Errorf("%s: a task was told that its output is complete", n.name)
		}
		if who == "spout" && n.name != "spout" && n.finish != 0 {
			t.Errorf("%s finished after an error of its input", n.name)
		}
	}
	if who == "bolt" && where == "close" && slices.Contains(nodes[2].closed, true) {
		t.Error("the sink was told that its output is complete after a bolt failed to close")
	}
}

func TestOpensSinksFirstAndClosesThemLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, nodes := line(10)
		var mu sync.Mutex
		var calls []string
		for _, n := range nodes {
			n.hook = func(where string, task int) error {
				if where == "open" || where == "close" || where == "next" {
					mu.Lock()
					calls = append(calls, fmt.Sprint(where, " ", n.name))
					mu.Unlock()
				}
				return nil
			}
		}
		if _, err := m.build().Run(t.Context(), Options{}); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(slices.Compact(calls), ", ")
		for _, want := range []string{"open sink, open bolt, open spout, next spout", "close bolt, close sink"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q", got, want)
			}
		}
		if !strings.HasPrefix(got, "open sink") || !strings.HasSuffix(got, "close sink") {
			t.Error(got)
		}
	})
}

// Stop at any moment loses nothing: what the spouts read arrives everywhere, and everything finishes.
func TestStopDrains(t *testing.T) {
	for seed := range uint64(24) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 2))
			m := someModel(rnd, 2000)
			stop := make(chan struct{})
			after := rnd.IntN(20)
			var nexts atomic.Int64
			for _, n := range m.nodes {
				n.hook = func(where string, task int) error {
					if where == "next" && nexts.Add(1) == int64(after) {
						close(stop)
					}
					return nil
				}
			}
			if after == 0 {
				close(stop)
			}
			o := Options{Queue: 1 + rnd.IntN(3), Stop: stop}
			if seed%2 == 0 {
				o.Transport = &wire{window: 1}
			}
			sum, err := m.build().Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			m.verify(t, sum)
			for _, n := range m.nodes {
				if len(n.inputs) > 0 && n.finish != n.tasks || slices.Contains(n.closed, false) {
					t.Errorf("seed %d: %s did not finish: %d, %v", seed, n.name, n.finish, n.closed)
				}
			}
		})
	}
}

// The context's end at any moment ends the run with its cause.
func TestCancelStopsAtOnce(t *testing.T) {
	for seed := range uint64(24) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 3))
			m := someModel(rnd, 2000)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			after := int64(rnd.IntN(30))
			var batches atomic.Int64
			for _, n := range m.nodes {
				n.hook = func(where string, task int) error {
					if (where == "process" || where == "next") && batches.Add(1) == after {
						cancel(errTest)
					}
					return nil
				}
			}
			o := Options{Queue: 1}
			if seed%2 == 0 {
				o.Transport = &wire{window: 1}
			}
			_, err := m.build().Run(ctx, o)
			if after > 0 && batches.Load() >= after && err == nil {
				// The last batch of all may have been the one that cancelled.
				if batches.Load() > after {
					t.Errorf("seed %d: no error after %d batches of %d", seed, after, batches.Load())
				}
			} else if err != nil && !errors.Is(err, errTest) {
				t.Errorf("seed %d: %v", seed, err)
			}
			for _, n := range m.nodes {
				if len(n.closed) != n.tasks || err != nil && len(n.inputs) > 0 && slices.Contains(n.closed, true) {
					t.Errorf("seed %d: %s closed %v", seed, n.name, n.closed)
				}
			}
		})
	}
}

func TestCancelledBeforeItBegan(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m, nodes := line(10)
	if _, err := m.build().Run(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	for _, n := range nodes {
		if len(n.closed) != 0 {
			t.Errorf("%s was opened", n.name)
		}
	}
}

// waitingSpout waits for its context, as spouts without input do.
type waitingSpout struct{ err error }

func (waitingSpout) Open(*component.Context) error { return nil }
func (waitingSpout) Close() error                  { return nil }
func (s waitingSpout) Next(ctx context.Context) error {
	<-ctx.Done()
	if s.err == nil {
		return ctx.Err()
	}
	return s.err
}

// One spout's error ends those that wait; and a spout that says that it was told to stop has not failed.
func TestWaitingSpoutsEnd(t *testing.T) {
	for _, c := range []struct {
		name   string
		other  func(task int) SpoutTask
		stop   bool
		waits  error
		result error
	}{
		{"stop", func(int) SpoutTask { return waitingSpout{} }, true, nil, nil},
		{"stop, and the source fails", func(int) SpoutTask { return waitingSpout{} }, true, errTest, errTest},
		{"the other fails", func(int) SpoutTask { return failingSpout{} }, false, nil, errTest},
	} {
		synctest.Test(t, func(t *testing.T) {
			top := New("waiting")
			top.Spout("waits", 1, func(int) SpoutTask { return waitingSpout{c.waits} })
			top.Spout("other", 1, c.other)
			stop := make(chan struct{})
			if c.stop {
				time.AfterFunc(time.Second, func() { close(stop) })
			}
			if _, err := top.Run(t.Context(), Options{Stop: stop}); !errors.Is(err, c.result) {
				t.Errorf("%s: error is %v", c.name, err)
			}
		})
	}
}

type failingSpout struct{ waitingSpout }

func (failingSpout) Next(context.Context) error { return errTest }

// A task that cannot be made is an error in its component's name; nothing opens.
func TestTaskThatCannotBeMade(t *testing.T) {
	for _, v := range []any{errTest, "text"} {
		top := New("made")
		e := Connect(top, EdgeSpec{From: "s", To: "b"}, itemCodec)
		opened := false
		top.Spout("s", 1, func(int) SpoutTask { e.Out(0); return opensSpout{&opened} })
		top.Bolt("b", 1, 1, func(int) Task { panic(v) })
		_, err := top.Run(t.Context(), Options{})
		if err == nil || !strings.HasPrefix(err.Error(), "b: ") || opened {
			t.Errorf("error is %v, opened %v", err, opened)
		}
		if v == errTest && err.Error() != "b: no luck" {
			t.Errorf("an error that a task was refused with reads as a crash: %v", err)
		}
	}
}

type opensSpout struct{ opened *bool }

func (s opensSpout) Open(*component.Context) error { *s.opened = true; return nil }
func (opensSpout) Close() error                    { return nil }
func (opensSpout) Next(context.Context) error      { return io.EOF }

func TestPanicShowsWhere(t *testing.T) {
	err := guard(func() error { return crash(nil) })
	var p *PanicError
	if !errors.As(err, &p) {
		t.Fatal(err)
	}
	text := err.Error()
	if !strings.HasPrefix(text, "panic: assignment to entry in nil map\n\t") || !strings.Contains(p.Stack[0], "engine.crash ") {
		t.Error(text)
	}
	for _, f := range p.Stack {
		if strings.Contains(f, "engine.guard") || strings.HasPrefix(f, "runtime.") {
			t.Errorf("the stack shows %s", f)
		}
	}
}

//go:noinline
func crash(m map[int]int) error {
	m[1]++
	return nil
}

// A sink that wants no more is no error: its tuples are dropped, the other sink gets all of its own, and where no sink is
// left the spouts end.
func TestSinksThatWantNoMore(t *testing.T) {
	for _, carrier := range []func() Transport{func() Transport { return nil }, func() Transport { return &wire{window: 1} }} {
		for _, all := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				m := &model{}
				spout, some, rest := m.node("spout", 2), m.node("some", 2), m.node("rest", 2)
				spout.emit = 20000
				m.connect(spout, some, Shuffle, false)
				m.connect(spout, rest, Shuffle, false)
				enough := func(where string, task int) error {
					if where == "process" {
						return fmt.Errorf("reader: %w", component.ErrDone)
					}
					return nil
				}
				some.hook = enough
				if all {
					rest.hook = enough
				}
				sum, err := m.build().Run(t.Context(), Options{Queue: 1, Transport: carrier()})
				if err != nil {
					t.Fatal(err)
				}
				for _, n := range []*node{some, rest} {
					if !slices.Equal(n.closed, []bool{true, true}) {
						t.Errorf("%s closed as %v", n.name, n.closed)
					}
				}
				if got := len(rest.seen); !all && got < 40000 {
					t.Errorf("the other sink got %d of 40000", got)
				}
				if read := sum.Edges[0].Rows; all && read >= 40000 {
					t.Errorf("read %d tuples for nobody", read)
				}
			})
		}
	}
}
