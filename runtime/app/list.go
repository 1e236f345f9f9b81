package app

import (
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/value"
)

// A list is given as its items between commas, as a line of CSV: an item that holds a comma stands in quotes. A flag may be given several times:
// its items come one after the other.

// isList reports whether a param takes several values.
func isList(of any) bool {
	switch of.(type) {
	case choices:
		return true
	case *[]string, *[]int64, *[]float64, *[]bool, *[]time.Duration, *[]time.Time, *[]value.Decimal:
		return true
	}
	return false
}

// assignList sets a list param from text; false where an item is not of its type.
func assignList(to any, text string) bool {
	items, ok := value.SplitList(text)
	if !ok {
		return false
	}
	switch v := to.(type) {
	case choices:
		return v.chooseAll(items)
	case *[]string:
		return setItems(v, items)
	case *[]int64:
		return setItems(v, items)
	case *[]float64:
		return setItems(v, items)
	case *[]bool:
		return setItems(v, items)
	case *[]time.Duration:
		return setItems(v, items)
	case *[]time.Time:
		return setItems(v, items)
	case *[]value.Decimal:
		return setItems(v, items)
	}
	return false
}

func setItems[T any](list *[]T, items []string) bool {
	*list = make([]T, len(items))
	for i, item := range items {
		if assign(&(*list)[i], item) != "" {
			return false
		}
	}
	return true
}

// kindOfList is how a list is spoken of.
func kindOfList(of any) kind {
	var item any
	switch of := of.(type) {
	case choices:
		return kind{"a list of its values", "NAME,...", "one or more, with commas between them, each " + whichOf(of)}
	case *[]string:
		item = new(string)
	case *[]int64:
		item = new(int64)
	case *[]float64:
		item = new(float64)
	case *[]bool:
		item = new(bool)
	case *[]time.Duration:
		item = new(time.Duration)
	case *[]time.Time:
		item = new(time.Time)
	case *[]value.Decimal:
		item = new(value.Decimal)
	}
	k := kindOf(item)
	_, name, _ := strings.Cut(k.a, " ")
	return kind{"a list of " + name + "s", k.arg + ",...", "one or more, with commas between them, each " + k.want}
}
