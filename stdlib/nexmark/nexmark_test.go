package nexmark

import (
	"context"
	"io"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func drain[T any](t *testing.T, s component.Spout[T], ctx *component.Context) []T {
	t.Helper()
	if err := s.Open(ctx); err != nil {
		t.Fatal(err)
	}
	return rest(t, s)
}

func rest[T any](t *testing.T, s component.Spout[T]) (all []T) {
	t.Helper()
	for {
		var out component.Emitter[T]
		err := s.Next(context.Background(), &out)
		all = append(all, out.Rows...)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestEvents(t *testing.T) {
	const events = 100_027
	persons := drain(t, &Persons{Events: events, Seed: 3, Rate: 1000, Start: start}, &component.Context{})
	auctions := drain(t, &Auctions{Events: events, Seed: 3, Rate: 1000, Start: start}, &component.Context{})
	bids := drain(t, &Bids{Events: events, Seed: 3, Rate: 1000, Start: start}, &component.Context{})
	if len(persons) != 2001 || len(auctions) != 6003 || len(bids) != 92_023 {
		t.Fatalf("%d persons, %d auctions, %d bids", len(persons), len(auctions), len(bids))
	}
	for i, p := range persons {
		if p.Id != firstID+int64(i) || p.At != start.Add(time.Duration(i)*50*time.Millisecond) || p.Name == "" || len(p.CreditCard) != 19 {
			t.Fatalf("person %d: %+v", i, p)
		}
	}
	for i, a := range auctions {
		newest := a.At.Sub(start).Milliseconds()/50 + firstID
		if a.Id != firstID+int64(i) || a.Category < 10 || a.Category > 14 || !a.Expires.After(a.At) || a.Reserve <= a.InitialBid ||
			a.Seller < firstID || a.Seller > newest+ahead {
			t.Fatalf("auction %d: %+v", i, a)
		}
	}
	hottest := 0
	for i, b := range bids {
		round := b.At.Sub(start).Milliseconds() / 50
		if b.Price < 100 || b.Price > 101_000_000 || b.Bidder < firstID || b.Bidder > firstID+round+ahead || b.Auction < firstID || b.Auction > firstID+3*round+2+ahead {
			t.Fatalf("bid %d: %+v", i, b)
		}
		if b.Auction == firstID+(3*round+2)/hot*hot {
			hottest++
		}
	}
	if share := float64(hottest) / float64(len(bids)); math.Abs(share-0.5) > 0.02 {
		t.Errorf("%.3f of all bids are on hot auctions", share)
	}
}

func TestTasksShareEvents(t *testing.T) {
	whole := drain(t, &Bids{Events: 5000, Rate: 1000, Start: start}, &component.Context{})
	var parts []BidsRow
	for task := range 3 {
		parts = append(parts, drain(t, &Bids{Events: 5000, Rate: 1000, Start: start}, &component.Context{Task: task, Tasks: 3})...)
	}
	slices.SortFunc(parts, func(a, b BidsRow) int { return a.At.Compare(b.At) })
	if !slices.Equal(whole, parts) {
		t.Error("three tasks do not make what one does")
	}
	if other := drain(t, &Bids{Events: 5000, Seed: 1, Rate: 1000, Start: start}, &component.Context{}); slices.Equal(whole, other) {
		t.Error("another seed gives the same events")
	}
}

func TestRewind(t *testing.T) {
	s := &Auctions{Events: 100_000, Rate: 1000, Start: start}
	if err := s.Open(&component.Context{Task: 1, Tasks: 2}); err != nil {
		t.Fatal(err)
	}
	var out component.Emitter[AuctionsRow]
	if err := s.Next(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	at, err := s.Position()
	if err != nil {
		t.Fatal(err)
	}
	first := rest(t, s)
	if err := s.Rewind(at); err != nil {
		t.Fatal(err)
	}
	if again := rest(t, s); !slices.Equal(first, again) {
		t.Error("what comes behind a position differs")
	}
	for _, bad := range []string{"", "x", "-1", "2", "10000000"} {
		if s.Rewind([]byte(bad)) == nil {
			t.Errorf("went to %q", bad)
		}
	}
}

func TestBadArguments(t *testing.T) {
	for _, s := range []*Bids{{Events: -1, Rate: 1}, {Rate: 0}, {Rate: 2_000_000_000}, {Events: 1 << 50, Rate: 1}} {
		if s.Open(&component.Context{}) == nil {
			t.Errorf("opened %+v", s)
		}
	}
}

func TestDisorder(t *testing.T) {
	const events = 20_027
	sorted := drain(t, &Bids{Events: events, Seed: 3, Rate: 1000, Start: start}, &component.Context{})
	mixed := drain(t, &Bids{Events: events, Seed: 3, Rate: 1000, Start: start, Disorder: 2 * time.Second}, &component.Context{})
	newest, back := start, time.Duration(0)
	for _, b := range mixed {
		back = max(back, newest.Sub(b.At))
		if b.At.After(newest) {
			newest = b.At
		}
	}
	if back < time.Second || back >= 2*time.Second {
		t.Errorf("they come up to %s behind newer ones", back)
	}
	slices.SortFunc(mixed, func(a, b BidsRow) int { return a.At.Compare(b.At) })
	if !slices.Equal(mixed, sorted) {
		t.Error("they are others")
	}
}
