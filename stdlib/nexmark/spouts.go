package nexmark

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

// texts holds the texts of the rows of one Next, end to end.
type texts struct {
	buf  []byte
	ends []int
}

func (t *texts) reset() { t.buf, t.ends = t.buf[:0], t.ends[:0] }

func (t *texts) end() { t.ends = append(t.ends, len(t.buf)) }

// cut hands out the texts in the order in which they were written.
func (t *texts) cut() func() string {
	all, from, i := string(t.buf), 0, 0
	return func() string {
		s := all[from:t.ends[i]]
		from = t.ends[i]
		i++
		return s
	}
}

var (
	firstNames = []string{"Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"}
	lastNames  = []string{"Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"}
	cities     = []string{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"}
	states     = []string{"AZ", "CA", "ID", "OR", "WA", "WY"}
	channels   = []string{"Google", "Facebook", "Baidu", "Apple"}
)

// Persons is the spout nexmark.persons.
type Persons struct {
	Events, Seed, Rate int64
	Start              time.Time
	Disorder           time.Duration

	part  events
	texts texts
}

// PersonsRow is a tuple of Persons.
type PersonsRow struct {
	Id         int64 //nolint:revive // its name is made of the signature's
	Name       string
	Email      string
	CreditCard string
	City       string
	State      string
	Extra      string
	At         time.Time
}

var _ component.Spout[PersonsRow] = (*Persons)(nil)

// Open implements component.Spout.
func (p *Persons) Open(ctx *component.Context) (err error) {
	p.part, err = open(ctx, 0, persons, p.Events, p.Seed, p.Rate, p.Start, p.Disorder)
	return err
}

// Next implements component.Spout.
func (p *Persons) Next(_ context.Context, out *component.Emitter[PersonsRow]) error {
	at, t := len(out.Rows), &p.texts
	t.reset()
	more := true
	for more && !out.Full() {
		var n int64
		if n, more = p.part.event(); !more {
			break
		}
		r := p.part.random(n)
		first, last := firstNames[r.below(int64(len(firstNames)))], lastNames[r.below(int64(len(lastNames)))]
		t.buf = append(append(append(t.buf, first...), ' '), last...)
		t.end()
		t.buf = append(r.text(append(r.text(t.buf, 7), '@'), 5), ".com"...)
		t.end()
		for i := range 4 {
			if i > 0 {
				t.buf = append(t.buf, ' ')
			}
			t.buf = append(t.buf, strconv.FormatInt(10_000+r.below(10_000), 10)[1:]...)
		}
		t.end()
		row := PersonsRow{Id: firstID + lastPerson(n), City: cities[r.below(int64(len(cities)))], State: states[r.below(int64(len(states)))], At: p.part.at(n)}
		t.buf = r.text(t.buf, 60+r.below(60))
		t.end()
		out.Emit(row)
	}
	for cut := t.cut(); at < len(out.Rows); at++ {
		row := &out.Rows[at]
		row.Name, row.Email, row.CreditCard, row.Extra = cut(), cut(), cut(), cut()
	}
	return ended(more)
}

// Position implements component.Positioned.
func (p *Persons) Position() ([]byte, error) { return p.part.position() }

// Rewind implements component.Positioned.
func (p *Persons) Rewind(position []byte) error { return p.part.rewind(position) }

// Close implements component.Spout.
func (p *Persons) Close() error { return nil }

func ended(more bool) error {
	if more {
		return nil
	}
	return io.EOF
}

// Auctions is the spout nexmark.auctions.
type Auctions struct {
	Events, Seed, Rate int64
	Start              time.Time
	Disorder           time.Duration

	part  events
	texts texts
}

// AuctionsRow is a tuple of Auctions.
type AuctionsRow struct {
	Id          int64 //nolint:revive // its name is made of the signature's
	Item        string
	Description string
	InitialBid  int64
	Reserve     int64
	Expires     time.Time
	Seller      int64
	Category    int64
	Extra       string
	At          time.Time
}

var _ component.Spout[AuctionsRow] = (*Auctions)(nil)

// Open implements component.Spout.
func (a *Auctions) Open(ctx *component.Context) (err error) {
	a.part, err = open(ctx, persons, auctions, a.Events, a.Seed, a.Rate, a.Start, a.Disorder)
	return err
}

// Next implements component.Spout.
func (a *Auctions) Next(_ context.Context, out *component.Emitter[AuctionsRow]) error {
	at, t := len(out.Rows), &a.texts
	t.reset()
	more := true
	for more && !out.Full() {
		var n int64
		if n, more = a.part.event(); !more {
			break
		}
		r := a.part.random(n)
		row := AuctionsRow{Id: firstID + lastAuction(n), Category: firstKind + r.below(kinds), InitialBid: r.price(), At: a.part.at(n)}
		row.Reserve = row.InitialBid + r.price()
		if r.below(4) > 0 {
			row.Seller = firstID + lastPerson(n)/hot*hot
		} else {
			row.Seller = r.person(n)
		}
		// Until about so many auctions have opened that are open at a time.
		horizon := int64(openAuctions) * round / auctions * 1_000_000_000 / a.part.rate
		row.Expires = row.At.Add(time.Duration(1 + r.below(max(1, 2*horizon))))
		t.buf = r.text(t.buf, 3+r.below(17))
		t.end()
		t.buf = r.text(t.buf, 20+r.below(80))
		t.end()
		t.buf = r.text(t.buf, 100+r.below(200))
		t.end()
		out.Emit(row)
	}
	for cut := t.cut(); at < len(out.Rows); at++ {
		row := &out.Rows[at]
		row.Item, row.Description, row.Extra = cut(), cut(), cut()
	}
	return ended(more)
}

// Position implements component.Positioned.
func (a *Auctions) Position() ([]byte, error) { return a.part.position() }

// Rewind implements component.Positioned.
func (a *Auctions) Rewind(position []byte) error { return a.part.rewind(position) }

// Close implements component.Spout.
func (a *Auctions) Close() error { return nil }

// Bids is the spout nexmark.bids.
type Bids struct {
	Events, Seed, Rate int64
	Start              time.Time
	Disorder           time.Duration

	part  events
	texts texts
}

// BidsRow is a tuple of Bids.
type BidsRow struct {
	Auction int64
	Bidder  int64
	Price   int64
	Channel string
	Url     string //nolint:revive // its name is made of the signature's
	Extra   string
	At      time.Time
}

var _ component.Spout[BidsRow] = (*Bids)(nil)

// Open implements component.Spout.
func (b *Bids) Open(ctx *component.Context) (err error) {
	b.part, err = open(ctx, persons+auctions, bids, b.Events, b.Seed, b.Rate, b.Start, b.Disorder)
	return err
}

// Next implements component.Spout.
func (b *Bids) Next(_ context.Context, out *component.Emitter[BidsRow]) error {
	at, t := len(out.Rows), &b.texts
	t.reset()
	more := true
	for more && !out.Full() {
		var n int64
		if n, more = b.part.event(); !more {
			break
		}
		r := b.part.random(n)
		row := BidsRow{At: b.part.at(n)}
		if r.below(2) > 0 {
			row.Auction = firstID + max(lastAuction(n), 0)/hot*hot
		} else {
			row.Auction = r.auction(n)
		}
		if r.below(4) > 0 {
			row.Bidder = firstID + lastPerson(n)/hot*hot + 1
		} else {
			row.Bidder = r.person(n)
		}
		row.Price = r.price()
		const site = "https://www.nexmark.com/"
		if r.below(2) > 0 {
			i := r.below(int64(len(channels)))
			row.Channel = channels[i]
			t.buf = append(append(append(t.buf, site...), "hot/item.htm?query=1&channel_id="...), byte('0'+i))
		} else {
			i := r.below(10_000)
			t.buf = strconv.AppendInt(append(t.buf, "channel-"...), i, 10)
			t.end()
			t.buf = append(t.buf, site...)
			t.buf = append(r.text(append(r.text(append(r.text(t.buf, 5), '/'), 5), '/'), 5), "/item.htm?query=1"...)
			if r.below(10) > 0 {
				t.buf = strconv.AppendInt(append(t.buf, "&channel_id="...), i, 10)
			}
		}
		t.end()
		t.buf = r.text(t.buf, 20+r.below(40))
		t.end()
		out.Emit(row)
	}
	for cut := t.cut(); at < len(out.Rows); at++ {
		row := &out.Rows[at]
		if row.Channel == "" {
			row.Channel = cut()
		}
		row.Url, row.Extra = cut(), cut()
	}
	return ended(more)
}

// Position implements component.Positioned.
func (b *Bids) Position() ([]byte, error) { return b.part.position() }

// Rewind implements component.Positioned.
func (b *Bids) Rewind(position []byte) error { return b.part.rewind(position) }

// Close implements component.Spout.
func (b *Bids) Close() error { return nil }
