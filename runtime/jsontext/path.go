package jsontext

import (
	"strconv"

	"github.com/topo-lang/topo/runtime/arena"
)

// Key returns the value that an object has under a name; false where there is none, or v is no object.
func Key(v, name string) (value string, ok bool) {
	for o := Object(v); o.Next(); {
		if o.Is(name) {
			value, ok = o.Value, true
		}
	}
	return value, ok
}

// At returns the item of an array at i, counted from 0; false where there is none, or v is no array.
func At(v string, i int64) (item string, ok bool) {
	if i < 0 {
		return "", false
	}
	for l := Array(v); l.Next(); i-- {
		if i == 0 {
			return l.Value, true
		}
	}
	return "", false
}

// NoKey is the reason why Key found nothing.
func NoKey(v, name string) string {
	if v != "" && v[0] == '{' {
		return "the object has no " + strconv.Quote(name)
	}
	return What(v) + " has no " + strconv.Quote(name)
}

// NoItem is the reason why At found nothing.
func NoItem(v string, i int64) string {
	if v == "" || v[0] != '[' {
		return What(v) + " has no item " + strconv.FormatInt(i, 10)
	}
	return "the array has no item " + strconv.FormatInt(i, 10)
}

// Because is the reason why there is nothing: the value's own where it was missing, else another.
func Because(had bool, own, other string) string {
	if had {
		return other
	}
	return own
}

// List returns the items of an array as views; false where v is no array.
func List(a *arena.Arena, v string) ([]string, bool) {
	if v == "" || v[0] != '[' {
		return nil, false
	}
	n := 0
	for l := Array(v); l.Next(); {
		n++
	}
	items := a.Strings(n)[:0]
	for l := Array(v); l.Next(); {
		items = append(items, l.Value)
	}
	return items, true
}

// Entries returns the values of an object by their names; false where v is no object.
func Entries(a *arena.Arena, v string) (map[string]string, bool) {
	if v == "" || v[0] != '{' {
		return nil, false
	}
	m := map[string]string{}
	for o := Object(v); o.Next(); {
		name, _ := String(a, o.RawName)
		m[name] = o.Value
	}
	return m, true
}

// Members walks over an object or an array. Of text that is no JSON, as a damaged frame could bring it, it gives anything, but ends.
type Members struct {
	s       string
	i       int
	closing byte
	// RawName is the name of an object's member, as JSON; Value is the member.
	RawName, Value string
}

// Object begins a walk over the members of an object; it has none where v is no object.
func Object(v string) Members { return members(v, '{') }

// Array begins a walk over the items of an array; it has none where v is no array.
func Array(v string) Members { return members(v, '[') }

func members(v string, opening byte) Members {
	if v == "" || v[0] != opening {
		return Members{}
	}
	return Members{s: v, i: 1, closing: opening + 2}
}

// Next goes to the next member; false where there is none.
func (m *Members) Next() bool {
	if m.i >= len(m.s) || m.s[m.i] == m.closing {
		return false
	}
	if m.s[m.i] == ',' {
		m.i++
	}
	if m.closing == '}' {
		if m.i >= len(m.s) || m.s[m.i] != '"' {
			return false
		}
		end := skipString(m.s, m.i)
		m.RawName = m.s[m.i:end]
		m.i = min(end+1, len(m.s)) // the colon
	}
	end := skip(m.s, m.i)
	if end == m.i {
		return false // no JSON: there is nothing between the commas
	}
	m.Value = m.s[m.i:end]
	m.i = end
	return true
}

// Is reports whether the member has this name.
func (m *Members) Is(name string) bool {
	raw := inner(m.RawName)
	if raw == name {
		// A name with a backslash is longer as JSON than it is.
		return true
	}
	return len(raw) > len(name) && escaped(raw) && unescapesTo(raw, name)
}

// inner is what stands between a string's quotes.
func inner(v string) string {
	if len(v) < 2 {
		return ""
	}
	return v[1 : len(v)-1]
}

// Name returns the member's name: a view, or made in the arena where something in it is escaped.
func (m *Members) Name(a *arena.Arena) string {
	name, _ := String(a, m.RawName)
	return name
}

// skipString returns where the string that begins at i ends.
func skipString(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(s)
}

// skip returns where the value that begins at i ends.
func skip(s string, i int) int {
	if i >= len(s) {
		return len(s)
	}
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '{', '[':
		for depth := 0; i < len(s); {
			switch s[i] {
			case '"':
				i = skipString(s, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return len(s)
	}
	for i < len(s) && s[i] != ',' && s[i] != '}' && s[i] != ']' {
		i++
	}
	return i
}
