package shape

import (
	"fmt"
	"slices"

	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/value"
)

// fail is what ends a reading: bytes that are not of their type, or a value that has no place in the new one.
type fail struct{ err error }

// guard turns a fail into an error.
func guard(f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			x, ok := p.(fail)
			if !ok {
				panic(p)
			}
			err = x.err
		}
	}()
	f()
	return nil
}

func check(r *codec.Reader) {
	if err := r.Err(); err != nil {
		panic(fail{err})
	}
}

// move reads a value of a type and appends it as one of another type, into which it fits.
func move(dst []byte, r *codec.Reader, from, to *Type) []byte {
	if from.Kind != Option && to.Kind == Option {
		return move(codec.AppendBool(dst, true), r, from, to.Elem)
	}
	defer check(r)
	switch from.Kind {
	case Bool:
		return codec.AppendBool(dst, r.Bool())
	case Int:
		n := r.Int()
		switch to.Kind {
		case Float:
			if n > 1<<53 || n < -1<<53 {
				panic(fail{fmt.Errorf("%d is an int that a float does not hold exactly", n)})
			}
			return codec.AppendFloat(dst, float64(n))
		case Decimal:
			return codec.AppendDecimal(dst, value.IntDecimal(n))
		}
		return codec.AppendInt(dst, n)
	case Duration:
		return codec.AppendInt(dst, r.Int())
	case Float:
		return codec.AppendFloat(dst, r.Float())
	case Decimal:
		return codec.AppendDecimal(dst, r.Decimal())
	case String, Bytes, JSON:
		return codec.AppendBytes(dst, r.Bytes())
	case Time:
		return codec.AppendTime(dst, r.Time())
	case Enum:
		i := r.Uvarint()
		if i >= uint64(len(from.Values)) {
			panic(fail{fmt.Errorf("there is no value %d of the enum %s", i, from)})
		}
		return codec.AppendUvarint(dst, uint64(max(0, slices.Index(to.Values, from.Values[i]))))
	case Option:
		ok := r.Bool()
		dst = codec.AppendBool(dst, ok)
		if !ok {
			return codec.AppendBytes(dst, r.Bytes())
		}
		return move(dst, r, from.Elem, to.Elem)
	case List, Map:
		n := r.Count()
		dst = codec.AppendUvarint(dst, uint64(n))
		for ; n > 0; n-- {
			check(r)
			if from.Kind == Map {
				dst = move(dst, r, from.Key, to.Key)
			}
			dst = move(dst, r, from.Elem, to.Elem)
		}
		return dst
	case Record:
		pieces := map[string][]byte{}
		for _, f := range from.Fields {
			if i := slices.IndexFunc(to.Fields, func(o Field) bool { return o.Name == f.Name }); i >= 0 {
				pieces[f.Name] = move(nil, r, f.Type, to.Fields[i].Type)
			} else {
				move(nil, r, f.Type, f.Type)
			}
		}
		for _, f := range to.Fields {
			if piece, ok := pieces[f.Name]; ok {
				dst = append(dst, piece...)
			} else {
				dst = zero(dst, f.Type)
			}
		}
		return dst
	}
	panic(fail{fmt.Errorf("no value is a %s", from)})
}

// zero appends what a value of a type is at first.
func zero(dst []byte, t *Type) []byte {
	switch t.Kind {
	case Float:
		return codec.AppendFloat(dst, 0)
	case Decimal:
		return codec.AppendDecimal(dst, value.Decimal{})
	case Time:
		return append(dst, zeroTime...)
	case JSON:
		return codec.AppendString(dst, "null")
	case Option:
		return codec.AppendString(codec.AppendBool(dst, false), "none")
	case Record:
		for _, f := range t.Fields {
			dst = zero(dst, f.Type)
		}
		return dst
	}
	return append(dst, 0) // false, 0, nothing of a list, a map or a text, the first of an enum
}

// key reads a key's parts as they are, and returns their bytes.
func (s *Shape) key(r *codec.Reader, src *[]byte) []byte {
	start := *src
	key := s.Key()
	if len(key) == 1 && (key[0].Type.Kind == Int || key[0].Type.Kind == Time || key[0].Type.Kind == Duration || key[0].Type.Kind == Enum) {
		r.Int()
	} else {
		for _, k := range key {
			move(nil, r, k.Type, k.Type)
		}
	}
	check(r)
	rest, _ := r.Rest()
	*src = rest
	return start[:len(start)-len(rest)]
}

// Key is the key of the bolt's rows; nil where it has none.
func (s *Shape) Key() []Field {
	for _, st := range s.States {
		if st.Key != nil {
			return st.Key
		}
	}
	return nil
}

// keyed are the states of a key's row; own are those that there are once.
func (s *Shape) keyed() []State {
	return slices.DeleteFunc(slices.Clone(s.States), func(st State) bool { return st.Key == nil })
}

func (s *Shape) own() []State {
	return slices.DeleteFunc(slices.Clone(s.States), func(st State) bool { return st.Key != nil })
}
