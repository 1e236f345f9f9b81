package query

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/value"
)

// all is one of each.
type all struct {
	n        Count
	whole    Sum[int64]
	float    Sum[float64]
	decimal  Sum[value.Decimal]
	took     Sum[time.Duration]
	dev      Deviation
	distinct Distinct
}

func (a *all) add(v int64) {
	a.n.Add()
	a.whole.Add(v)
	a.float.Add(float64(v))
	a.decimal.Add(value.IntDecimal(v))
	a.took.Add(time.Duration(v))
	a.dev.Add(float64(v))
	a.distinct.Key = codec.AppendInt(a.distinct.Key[:0], v)
	a.distinct.Add()
}

func (a *all) append(dst []byte) []byte {
	dst = a.whole.Append(a.n.Append(dst))
	dst = a.took.Append(a.decimal.Append(a.float.Append(dst)))
	return a.distinct.Append(a.dev.Append(dst))
}

func (a *all) read(r *codec.Reader) {
	a.n.Read(r)
	a.whole.Read(r)
	a.float.Read(r)
	a.decimal.Read(r)
	a.took.Read(r)
	a.dev.Read(r)
	a.distinct.Read(r)
}

// TestGroups adds up in several tasks and puts together what they have written: it is what one would have added up.
func TestGroups(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var one, together Groups[all]
	tasks := make([]Groups[all], 4)
	for range 5000 {
		key := codec.AppendInt(nil, rnd.Int64N(7))
		v := rnd.Int64N(1000) - 500
		for _, g := range []*Groups[all]{&one, &tasks[rnd.IntN(3)]} { // the last task has nothing
			g.Key = append(g.Key[:0], key...)
			g.At().add(v)
		}
	}
	for i := range tasks {
		if err := together.Add(tasks[i].Append(nil, (*all).append), (*all).read); err != nil {
			t.Fatal(err)
		}
	}
	groups := 0
	err := one.Each(func(r *codec.Reader, want *all) error {
		groups++
		together.Key = codec.AppendInt(together.Key[:0], r.Int())
		got := together.At()
		meanGot, _ := got.decimal.MeanDecimal()
		meanWant, _ := want.decimal.MeanDecimal()
		if got.n != want.n || got.whole != want.whole || math.Abs(got.float.Mean()-want.float.Mean()) > 1e-9 || got.whole.Mean() != want.whole.Mean() || meanGot.Cmp(meanWant) != 0 ||
			got.took.MeanDuration() != want.took.MeanDuration() || math.Abs(got.dev.Value()-want.dev.Value()) > 1e-9 || got.distinct.Value() != want.distinct.Value() {
			t.Errorf("got %+v, want %+v", got, want)
		}
		return nil
	})
	if err != nil || groups != 7 {
		t.Errorf("%d groups, %v", groups, err)
	}
	text := one.Append(nil, (*all).append)
	for n := range 200 {
		var g Groups[all]
		if err := g.Add(text[:len(text)-1-n], (*all).read); err == nil {
			t.Fatalf("%d bytes less are taken", n+1)
		}
	}
}

func TestSumOverflows(t *testing.T) {
	var s Sum[int64]
	s.Add(math.MaxInt64)
	if s.Over {
		t.Error("it fits")
	}
	s.Add(1)
	if !s.Over {
		t.Error("it does not fit")
	}
}
