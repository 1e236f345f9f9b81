package list

import (
	"math"
	"slices"
	"testing"

	"github.com/topo-lang/topo/runtime/arena"
)

func TestFirstAndLast(t *testing.T) {
	if x, err := First([]int64{3, 4}); x != 3 || err != nil {
		t.Error(x, err)
	}
	if x, err := Last([]int64{3, 4}); x != 4 || err != nil {
		t.Error(x, err)
	}
	for _, f := range []func([]string) (string, error){First[string], Last[string], Least[string], Greatest[string]} {
		if _, err := f(nil); err == nil || err.Error() != "the list is empty" {
			t.Error(err)
		}
	}
}

func TestSlice(t *testing.T) {
	xs := []int64{0, 1, 2, 3}
	for _, c := range []struct {
		from, to int64
		want     []int64
	}{{0, 4, xs}, {1, 3, xs[1:3]}, {-5, 2, xs[:2]}, {2, 99, xs[2:]}, {3, 1, nil}, {9, 10, nil}, {math.MinInt64, math.MaxInt64, xs}} {
		got := Slice(xs, c.from, c.to)
		if !slices.Equal(got, c.want) {
			t.Errorf("%d..%d: %v", c.from, c.to, got)
		}
		if _ = append(got, 77); slices.Contains(xs, 77) {
			t.Fatal("the list itself can be written to")
		}
	}
}

func TestListsAreValues(t *testing.T) {
	var a arena.Arena
	xs := []string{"b", "a", "b", "c"}
	before := slices.Clone(xs)
	for name, c := range map[string]struct{ got, want []string }{
		"reverse":  {Reverse(&a, xs), []string{"c", "b", "a", "b"}},
		"sort":     {Sort(&a, xs), []string{"a", "b", "b", "c"}},
		"distinct": {Distinct(&a, xs), []string{"b", "a", "c"}},
		"concat":   {Concat(&a, xs, []string{"z"}), []string{"b", "a", "b", "c", "z"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %q", name, c.got)
		}
	}
	if !slices.Equal(xs, before) {
		t.Errorf("the argument changed: %q", xs)
	}
	if got := Sort(&a, []float64{2, math.NaN(), -1}); !math.IsNaN(got[0]) || got[1] != -1 {
		t.Error(got)
	}
}

func TestDistinctOfMany(t *testing.T) {
	var a arena.Arena
	var xs, want []int64
	for i := range int64(1000) {
		xs = append(xs, i*i%97)
	}
	for _, x := range xs {
		if !slices.Contains(want, x) {
			want = append(want, x)
		}
	}
	if got := Distinct(&a, xs); !slices.Equal(got, want) {
		t.Error(got)
	}
}

func TestSearch(t *testing.T) {
	xs := []string{"a", "b", "b"}
	if !Includes(xs, "b") || Includes(xs, "z") {
		t.Error("includes")
	}
	if i, err := IndexOf(xs, "b"); i != 1 || err != nil {
		t.Error(i, err)
	}
	if _, err := IndexOf(xs, "z"); err == nil {
		t.Error("found what is not there")
	}
	if x, err := Least([]int64{3, 1, 2}); x != 1 || err != nil {
		t.Error(x, err)
	}
	if x, err := Greatest([]int64{3, 1, 2}); x != 3 || err != nil {
		t.Error(x, err)
	}
}

func TestSum(t *testing.T) {
	const most, least = math.MaxInt64, math.MinInt64
	for _, c := range []struct {
		xs   []int64
		want int64
		ok   bool
	}{
		{nil, 0, true}, {[]int64{1, -2, 3}, 2, true}, {[]int64{most, 1}, 0, false}, {[]int64{least, -1}, 0, false},
		{[]int64{most, most, least, least, 2}, 0, true}, {[]int64{most, 1, -1}, most, true}, {[]int64{least}, least, true},
	} {
		if got, err := Sum(c.xs); got != c.want || (err == nil) != c.ok {
			t.Errorf("%v: %d, %v", c.xs, got, err)
		}
	}
	if got := SumFloats([]float64{1, 1e100, 1, -1e100}); got != 2 {
		t.Error(got)
	}
	if got := SumFloats([]float64{1, math.Inf(1)}); !math.IsInf(got, 1) {
		t.Error(got)
	}
}

func TestTextListsAreMadeInTheArena(t *testing.T) {
	var a arena.Arena
	xs := []string{"b", "a", "b", "c"}
	if n := testing.AllocsPerRun(100, func() {
		a.Reset()
		Sort(&a, xs)
		Reverse(&a, xs)
		Distinct(&a, xs)
		Concat(&a, xs, xs)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
