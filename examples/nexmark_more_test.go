package examples

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/nexmark"
)

// nexmarkEvents are the first events, in the order in which they happen.
type nexmarkEvents struct {
	persons  []nexmark.PersonsRow
	auctions []nexmark.AuctionsRow
	bids     []nexmark.BidsRow
}

func drainSpout[T any](t *testing.T, s component.Spout[T]) (all []T) {
	t.Helper()
	if err := s.Open(&component.Context{}); err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		var out component.Emitter[T]
		more = s.Next(t.Context(), &out) == nil
		all = append(all, out.Rows...)
	}
	return all
}

func newEvents(t *testing.T, events, rate int64) nexmarkEvents {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return nexmarkEvents{
		persons:  drainSpout(t, &nexmark.Persons{Events: events, Seed: 7, Rate: rate, Start: start}),
		auctions: drainSpout(t, &nexmark.Auctions{Events: events, Seed: 7, Rate: rate, Start: start}),
		bids:     drainSpout(t, &nexmark.Bids{Events: events, Seed: 7, Rate: rate, Start: start}),
	}
}

// taken are the bids on an auction that count: those since it opened, until it expires.
func (e nexmarkEvents) taken() map[int64][]nexmark.BidsRow {
	auctions := map[int64]nexmark.AuctionsRow{}
	for _, a := range e.auctions {
		auctions[a.Id] = a
	}
	out := map[int64][]nexmark.BidsRow{}
	for _, b := range e.bids {
		if a, ok := auctions[b.Auction]; ok && !b.At.Before(a.At) && !b.At.After(a.Expires) {
			out[a.Id] = append(out[a.Id], b)
		}
	}
	return out
}

const windowSize = 10 * time.Second

// nexmarkMore are the queries that put events of several kinds together or go by their time, and how plain Go counts them.
var nexmarkMore = []struct {
	name  string
	key   int
	want  func(e nexmarkEvents) []string
	total bool // only the sum of its last field is known, for each key
}{
	{name: "q3", want: func(e nexmarkEvents) (out []string) {
		persons := map[int64]nexmark.PersonsRow{}
		for _, p := range e.persons {
			persons[p.Id] = p
		}
		for _, a := range e.auctions {
			if p, ok := persons[a.Seller]; ok && a.Category == 10 && slices.Contains([]string{"OR", "ID", "CA"}, p.State) {
				out = append(out, fmt.Sprintf("%s\t%s\t%s\t%d", p.Name, p.City, p.State, a.Id))
			}
		}
		return out
	}},
	{name: "q4", want: func(e nexmarkEvents) (out []string) {
		sum, n := map[int64]int64{}, map[int64]int64{}
		taken := e.taken()
		for _, a := range e.auctions {
			best := int64(0)
			for _, b := range taken[a.Id] {
				best = max(best, b.Price)
			}
			if best > 0 {
				sum[a.Category] += best
				n[a.Category]++
			}
		}
		for c := range sum {
			out = append(out, fmt.Sprintf("%d\t2026-01-01T00:00:00Z\t%s\t%d", c, trimFloat(float64(sum[c])/float64(n[c])), n[c]))
		}
		return out
	}},
	{name: "q5", want: func(e nexmarkEvents) (out []string) {
		windows := map[time.Time]map[int64]int64{}
		for _, b := range e.bids {
			last := b.At.Truncate(2 * time.Second)
			for w := last; w.After(b.At.Add(-windowSize)); w = w.Add(-2 * time.Second) {
				if windows[w] == nil {
					windows[w] = map[int64]int64{}
				}
				windows[w][b.Auction]++
			}
		}
		for w, counts := range windows {
			best, most := int64(0), int64(0)
			for auction, n := range counts {
				if n > most || n == most && auction < best {
					best, most = auction, n
				}
			}
			out = append(out, fmt.Sprintf("%s\t%d\t%d", stamp(w), best, most))
		}
		return out
	}},
	{name: "q11", want: func(e nexmarkEvents) (out []string) {
		of := map[int64][]time.Time{}
		for _, b := range e.bids {
			of[b.Bidder] = append(of[b.Bidder], b.At)
		}
		for bidder, at := range of {
			slices.SortFunc(at, time.Time.Compare)
			for from, i := 0, 1; i <= len(at); i++ {
				if i == len(at) || at[i].Sub(at[i-1]) >= time.Second {
					out = append(out, fmt.Sprintf("%d\t%s\t%d", bidder, stamp(at[from]), i-from))
					from = i
				}
			}
		}
		return out
	}},
	{name: "q7", want: func(e nexmarkEvents) (out []string) {
		highest := map[time.Time]int64{}
		for _, b := range e.bids {
			w := b.At.Truncate(windowSize)
			highest[w] = max(highest[w], b.Price)
		}
		for _, b := range e.bids {
			if b.Price == highest[b.At.Truncate(windowSize)] {
				out = append(out, fmt.Sprintf("%d\t%d\t%d\t%s", b.Auction, b.Bidder, b.Price, stamp(b.At)))
			}
		}
		return out
	}},
	{name: "q8", want: func(e nexmarkEvents) (out []string) {
		type key struct {
			id int64
			at time.Time
		}
		selling := map[key]bool{}
		for _, a := range e.auctions {
			selling[key{a.Seller, a.At.Truncate(windowSize)}] = true
		}
		for _, p := range e.persons {
			if w := p.At.Truncate(windowSize); selling[key{p.Id, w}] {
				out = append(out, fmt.Sprintf("%d\t%s\t%s", p.Id, p.Name, stamp(w)))
			}
		}
		return out
	}},
	{name: "q9", key: 1, want: func(e nexmarkEvents) (out []string) {
		taken := e.taken()
		for _, a := range e.auctions {
			var best *nexmark.BidsRow
			for _, b := range taken[a.Id] {
				if best == nil || b.Price > best.Price {
					best = &b
				}
			}
			if best != nil {
				out = append(out, fmt.Sprintf("%d\t%s\t%d\t%d\t%d\t%s", a.Id, a.Item, a.Seller, best.Bidder, best.Price, stamp(best.At)))
			}
		}
		return out
	}},
	{name: "q10", want: func(e nexmarkEvents) (out []string) {
		for _, b := range e.bids {
			out = append(out, fmt.Sprintf("%d\t%d\t%d\t%s\t%s\t%s", b.Auction, b.Bidder, b.Price, stamp(b.At), b.Extra, b.At.Format("2006-01-02\t15:04")))
		}
		return out
	}},
	{name: "q12", key: 1, total: true, want: func(e nexmarkEvents) (out []string) {
		n := map[int64]int{}
		for _, b := range e.bids {
			n[b.Bidder]++
		}
		for bidder, n := range n {
			out = append(out, fmt.Sprintf("%d\t%d", bidder, n))
		}
		return out
	}},
	{name: "q13", want: func(e nexmarkEvents) (out []string) {
		for _, b := range e.bids {
			out = append(out, fmt.Sprintf("%d\t%d\t%d\t%s\tvalue %d", b.Auction, b.Bidder, b.Price, stamp(b.At), b.Auction%10_000))
		}
		return out
	}},
	{name: "q16", key: 2, want: func(e nexmarkEvents) []string {
		return grouped(
			func(b nexmark.BidsRow) string { return b.Channel },
			func(bids []nexmark.BidsRow) string {
				last := bids[len(bids)-1].At
				return fmt.Sprintf("%s\t%s\t%s\t%s\t%d\t%d", bids[0].Channel, last.Format(time.DateOnly), last.Format("15:04"), ranks(bids),
					differ(bids, func(b nexmark.BidsRow) (int64, bool) { return b.Bidder, true }),
					differ(bids, func(b nexmark.BidsRow) (int64, bool) { return b.Auction, true }))
			})(e.bids)
	}},
	{name: "q19", key: 1, want: func(e nexmarkEvents) []string {
		return grouped(
			func(b nexmark.BidsRow) int64 { return b.Auction },
			func(bids []nexmark.BidsRow) string {
				bids = slices.Clone(bids)
				slices.SortStableFunc(bids, func(a, b nexmark.BidsRow) int { return int(b.Price - a.Price) })
				var prices, bidders []string
				for _, b := range bids[:min(10, len(bids))] {
					prices, bidders = append(prices, fmt.Sprint(b.Price)), append(bidders, fmt.Sprint(b.Bidder))
				}
				return fmt.Sprintf("%d\t[%s]\t[%s]", bids[0].Auction, strings.Join(prices, ","), strings.Join(bidders, ","))
			})(e.bids)
	}},
	{name: "q20", want: func(e nexmarkEvents) (out []string) {
		auctions := map[int64]nexmark.AuctionsRow{}
		for _, a := range e.auctions {
			auctions[a.Id] = a
		}
		for _, b := range e.bids {
			if a, ok := auctions[b.Auction]; ok && a.Category == 10 {
				out = append(out, fmt.Sprintf("%d\t%d\t%d\t%s\t%s\t%s\t%d\t%d\t%s", b.Auction, b.Bidder, b.Price, b.Channel, stamp(b.At), a.Item, a.Seller, a.Category, stamp(a.Expires)))
			}
		}
		return out
	}},
	{name: "q23", want: func(e nexmarkEvents) (out []string) {
		persons := map[int64]nexmark.PersonsRow{}
		for _, p := range e.persons {
			persons[p.Id] = p
		}
		sells := map[int64][]int64{}
		for _, a := range e.auctions {
			sells[a.Seller] = append(sells[a.Seller], a.Id)
		}
		for _, b := range e.bids {
			if p, ok := persons[b.Bidder]; ok {
				for _, id := range sells[p.Id] {
					out = append(out, fmt.Sprintf("%d\t%d\t%d\t%s\t%d", b.Auction, b.Price, p.Id, p.Name, id))
				}
			}
		}
		return out
	}},
}
