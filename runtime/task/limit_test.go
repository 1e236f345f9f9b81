package task

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		l := NewLimit(10*time.Second, 2, &component.Context{Component: "fetch", Stderr: &said})
		after := func(d time.Duration) func() int {
			return func() int { time.Sleep(d); return 7 }
		}
		if v, late := Within(l, "lookup", after(9*time.Second)); v != 7 || late != nil {
			t.Errorf("an answer in time: %d, %v", v, late)
		}
		begin := time.Now()
		for range 2 {
			if v, late := Within(l, "lookup", after(time.Hour)); v != 0 || !IsLate(late) || late.Error() != "no answer within 10s" || component.IsPermanent(late) {
				t.Errorf("no answer: %d, %v", v, late)
			}
		}
		if took := time.Since(begin); took != 20*time.Second {
			t.Errorf("two calls took %s", took)
		}
		if _, late := Within(l, "lookup", after(0)); late == nil || late.Error() != "no answer within 10s: 2 calls before it did not come back" {
			t.Errorf("with two calls left: %v", late)
		}
		if want := "warning: fetch: lookup did not answer within 10s, and is left running (1 of at most 2 in task 0)\n"; !strings.HasPrefix(said.String(), want) {
			t.Errorf("said %q", said.String())
		}
		time.Sleep(2 * time.Hour)
		if v, late := Within(l, "lookup", after(time.Second)); v != 7 || late != nil {
			t.Errorf("when they have come back: %d, %v", v, late)
		}
	})
}

func TestOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimit(time.Second, OneAtATime, &component.Context{})
		var running atomic.Int32
		call := func() error {
			if running.Add(1) > 1 {
				t.Error("called twice at a time")
			}
			time.Sleep(1500 * time.Millisecond)
			running.Add(-1)
			return errors.New("done")
		}
		if err := Call(l, "Process", call); !IsLate(err) {
			t.Error(err)
		}
		// The first comes back while this one waits for it, and it has a second of its own then.
		if err := Call(l, "Process", call); !IsLate(err) || err.Error() != "no answer within 1s" {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		if err := Call(nil, "Process", call); err == nil || err.Error() != "done" {
			t.Error(err)
		}
	})
}

func TestLimitOfContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimit(time.Second, MostLeft, &component.Context{})
		ctx, cancel := l.Context()
		<-ctx.Done()
		if err := l.Ended(ctx, cancel, context.Cause(ctx)); !IsLate(err) || err.Error() != "no answer within 1s" {
			t.Error(err)
		}
		ctx, cancel = l.Context()
		other := errors.New("refused")
		if err := l.Ended(ctx, cancel, other); !errors.Is(err, other) || IsLate(err) {
			t.Error(err)
		}
		var none *Limit
		ctx, cancel = none.Context()
		if err := none.Ended(ctx, cancel, nil); err != nil {
			t.Error(err)
		}
		if NewLimit(time.Second, 1, &component.Context{Stepped: true}) != nil {
			t.Error("a test's clock stands still while a call is made")
		}
	})
}
