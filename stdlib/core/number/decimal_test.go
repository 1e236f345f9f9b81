package number

import (
	"testing"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/value"
)

func TestFixed(t *testing.T) {
	for _, c := range []struct {
		text   string
		places int64
		want   string
	}{
		{"2.5", 0, "3"}, {"3.5", 0, "4"}, {"10", 0, "10"}, {"0.4", 0, "0"}, {"0", 0, "0"}, {"-7", -3, "-7"},
		{"2.5", 1, "2.5"}, {"2.5", 2, "2.50"}, {"10", 3, "10.000"}, {"-0.005", 2, "-0.01"}, {"-0.004", 2, "0.00"}, {"1234.5678", 2, "1234.57"},
	} {
		d, err := value.ParseDecimal(c.text)
		if err != nil {
			t.Fatal(err)
		}
		var a arena.Arena
		if got := Fixed(&a, d, c.places); got != c.want {
			t.Errorf("fixed(%s, %d) is %s, not %s", c.text, c.places, got, c.want)
		}
	}
}
