// Package nexmark makes the events of the Nexmark benchmark: persons, auctions and bids at an online auction.
//
// An event follows from its number and the seed alone, so spouts can stand anywhere, share the work among tasks and begin again where they were.
package nexmark

import (
	"math"
	"math/bits"
	"strconv"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
)

// Of each round of events.
const (
	round        = 50
	persons      = 1
	auctions     = 3
	bids         = round - persons - auctions
	firstID      = 1000 // of persons and of auctions
	firstKind    = 10   // of categories
	kinds        = 5
	activePeople = 1000 // of whom most bid and sell
	openAuctions = 100  // that bids go to
	ahead        = 10   // numbers that nobody has yet may be named
	hot          = 100  // one of so many is hot
	maxEvents    = 1 << 48
)

// events is where a spout's task stands in its part of the events.
type events struct {
	seed  uint64
	first int64 // the place of its kind in a round
	each  int64 // of its kind in a round
	rate  int64
	start time.Time
	total int64 // of its kind; less than 0 without an end
	mixed int64 // so many of its kind come in another order than they happen; up to 1: none
	block block // the last of these
	next  int64 // of its kind
	task  int64
	tasks int64
}

// block is events that come in another order: the i-th is first + i * step, round and round.
type block struct{ base, size, first, step int64 }

func open(ctx *component.Context, first, each, count, seed, rate int64, start time.Time, disorder time.Duration) (events, error) {
	switch {
	case count < 0:
		return events{}, fault.New("leave it out, or say 0, for no end", "events: %d is less than none", count)
	case count > maxEvents:
		return events{}, fault.New("leave it out for no end", "events: %d is more than %d", count, int64(maxEvents))
	case rate < 1 || rate > 1_000_000_000:
		return events{}, fault.New("choose from 1 to 1000000000 events a second", "rate: %d is out of range", rate)
	}
	e := events{seed: mix(uint64(seed)), first: first, each: each, rate: rate, start: start, total: -1, next: int64(ctx.Task), task: int64(ctx.Task), tasks: int64(max(1, ctx.Tasks))}
	switch {
	case disorder < 0:
		return events{}, fault.New("say 0s for events in the order of their time", "disorder: %s is less than none", disorder)
	case disorder > 0:
		// So many of its kind happen in that time, or one less.
		e.mixed = max(1, int64(min(disorder.Seconds(), 1e6)*float64(rate)/round*float64(each)))
	}
	if count > 0 {
		e.total = count/round*each + min(max(count%round-first, 0), each)
	}
	return e, nil
}

// event returns the number of the next event, and whether there is one.
func (e *events) event() (int64, bool) {
	k := e.next
	if e.total >= 0 && k >= e.total || k >= maxEvents {
		return 0, false
	}
	e.next += e.tasks
	if e.mixed > 1 {
		k = e.shuffled(k)
	}
	return k/e.each*round + e.first + k%e.each, true
}

// shuffled is the event that comes as the k-th of its kind: those of a block, which happen within the disorder, come in another order.
func (e *events) shuffled(k int64) int64 {
	base := k / e.mixed * e.mixed
	size := e.mixed
	if e.total >= 0 {
		size = min(size, e.total-base)
	}
	if b := &e.block; b.base != base || b.size != size {
		r := random(e.seed ^ mix(^uint64(base)))
		*b = block{base: base, size: size, first: r.below(size), step: 1 + r.below(size)}
		for gcd(b.step, size) != 1 {
			b.step++
		}
	}
	high, low := bits.Mul64(uint64(k-base), uint64(e.block.step))
	_, rest := bits.Div64(high%uint64(size), low, uint64(size))
	return base + (int64(rest)+e.block.first)%size
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// at is when an event happens.
func (e *events) at(n int64) time.Time {
	return e.start.Add(time.Duration(n/e.rate)*time.Second + time.Duration(n%e.rate*int64(time.Second)/e.rate))
}

// position is where the next event of its kind stands, for component.Positioned.
func (e *events) position() ([]byte, error) { return strconv.AppendInt(nil, e.next, 10), nil }

func (e *events) rewind(position []byte) error {
	k, err := strconv.ParseInt(string(position), 10, 64)
	if err != nil || k < e.task || (k-e.task)%e.tasks != 0 || e.total >= 0 && k-e.tasks >= e.total {
		return fault.New("begin anew: name another folder with --store", "%q is not where a generator of these events and tasks can stand", position)
	}
	e.next = k
	return nil
}

// random gives the random numbers of one event.
type random uint64

func (e *events) random(n int64) random { return random(e.seed ^ mix(uint64(n)+1)) }

// mix is the finisher of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below returns a number from 0 to n-1.
func (r *random) below(n int64) int64 {
	*r += 0x9e3779b97f4a7c15
	high, _ := bits.Mul64(mix(uint64(*r)), uint64(n))
	return int64(high)
}

// price is from one to a million, small ones as often as large ones, in cents.
func (r *random) price() int64 {
	return int64(math.Round(prices[r.below(int64(len(prices)))] * (100 + float64(r.below(1000))/1000)))
}

// prices are the powers of ten up to the sixth, in steps of less than a hundredth.
var prices = func() (out [2048]float64) {
	for i := range out {
		out[i] = math.Pow(10, 6*float64(i)/float64(len(out)))
	}
	return out
}()

// text appends so many letters.
func (r *random) text(to []byte, letters int64) []byte {
	for letters > 0 {
		bits := uint64(r.below(1 << 60))
		for range min(letters, 12) {
			to = append(to, "abcdefghijklmnopqrstuvwxyzabcdef"[bits&31])
			bits >>= 5
		}
		letters -= 12
	}
	return to
}

// lastPerson is the number of the newest person when an event happens, from 0.
func lastPerson(n int64) int64 { return n / round }

// lastAuction is the number of the newest auction when an event happens, from 0; -1 where there is none yet.
func lastAuction(n int64) int64 {
	return n/round*auctions + min(max(n%round-persons, -1), auctions-1)
}

// person picks one of those who are active, now and then one who comes only later.
func (r *random) person(n int64) int64 {
	all := lastPerson(n) + 1
	active := min(all, activePeople)
	return firstID + all - active + r.below(active+ahead)
}

// auction picks one of those that are open, now and then one that opens only later.
func (r *random) auction(n int64) int64 {
	last := max(lastAuction(n), 0)
	least := max(last-openAuctions, 0)
	return firstID + least + r.below(last-least+1+ahead)
}
