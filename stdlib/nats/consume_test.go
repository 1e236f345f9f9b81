package nats

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/tree"
	"github.com/topo-lang/topo/stdlib/kit/decode/decodetest"
)

var textSchema = []component.Column{{Name: "text", Kind: component.String}}

// consumed reads until n texts are there, or to the end.
func consumed(t *testing.T, c *Consume, n int) (texts []string, ids []uint64, err error) {
	t.Helper()
	for len(texts) < n {
		out := decodetest.Objects([]component.Column{textSchema[0]})
		err = c.Next(t.Context(), out)
		texts, ids = append(texts, out.Cols[0].Strings...), append(ids, out.IDs...)
		if err != nil {
			return texts, ids, err
		}
	}
	return texts, ids, nil
}

func TestConsume(t *testing.T) {
	_, ctx, _ := start(t, server.Options{JetStream: true, StoreDir: t.TempDir()})
	ctx.Trees = tree.NewTracker(nil, nil)
	open := func(c *Consume) *Consume {
		c.Stream, c.Subject, c.Format = "orders", "orders.*", "text"
		if err := c.Open(ctx, textSchema); err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := open(&Consume{})
	js, err := jetstream.New(connectTo(t, ctx))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"a", "b", "\xff", "c"} {
		if _, err := js.Publish(t.Context(), "orders.new", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	var refused []string
	c.fail = func(f component.Failed) { refused = append(refused, f.Tuple+" "+f.Place) }
	texts, ids, err := consumed(t, c, 3)
	if err != nil || !slices.Equal(texts, []string{"a", "b", "c"}) || !slices.Equal(ids, []uint64{1, 2, 4}) || len(refused) != 1 {
		t.Fatal(texts, ids, refused, err)
	}
	// What fails comes again, by the same number.
	if err := c.Ack(ids[:1]); err != nil {
		t.Fatal(err)
	}
	if err := c.Fail(ids[2:]); err != nil {
		t.Fatal(err)
	}
	if texts, ids, err = consumed(t, c, 1); err != nil || texts[0] != "c" || ids[0] != 4 {
		t.Fatal(texts, ids, err)
	}
	if err := c.Ack(ids); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}

	// b was never answered. Another consumer begins anew, and a count ends it.
	c = open(&Consume{Consumer: "other", Count: 3})
	if texts, _, err = consumed(t, c, 9); err != io.EOF || len(texts) != 2 {
		t.Error(texts, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := js.Publish(t.Context(), "orders.new", []byte("d")); err != nil {
		t.Fatal(err)
	}
	// The first consumer goes on where it was.
	c = open(&Consume{})
	if texts, _, err = consumed(t, c, 1); err != nil || texts[0] != "d" {
		t.Error(texts, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestConsumeRefuses(t *testing.T) {
	_, with, _ := start(t, server.Options{JetStream: true, StoreDir: t.TempDir()})
	_, without, _ := start(t, server.Options{})
	for _, c := range []struct {
		ctx        *component.Context
		c          *Consume
		says, help string
	}{
		{with, &Consume{Format: "text"}, "none is named", "name the stream"},
		{with, &Consume{Stream: "s", Format: "xml"}, "format", "json"},
		{with, &Consume{Stream: "s", Format: "text", Count: -1}, "less than none", ""},
		{with, &Consume{Stream: "s", Format: "text"}, "stream s: cannot be consumed", "subject"},
		{without, &Consume{Stream: "s", Format: "text"}, "cannot be consumed", "--store"},
	} {
		err := c.c.Open(c.ctx, textSchema)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(helpOf(err), c.help) {
			t.Errorf("%v (%s), not %q", err, helpOf(err), c.says)
		}
	}
}

func TestConsumeWaits(t *testing.T) {
	_, ctx, _ := start(t, server.Options{JetStream: true, StoreDir: t.TempDir()})
	c := &Consume{Stream: "s", Subject: "s", Format: "text", Idle: time.Millisecond}
	if err := c.Open(ctx, textSchema); err != nil {
		t.Fatal(err)
	}
	if _, _, err := consumed(t, c, 1); err != io.EOF {
		t.Error(err)
	}
	c.Idle = 0
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := c.Next(stopped, decodetest.Objects([]component.Column{textSchema[0]})); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
