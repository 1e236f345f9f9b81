package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/nexmark"
)

// The programs that a good Go programmer would write for the same questions, in one goroutine: windows by the events' own times, closed two seconds behind the newest
// event, and lines into a buffered file. The events come out of the same generator.

const (
	lateness   = 2 * time.Second
	windowSize = 10 * time.Second
	seed       = 1
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// byHand answers a query over so many events into a file.
func byHand(query string, events int64, file string) (err error) {
	to, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() {
		if e := to.Close(); err == nil {
			err = e
		}
	}()
	out := bufio.NewWriterSize(to, 64<<10)
	bids := &nexmark.Bids{Events: events, Seed: seed, Rate: rateOf(query), Start: start}
	switch query {
	case "q0":
		err = each(bids, func(b *nexmark.BidsRow) { line(out, b, strconv.AppendInt(nil, b.Price, 10)) })
	case "q1":
		var price []byte
		err = each(bids, func(b *nexmark.BidsRow) { price = euros(price[:0], b.Price); line(out, b, price) })
	case "q2":
		var buf []byte
		err = each(bids, func(b *nexmark.BidsRow) {
			if b.Auction%123 == 0 {
				buf = append(strconv.AppendInt(buf[:0], b.Auction, 10), '\t')
				buf = append(strconv.AppendInt(buf, b.Price, 10), '\n')
				_, _ = out.Write(buf)
			}
		})
	case "q5":
		h := &hottest{panes: map[int64]map[int64]int64{}, out: out}
		if err = each(bids, h.bid); err == nil {
			h.close(h.newest + 6)
		}
	case "q7":
		h := &highest{windows: map[int64][]nexmark.BidsRow{}, out: out}
		if err = each(bids, h.bid); err == nil {
			h.close(h.newest + 1)
		}
	case "q8":
		err = sellers(events, out)
	default:
		err = fmt.Errorf("nobody does %q by hand", query)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// each calls f with all that a spout gives.
func each[T any](s component.Spout[T], f func(*T)) error {
	if err := s.Open(&component.Context{}); err != nil {
		return err
	}
	var out component.Emitter[T]
	for {
		out.Rows = out.Rows[:0]
		err := s.Next(context.Background(), &out)
		for i := range out.Rows {
			f(&out.Rows[i])
		}
		if err == io.EOF {
			return s.Close()
		}
		if err != nil {
			return err
		}
	}
}

var buf []byte

// line writes what q0 and q1 do.
func line(out *bufio.Writer, b *nexmark.BidsRow, price []byte) {
	buf = append(strconv.AppendInt(buf[:0], b.Auction, 10), '\t')
	buf = append(strconv.AppendInt(buf, b.Bidder, 10), '\t')
	buf = append(append(buf, price...), '\t')
	buf = append(b.At.AppendFormat(buf, time.RFC3339Nano), '\t')
	buf = append(append(buf, b.Extra...), '\n')
	_, _ = out.Write(buf)
}

// euros is a price in cents times 0.908, exactly.
func euros(dst []byte, price int64) []byte {
	n := price * 908
	dst = strconv.AppendInt(dst, n/1000, 10)
	if n %= 1000; n != 0 {
		dst = append(dst, '.')
		for unit := int64(100); n > 0; unit /= 10 {
			dst = append(dst, byte('0'+n/unit))
			n %= unit
		}
	}
	return dst
}

// hottest counts the bids of two seconds by auction, and adds five of them up when time has passed them.
type hottest struct {
	panes  map[int64]map[int64]int64
	newest int64 // pane
	next   int64 // the window that ends next: its last pane
	began  bool
	out    *bufio.Writer
}

func (h *hottest) bid(b *nexmark.BidsRow) {
	at := b.At.UnixNano()
	pane := at / int64(2*time.Second)
	if !h.began {
		h.began, h.next = true, pane
	}
	if pane > h.newest {
		h.newest = pane
		h.close((at - int64(lateness)) / int64(2*time.Second))
	}
	counts := h.panes[pane]
	if counts == nil {
		counts = map[int64]int64{}
		h.panes[pane] = counts
	}
	counts[b.Auction]++
}

// close tells the windows whose last pane is before this one.
func (h *hottest) close(before int64) {
	for ; h.next < before; h.next++ {
		sum := map[int64]int64{}
		best, most := int64(0), int64(0)
		for p := h.next - 4; p <= h.next; p++ {
			for auction, n := range h.panes[p] {
				n += sum[auction]
				sum[auction] = n
				if n > most || n == most && auction < best {
					best, most = auction, n
				}
			}
		}
		if most > 0 {
			from := time.Unix(0, (h.next-4)*int64(2*time.Second)).UTC()
			fmt.Fprintf(h.out, "%s\t%d\t%d\n", from.Format(time.RFC3339Nano), best, most)
		}
		delete(h.panes, h.next-4)
	}
}

// highest keeps the bids of ten seconds that nobody has outbid.
type highest struct {
	windows map[int64][]nexmark.BidsRow
	newest  int64
	out     *bufio.Writer
}

func (h *highest) bid(b *nexmark.BidsRow) {
	at := b.At.UnixNano()
	w := at / int64(windowSize)
	if w > h.newest {
		h.newest = w
	}
	if best := h.windows[w]; len(best) == 0 || b.Price >= best[0].Price {
		if len(best) > 0 && b.Price > best[0].Price {
			best = best[:0]
		}
		h.windows[w] = append(best, *b)
	}
	if len(h.windows) > 1 {
		h.close((at - int64(lateness)) / int64(windowSize))
	}
}

func (h *highest) close(before int64) {
	for w, best := range h.windows {
		if w >= before {
			continue
		}
		for _, b := range best {
			fmt.Fprintf(h.out, "%d\t%d\t%d\t%s\n", b.Auction, b.Bidder, b.Price, b.At.Format(time.RFC3339Nano))
		}
		delete(h.windows, w)
	}
}

// sellers are those who registered and sold within the same ten seconds. The two streams are read in turns, a window of each, as a program that gets them merged would.
func sellers(events int64, out *bufio.Writer) error {
	type person struct {
		id   int64
		name string
	}
	registered := map[int64]map[person]struct{}{}
	if err := each(&nexmark.Persons{Events: events, Seed: seed, Rate: rateOf("q8"), Start: start}, func(p *nexmark.PersonsRow) {
		w := p.At.UnixNano() / int64(windowSize)
		if registered[w] == nil {
			registered[w] = map[person]struct{}{}
		}
		registered[w][person{p.Id, p.Name}] = struct{}{}
	}); err != nil {
		return err
	}
	selling := map[int64]map[int64]struct{}{}
	if err := each(&nexmark.Auctions{Events: events, Seed: seed, Rate: rateOf("q8"), Start: start}, func(a *nexmark.AuctionsRow) {
		w := a.At.UnixNano() / int64(windowSize)
		if selling[w] == nil {
			selling[w] = map[int64]struct{}{}
		}
		selling[w][a.Seller] = struct{}{}
	}); err != nil {
		return err
	}
	for w, people := range registered {
		at := time.Unix(0, w*int64(windowSize)).UTC().Format(time.RFC3339Nano)
		for p := range people {
			if _, ok := selling[w][p.id]; ok {
				fmt.Fprintf(out, "%d\t%s\t%s\n", p.id, p.name, at)
			}
		}
	}
	return nil
}
