package maps

import (
	"slices"
	"testing"
)

func TestMaps(t *testing.T) {
	m := map[string]int64{"b": 2, "c": 1, "a": 3}
	for range 20 { // the order must not be the map's
		if got := Keys(m); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Fatal(got)
		}
		if got := Values(m); !slices.Equal(got, []int64{3, 2, 1}) {
			t.Fatal(got)
		}
	}
	if !Has(m, "a") || Has(m, "z") || Has(map[string]int64(nil), "a") {
		t.Error("has")
	}
	if len(Keys(map[int64]string(nil))) != 0 {
		t.Error("keys of nothing")
	}
}
