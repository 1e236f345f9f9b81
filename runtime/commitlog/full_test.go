package commitlog

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// TestFull lets the disk be full for a while.
func TestFull(t *testing.T) {
	ctx := context.Background()
	m := NewMemory()
	var told []string
	full, asked := false, 0
	m.free = func() error {
		if full {
			return fmt.Errorf("%w: 3 MiB are free", errFull)
		}
		return nil
	}
	p := &testPlace{t: t, memory: m}
	c := p.config()
	c.Full = func(full bool, why string) { told = append(told, fmt.Sprint(full, " ", why)) }
	c.pause = func(ctx context.Context, _ time.Duration) error {
		if asked++; asked == 5 {
			full = false
		}
		return ctx.Err()
	}
	l := p.open(c)
	for e := uint64(1); e < 3; e++ {
		full, asked = true, 0
		if err := l.Commit(ctx, someRecord(e, 10, 3<<20)); err != nil {
			t.Fatal(err)
		}
		if asked != 5 {
			t.Errorf("it waited %d times", asked)
		}
	}
	if got, want := fmt.Sprint(told), "[true there is no room on the disk: 3 MiB are free false  true there is no room on the disk: 3 MiB are free false ]"; got != want {
		t.Errorf("told %s, not %s", got, want)
	}

	// Who does not want to wait gives up: nothing was written, and the log goes on later.
	full, asked = true, 10
	given, cancel := context.WithCancel(ctx)
	cancel()
	if err := l.Commit(given, someRecord(3)); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUncertain) {
		t.Errorf("a commit that was given up: %v", err)
	}
	full = false
	if err := l.Commit(ctx, someRecord(3)); err != nil {
		t.Error(err)
	}

	// Nor does a log begin on a full disk.
	full = true
	if _, err := Open(ctx, p.config()); err == nil {
		t.Error("a log opens on a full disk")
	}
	l.Close()
}

// TestCloseWhileFull ends a commit that waits.
func TestCloseWhileFull(t *testing.T) {
	m := NewMemory()
	p := &testPlace{t: t, memory: m}
	waits := make(chan struct{})
	c := p.config()
	c.Full = func(bool, string) { close(waits) }
	l := p.open(c)
	m.mu.Lock()
	m.fault = func(lane, []byte) (error, error) { return errFull, nil }
	m.mu.Unlock()
	done := make(chan error)
	go func() { done <- l.Commit(context.Background(), someRecord(1)) }()
	<-waits
	l.Close()
	if err := <-done; err != ErrClosed {
		t.Errorf("the commit ends with %v", err)
	}
}
