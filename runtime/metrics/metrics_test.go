package metrics

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestBuckets(t *testing.T) {
	last := -1
	for v := time.Duration(0); v < 1<<44; v += 1 + v/97 {
		i := bucket(v)
		if i < last || i >= buckets || v >= bound(i) && i < buckets-1 || i > 0 && v < bound(i-1) {
			t.Fatalf("%d is in bucket %d, from %d to %d", v, i, bound(i-1), bound(i))
		}
		last = i
	}
	if bucket(-5) != 0 {
		t.Error("a clock that went back")
	}
}

func TestQuantiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var h, half Histogram
	var all []time.Duration
	for i := range 10000 {
		d := time.Duration(rng.ExpFloat64() * 1e6)
		all = append(all, d)
		if i%2 == 0 {
			h.Add(d, 1)
		} else {
			half.Add(d, 1)
		}
	}
	slices.Sort(all)
	s := h.Snapshot()
	s.Merge(half.Snapshot())
	for _, q := range []float64{0, 0.5, 0.9, 0.99, 0.999} {
		want := all[int(q*10000)]
		if got := s.Quantile(q); got < want || float64(got) > float64(want)*1.13+1 {
			t.Errorf("%g: %d, want %d", q, got, want)
		}
	}
	if s.Count != 10000 || s.Quantile(1) != all[9999] || s.Max != all[9999] {
		t.Errorf("%d, max %d", s.Count, s.Max)
	}
	below := int64(0)
	for _, d := range all {
		if d < 1<<20 {
			below++
		}
	}
	if got := s.Below(1 << 20); got != below {
		t.Errorf("%d below, want %d", got, below)
	}
}

func TestText(t *testing.T) {
	var x Text
	x.Family("a_total", "counter", "what\nis \\ it")
	x.Int("a_total", 3, Label{"c", "q\"\\\n"}, Label{"d", "é"})
	x.Family("up", "gauge", "up")
	x.Seconds("up", 1500*time.Millisecond)
	var h Histogram
	h.Add(300, 2)
	h.Add(time.Hour, 1)
	x.Histogram("h", h.Snapshot(), Label{"c", "x"})
	got := x.String()
	for _, want := range []string{
		"# HELP a_total what\\nis \\\\ it\n# TYPE a_total counter\n" + `a_total{c="q\"\\\n",d="é"} 3` + "\n",
		"up 1.5\n", `h_bucket{c="x",le="2.56e-07"} 0` + "\n", `h_bucket{c="x",le="1.024e-06"} 2` + "\n", `h_bucket{c="x",le="+Inf"} 3` + "\n", `h_count{c="x"} 3` + "\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestSnapshotTravels(t *testing.T) {
	var h Histogram
	for i := range 1000 {
		h.Add(time.Duration(i*i)*time.Microsecond, int64(1+i%3))
	}
	want := h.Snapshot()
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Snapshot
	if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %s", err, text)
	}
	for _, bad := range []string{`{"Counts":[[-1,1]]}`, `{"Counts":[[100000,1]]}`, `[]`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
