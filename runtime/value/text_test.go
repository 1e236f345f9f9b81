package value

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
)

// FuzzJSONString checks that what JSONString writes reads back as the same text.
func FuzzJSONString(f *testing.F) {
	for _, s := range []string{"", "a", `"\`, "\n\t\r\x00\x1f", "é日本😀", "\xff\xfe", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(JSONString(nil, s), &got); err != nil {
			t.Fatalf("%q: %v", JSONString(nil, s), err)
		}
		if utf8.ValidString(s) && got != s {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
}

func TestAppendFloatReadsBack(t *testing.T) {
	for _, v := range []float64{0, 1, -1, 1.5, 1e20, 1e21, 1e-6, 1e-7, math.MaxFloat64, math.SmallestNonzeroFloat64, 0.1} {
		if got, err := strconv.ParseFloat(string(AppendFloat(nil, v)), 64); err != nil || got != v {
			t.Errorf("%v is written as %s", v, AppendFloat(nil, v))
		}
	}
	if got := string(AppendFloat(nil, 3)); got != "3" {
		t.Errorf("3.0 is written as %s", got)
	}
}

func TestJSONOfCompounds(t *testing.T) {
	m := map[int64][]string{2: {"b", `"`}, 1: nil}
	list := func(dst []byte, v []string) []byte { return JSONList(dst, v, JSONString) }
	if got, want := string(JSONMap(nil, SortedKeys(m), m, AppendInt, list)), `{"1":[],"2":["b","\""]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(JSONOption(nil, arena.Option[int64]{}, AppendInt)); got != "null" {
		t.Errorf("none is written as %s", got)
	}
}

func TestAt(t *testing.T) {
	xs := []string{"a", "b"}
	for i, want := range map[int64]string{0: "a", 1: "b"} {
		if got, ok := At(xs, i); !ok || got != want {
			t.Errorf("At(%d) = %q, %v", i, got, ok)
		}
	}
	for _, i := range []int64{-1, 2, math.MaxInt64, math.MinInt64} {
		if got, ok := At(xs, i); ok {
			t.Errorf("At(%d) = %q", i, got)
		}
	}
}

// TestJoinCopies shows that lists are values: two lists joined to the same one do not meet.
func TestJoinCopies(t *testing.T) {
	base := make([]int, 1, 8)
	a, b := Join(base, []int{1}), Join(base, []int{2})
	if a[1] != 1 || b[1] != 2 {
		t.Errorf("joined lists share memory: %v %v", a, b)
	}
}
