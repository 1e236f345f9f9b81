package shape

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/codec"
)

var zeroTime = codec.AppendTime(nil, time.Time{})

// Step is what becomes of a part of what is kept, from one version of a bolt to the next.
type Step struct {
	What string // "state n", "state visits: field last"
	How  How
	Why  string // in words: "int -> float"
}

// How says what becomes of it.
type How int

// What can become of something.
const (
	Kept    How = iota
	Added       // it begins as the program says
	Widened     // every value of it has its place
	Dropped     // it is lost
	Refused     // there is no way from one to the other
)

// String is the word for it.
func (h How) String() string { return [...]string{"kept", "added", "widened", "dropped", "refused"}[h] }

// Compare says what becomes of what was kept in one shape where it is kept in another.
func Compare(from, to *Shape) (steps []Step) {
	oldKey, newKey := from.Key(), to.Key()
	if oldKey != nil && newKey != nil && keyText(oldKey) != keyText(newKey) {
		steps = append(steps, Step{"the key", Refused, keyText(oldKey) + " -> " + keyText(newKey)})
	}
	for _, st := range to.States {
		was := from.state(st.Name)
		what := "state " + st.Name
		switch {
		case was == nil:
			steps = append(steps, Step{what, Added, st.Type.String()})
		case (was.Key == nil) != (st.Key == nil) || was.Shared != st.Shared:
			steps = append(steps, Step{what, Refused, "there were as many of it as " + was.scope() + " says, now " + st.scope()})
		default:
			steps = append(steps, compareTypes(what, was.Type, st.Type)...)
		}
	}
	for _, was := range from.States {
		if to.state(was.Name) == nil {
			steps = append(steps, Step{"state " + was.Name, Dropped, was.Type.String()})
		}
	}
	if from.Gone && !to.Gone && oldKey != nil && newKey != nil {
		steps = append(steps, Step{"ttl", Refused, "keys were forgotten, and are not any more: leave the ttl, with a longer time, or `ttl never`"})
	}
	if from.After > to.After {
		steps = append(steps, Step{"after", Dropped, "timers that wait"})
	}
	return steps
}

func (s *State) scope() string {
	switch {
	case s.Key != nil:
		return "`per " + keyNames(s.Key) + "`"
	case s.Shared:
		return "`shared`"
	}
	return "`per task`"
}

func keyText(key []Field) string {
	var parts []string
	for _, k := range key {
		parts = append(parts, k.Name+" "+k.Type.String())
	}
	return strings.Join(parts, ", ")
}

func keyNames(key []Field) string {
	var parts []string
	for _, k := range key {
		parts = append(parts, k.Name)
	}
	return strings.Join(parts, ", ")
}

func (s *Shape) state(name string) *State {
	for i := range s.States {
		if s.States[i].Name == name {
			return &s.States[i]
		}
	}
	return nil
}

// compareTypes says what becomes of values of a type.
func compareTypes(what string, from, to *Type) []Step {
	if from.text == to.text {
		return []Step{{what, Kept, from.String()}}
	}
	change := from.String() + " -> " + to.String()
	refused := []Step{{what, Refused, change}}
	switch {
	case to.Kind == Option && from.Kind != Option:
		inner := compareTypes(what, from, to.Elem)
		if worst(inner) > Widened {
			return inner
		}
		return []Step{{what, Widened, change}}
	case from.Kind == Int && (to.Kind == Float || to.Kind == Decimal):
		return []Step{{what, Widened, change}}
	case from.Kind != to.Kind:
		return refused
	case from.Kind == Enum:
		for _, v := range from.Values {
			if !slices.Contains(to.Values, v) {
				return []Step{{what, Refused, "value " + v + " of the enum is gone"}}
			}
		}
		return []Step{{what, Widened, change}}
	case from.Kind == Map && from.Key.text != to.Key.text:
		return refused
	case from.Kind == Map || from.Kind == List || from.Kind == Option:
		return compareTypes(what, from.Elem, to.Elem)
	case from.Kind == Record:
		var steps []Step
		for _, f := range to.Fields {
			name := what + ": field " + f.Name
			if i := slices.IndexFunc(from.Fields, func(o Field) bool { return o.Name == f.Name }); i < 0 {
				steps = append(steps, Step{name, Added, f.Type.String()})
			} else if from.Fields[i].Type.text != f.Type.text {
				steps = append(steps, compareTypes(name, from.Fields[i].Type, f.Type)...)
			}
		}
		for _, f := range from.Fields {
			if !slices.ContainsFunc(to.Fields, func(o Field) bool { return o.Name == f.Name }) {
				steps = append(steps, Step{what + ": field " + f.Name, Dropped, f.Type.String()})
			}
		}
		return steps
	}
	return refused
}

func worst(steps []Step) (w How) {
	for _, s := range steps {
		w = max(w, s.How)
	}
	return w
}

// Evolve is how bytes of one shape become bytes of another.
type Evolve struct {
	from, to *Shape
	// first gives what a state that is added begins with; nil: as its type begins.
	first func(state string) []byte
}

// NewEvolve returns the way from one shape to another, of which Compare refuses nothing. first gives what a state that is added begins with, nil where it begins as its type
// does.
func NewEvolve(from, to *Shape, first func(state string) []byte) *Evolve {
	return &Evolve{from, to, first}
}

// Part makes of what one shape's Changes gave what the other's would have given. now is when what has a ttl, and had none, was written.
func (e *Evolve) Part(src []byte, now time.Time) (dst []byte, err error) {
	err = guard(func() { dst = e.part(src, now) })
	if err != nil {
		return nil, err
	}
	return dst, nil
}

func (e *Evolve) part(src []byte, now time.Time) (dst []byte) {
	r := codec.NewReader(src)
	if old := e.from.own(); len(old) > 0 {
		there := r.Bool()
		var pieces map[string][]byte
		if there {
			pieces = e.states(r, old)
		}
		if mine := e.to.own(); len(mine) > 0 {
			dst = codec.AppendBool(dst, there)
			if there {
				dst = e.append(dst, mine, pieces)
			}
		}
	} else if len(e.to.own()) > 0 {
		dst = codec.AppendBool(dst, false)
	}
	check(r)
	if e.from.Key() == nil {
		if e.to.Gone {
			dst = codec.AppendUvarint(dst, 0)
		}
		return dst
	}
	left, _ := r.Rest()
	keeps := e.to.Key() != nil
	if e.from.Gone {
		n := r.Count()
		left, _ = r.Rest()
		if keeps && e.to.Gone {
			dst = codec.AppendUvarint(dst, uint64(n))
		}
		for ; n > 0; n-- {
			if key := e.from.key(r, &left); keeps && e.to.Gone {
				dst = append(dst, key...)
			}
		}
	} else if e.to.Gone {
		dst = codec.AppendUvarint(dst, 0)
	}
	was, is := e.from.keyed(), e.to.keyed()
	for r.More() {
		left, _ = r.Rest()
		key := e.from.key(r, &left)
		pieces := e.states(r, was)
		var after [][]byte
		for range e.from.After {
			after = append(after, codec.AppendBool(codec.AppendTime(nil, r.Time()), r.Bool()))
		}
		written := map[string][]byte{}
		for _, st := range was {
			if st.TTL {
				written[st.Name] = codec.AppendTime(nil, r.Time())
			}
		}
		live := true
		if e.from.Live {
			live = r.Bool()
		}
		check(r)
		if !keeps {
			continue
		}
		dst = e.append(append(dst, key...), is, pieces)
		for i := range e.to.After {
			if i < len(after) {
				dst = append(dst, after[i]...)
			} else {
				dst = codec.AppendBool(append(dst, zeroTime...), false)
			}
		}
		for _, st := range is {
			if !st.TTL {
				continue
			}
			if at, ok := written[st.Name]; ok {
				dst = append(dst, at...)
			} else {
				dst = codec.AppendTime(dst, now)
			}
		}
		if e.to.Live {
			dst = codec.AppendBool(dst, live)
		}
	}
	check(r)
	return dst
}

// states reads states, and moves those that are there still.
func (e *Evolve) states(r *codec.Reader, was []State) map[string][]byte {
	pieces := map[string][]byte{}
	for _, st := range was {
		if now := e.to.state(st.Name); now != nil {
			pieces[st.Name] = move(nil, r, st.Type, now.Type)
		} else {
			move(nil, r, st.Type, st.Type)
		}
	}
	return pieces
}

// append appends states, those that are new as they begin.
func (e *Evolve) append(dst []byte, states []State, pieces map[string][]byte) []byte {
	for _, st := range states {
		if piece, ok := pieces[st.Name]; ok {
			dst = append(dst, piece...)
			continue
		}
		if e.first != nil {
			if b := e.first(st.Name); b != nil {
				dst = append(dst, b...)
				continue
			}
		}
		dst = zero(dst, st.Type)
	}
	return dst
}

// String says a step in words.
func (s Step) String() string { return fmt.Sprintf("%s is %s (%s)", s.What, s.How, s.Why) }
