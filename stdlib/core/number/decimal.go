package number

import (
	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/value"
)

// Fixed returns d with just so many digits behind the point.
func Fixed(a *arena.Arena, d value.Decimal, places int64) string {
	places = min(max(places, 0), 19)
	b := value.AppendDecimal(a.Bytes(48), value.RoundDecimal(d, places))
	at := len(b)
	for i, c := range b {
		if c == '.' {
			at = i
		}
	}
	if places == 0 {
		return a.Commit(b)
	}
	if at == len(b) {
		b = append(b, '.')
	}
	for int64(len(b)-at-1) < places {
		b = append(b, '0')
	}
	return a.Commit(b)
}
