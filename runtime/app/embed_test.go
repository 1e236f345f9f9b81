package app

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestEmbed(t *testing.T) {
	var out, log bytes.Buffer
	s, err := Embed(t.Context(), (&numbers{count: 3}).program(), EmbedOptions{Stdout: &out, Log: &log})
	if err != nil || len(out.String()) != len("1\n2\n3\n") || log.String() != "complete: true\n" {
		t.Errorf("%v, %q, %q", err, &out, &log)
	}
	if len(s.Tasks) != 4 {
		t.Errorf("%d tasks", len(s.Tasks))
	}
}

// Failed tuples are told and counted, and end nothing.
func TestEmbedFails(t *testing.T) {
	var out, log bytes.Buffer
	s, err := Embed(t.Context(), (&numbers{count: 3, fails: 2}).program(), EmbedOptions{Stdout: &out, Log: &log})
	if err != nil || out.Len() != len("1\n3\n") || s.Failed() != 1 || !strings.Contains(log.String(), "complete: true") {
		t.Errorf("%v, %q, %q, %d failed", err, &out, &log, s.Failed())
	}
}

// A context that ends lets the run drain.
func TestEmbedDrains(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	seen := writing(func([]byte) { cancel() })
	if _, err := Embed(ctx, (&numbers{live: true}).program(), EmbedOptions{Stdout: seen}); err != nil {
		t.Error(err)
	}
	if _, err := Embed(ctx, (&numbers{count: 1}).program(), EmbedOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is over: %v", err)
	}
}

type writing func(p []byte)

func (f writing) Write(p []byte) (int, error) { f(p); return len(p), nil }

// What can't drain is stopped, and what can't be stopped is left.
func TestEmbedStops(t *testing.T) {
	done := make(chan result)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	drained, stopped := false, error(nil)
	r, ended := waitEmbedded(ctx, done, func() { drained = true }, func(err error) { stopped = err; go func() { done <- result{} }() }, time.Nanosecond)
	if !ended || !drained || !errors.Is(stopped, ErrStopped) || !errors.Is(r.err, ErrStopped) {
		t.Errorf("%v %v %v %v", ended, drained, stopped, r.err)
	}
}

func TestEmbedRefuses(t *testing.T) {
	p := (&numbers{maxLine: 7}).program()
	p.Params[len(p.Params)-1].Least, p.Params[len(p.Params)-1].Most, p.Params[len(p.Params)-1].Use = 10, 20, "it is a size"
	p.Durable = []string{"source"}
	p.Guarantee = "at-least-once"
	_, err := Embed(t.Context(), p, EmbedOptions{})
	var usage *UsageError
	if !errors.As(err, &usage) || usage.Help() == "" {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"param max_line: 7, from Params, is out of range: it is a size", "source: a durable spout's log needs a folder"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q has no %q", err, want)
		}
	}
	if _, err := Embed(t.Context(), (&numbers{}).program(), EmbedOptions{Guarantee: "exactly-once"}); err == nil {
		t.Error("raised")
	}
}
