package stdout

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/value"
)

// wildRow is a value of each kind, of those at which an order goes wrong.
func wildRow(r *rand.Rand, common string) []component.Column {
	floats := []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 1, -1, math.MaxFloat64, math.SmallestNonzeroFloat64}
	ints := []int64{0, 1, -1, math.MaxInt64, math.MinInt64, 255, 256, 1 << 32}
	texts := []string{"", "a", "a\x00", "ab", "b", "aaaaaaaa", "aaaaaaaa\x00", "aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaac", "é", "\xff"}
	f := floats[r.IntN(len(floats))]
	n := ints[r.IntN(len(ints))]
	if r.IntN(2) == 0 {
		f, n = r.NormFloat64(), int64(r.Uint64())
	}
	s := common + texts[r.IntN(len(texts))]
	if r.IntN(2) == 0 {
		s = common + fmt.Sprint(r.IntN(1000))
	}
	d, _ := value.ParseDecimal(fmt.Sprintf("%d.%d", r.IntN(50)-25, r.IntN(10)))
	return []component.Column{
		{Name: "b", Kind: component.Bool, Bools: []bool{n > 0}},
		{Name: "s", Kind: component.String, Strings: []string{s}},
		{Name: "p", Kind: component.Bytes, Blobs: [][]byte{[]byte(s)}},
		{Name: "t", Kind: component.Time, Times: []time.Time{time.Unix(n>>20, n&0xffff).UTC()}},
		{Name: "j", Kind: component.JSON, Strings: []string{s}},
		{Name: "i", Kind: component.Int, Ints: []int64{n}},
		{Name: "f", Kind: component.Float, Floats: []float64{f}},
		{Name: "v", Kind: component.Duration, Durations: []time.Duration{time.Duration(n)}},
		{Name: "d", Kind: component.Decimal, Decimals: []value.Decimal{d}},
	}
}

// Whatever orders the rows, and whatever their key is, they stand as comparing them says.
func TestOrderOfEveryKind(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 120 {
		common := strings.Repeat("x", r.IntN(20))
		schema := wildRow(r, common)
		rows := newRows(schema, round%len(schema))
		rows.rank = -1
		if rank := r.IntN(5) + 4; rank >= 5 && rank != rows.key {
			rows.rank = rank
		}
		for range 1 + r.IntN(2000) {
			rows.update(&component.Columns{N: 1, Cols: wildRow(r, common)})
		}
		all := rows.inOrder()
		if !slices.IsSortedFunc(all, rows.compare) {
			t.Fatalf("key %s, rank %d: not in order", schema[rows.key].Name, rows.rank)
		}
		slices.Sort(all)
		for i, row := range all {
			if i != row {
				t.Fatalf("key %s, rank %d: row %d stands for %d", schema[rows.key].Name, rows.rank, row, i)
			}
		}
	}
}
