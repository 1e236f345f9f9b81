package task

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/value"
)

// Limit is how long each call may take that a task makes to what lies outside of the program: `timeout 10s`. What takes a context gets
// one with that deadline. Other calls run in goroutines of their own, which are left behind when they do not answer in time, a bounded number of
// them. A nil Limit lets everything take its time.
type Limit struct {
	d     time.Duration
	slots chan struct{} // a token for each call that runs
	ctx   *component.Context

	mu   sync.Mutex
	told time.Time // when the operator was last told of calls that were left
	left int       // since then
}

// MostLeft is how many calls of a task run at once at the most, those included that were left behind. Of what must not be called twice at a
// time there is OneAtATime.
const (
	MostLeft   = 64
	OneAtATime = 1
)

// NewLimit returns the limit of a task: nil where its clock is a test's, by which a call takes no time.
func NewLimit(d time.Duration, most int, ctx *component.Context) *Limit {
	if ctx.Stepped {
		return nil
	}
	return &Limit{d: d, slots: make(chan struct{}, most), ctx: ctx}
}

// Late is the failure of a call that did not answer in time. It may pass.
type Late struct{ why string }

// Error implements error.
func (l *Late) Error() string { return l.why }

// IsLate reports whether a call was left behind.
func IsLate(err error) bool {
	var l *Late
	return errors.As(err, &l)
}

// Context is what a call is given that takes one.
func (l *Limit) Context() (context.Context, context.CancelFunc) {
	if l == nil {
		return context.Background(), func() {}
	}
	return context.WithTimeout(context.Background(), l.d)
}

// Ended ends the context of a call and returns the call's error, which says in words of ours that there was no answer in time, where that is why.
func (l *Limit) Ended(ctx context.Context, cancel context.CancelFunc, err error) error {
	late := errors.Is(ctx.Err(), context.DeadlineExceeded)
	cancel()
	if err != nil && late && l != nil {
		return &Late{"no answer within " + l.d.String()}
	}
	return err
}

// Within makes a call and waits for its answer no longer than the limit says.
func Within[T any](l *Limit, what string, call func() T) (answer T, late error) {
	if l == nil {
		return call(), nil
	}
	timer := time.NewTimer(l.d)
	defer timer.Stop()
	select {
	case l.slots <- struct{}{}:
	default:
		select {
		case l.slots <- struct{}{}:
			timer.Reset(l.d)
		case <-timer.C:
			return answer, &Late{fmt.Sprintf("no answer within %s: %s before it did not come back", l.d, calls(cap(l.slots)))}
		}
	}
	done := make(chan T, 1)
	go func() {
		done <- call()
		<-l.slots
	}()
	select {
	case answer = <-done:
		return answer, nil
	case <-timer.C:
	}
	l.leave(what)
	return answer, &Late{"no answer within " + l.d.String()}
}

// Call is Within for what gives an error only.
func Call(l *Limit, what string, call func() error) error {
	err, late := Within(l, what, call)
	if late != nil {
		return late
	}
	return err
}

// Answer is what a function's call gives.
type Answer[T any] struct {
	Result T
	Fault  *value.Fault
}

// tellEvery is how often the operator is told of calls that were left behind.
const tellEvery = 10 * time.Second

// leave tells of a call that is left behind: of the first at once.
func (l *Limit) leave(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left++
	now := time.Now()
	if l.ctx.Stderr == nil || !l.told.IsZero() && now.Sub(l.told) < tellEvery {
		return
	}
	text := fmt.Sprintf("warning: %s: %s did not answer within %s, and is left running", l.ctx.Component, what, l.d)
	if l.left > 1 {
		text = fmt.Sprintf("warning: %s: %s did not answer within %s and were left running, the last of them %s", l.ctx.Component, calls(l.left), l.d, what)
	}
	fmt.Fprintf(l.ctx.Stderr, "%s (%d of at most %d in task %d)\n", text, len(l.slots), cap(l.slots), l.ctx.Task)
	l.told, l.left = now, 0
}

func calls(n int) string {
	if n == 1 {
		return "the call"
	}
	return fmt.Sprintf("%d calls", n)
}
