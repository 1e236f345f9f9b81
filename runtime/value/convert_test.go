package value

import (
	"slices"
	"strconv"
	"testing"

	"github.com/topo-lang/topo/runtime/arena"
)

func TestConvert(t *testing.T) {
	if got := ConvertList([]int{1, 2}, strconv.Itoa); !slices.Equal(got, []string{"1", "2"}) {
		t.Error(got)
	}
	if got := ConvertList(nil, strconv.Itoa); got != nil {
		t.Error(got)
	}
	m := ConvertMap(map[int]int{1: 2}, strconv.Itoa, func(n int) int64 { return int64(n) })
	if len(m) != 1 || m["1"] != 2 {
		t.Error(m)
	}
	if m := ConvertMap[int, string, int, int](nil, strconv.Itoa, func(n int) int { return n }); m == nil {
		t.Error("a map of the language is never nil")
	}
	if m := Made[string, int](nil); m == nil {
		t.Error("not made")
	}
	if m := Made(map[string]int{"a": 1}); m["a"] != 1 {
		t.Error(m)
	}
	if p := ToPointer(arena.Option[int]{V: 3, OK: true}, strconv.Itoa); p == nil || *p != "3" {
		t.Error(p)
	}
	if p := ToPointer(arena.Option[int]{}, strconv.Itoa); p != nil {
		t.Error(*p)
	}
	n := 4
	if o := FromPointer(&n, strconv.Itoa); !o.OK || o.V != "4" {
		t.Error(o)
	}
	if o := FromPointer[int](nil, strconv.Itoa); o.OK || o.Why == "" {
		t.Error(o)
	}
}
