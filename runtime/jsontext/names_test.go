package jsontext

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// named reads the names of an object's members as generated code does, and numbers them by the fields.
func named(n *Names, s string, fields []string) (got []int, ok bool) {
	i := OpenAt(s)
	for k := 0; uint(i) < uint(len(s)); k++ {
		field, at := n.At(s, i, k)
		if field == Unexpected {
			var name string
			name, at = NameAt(s, i)
			field = -1
			for j, f := range fields {
				if f == name {
					field = j
				}
			}
			n.Expect(s, i, name, at, k, field)
		}
		got = append(got, field)
		i = NextAt(s, SkipAt(s, at))
	}
	return got, i >= 0
}

// Whatever the objects before it were, an object's names are read as by one who knows nothing of them.
func TestNames(t *testing.T) {
	fields := []string{"a", "id", "name", "value", "a_longer_name", "a_name_of_more_than_16", "nam", "names", ""}
	others := []string{"x", "nme", "valuE", "a_longer_namE", `q\"uote`, `\u0061`, "ü", "naming", "idx", "a:", "i"}
	random := rand.New(rand.NewPCG(1, 2))
	space := func() string { return strings.Repeat(" ", max(0, random.IntN(12)-9)) }
	name := func() string {
		if random.IntN(3) == 0 {
			return others[random.IntN(len(others))]
		}
		return fields[random.IntN(len(fields))]
	}
	var n Names
	var order []string
	for range 100_000 {
		if len(order) == 0 || random.IntN(3) == 0 {
			order = nil
			for range random.IntN(6) {
				order = append(order, name())
			}
		} else if len(order) > 0 && random.IntN(2) == 0 {
			order[random.IntN(len(order))] = name()
		}
		var b strings.Builder
		b.WriteString("{" + space())
		for i, name := range order {
			if i > 0 {
				b.WriteString("," + space())
			}
			fmt.Fprintf(&b, `"%s"%s:%s%d%s`, name, space(), space(), random.IntN(1000), space())
		}
		b.WriteString("}")
		s := b.String()
		if random.IntN(10) == 0 { // broken
			at := random.IntN(len(s))
			s = s[:at] + string(`"{}:, \1a`[random.IntN(9)]) + s[at+random.IntN(len(s)-at):]
		}
		got, ok := named(&n, s, fields)
		want, wanted := named(new(Names), s, fields)
		if ok != wanted || ok && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%s: got %v, %v, and should be %v, %v", s, got, ok, want, wanted)
		}
	}
}

// Names that are expected are found without being looked up.
func TestNamesAreExpected(t *testing.T) {
	fields := []string{"id", "name", "value", "a_longer_name"}
	s := `{"id":1,"name":"x","value":2.5,"other":[],"a_longer_name":true}`
	var n Names
	want, _ := named(&n, s, fields)
	i := OpenAt(s)
	for k, field := range want {
		got, at := n.At(s, i, k)
		if got != field {
			t.Errorf("member %d: %d, and should be %d", k, got, field)
		}
		i = NextAt(s, SkipAt(s, at))
	}
}
