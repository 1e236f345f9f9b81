package golang

import gotypes "go/types"

// replays reports whether a spout's type can give tuples again.
func (f *finder) replays(method func(name string) *gotypes.Func) bool {
	back := f.pair(method("Position"), "Position() ([]byte, error)", method("Rewind"), "Rewind(position []byte) error")
	acks := f.pair(method("Ack"), "Ack(ids []uint64) error", method("Fail"), "Fail(ids []uint64) error")
	return back || acks
}

// pair compares two methods by which a spout can give tuples again; it reports whether the type has them. One without the other is a difference.
func (f *finder) pair(first *gotypes.Func, wantFirst string, second *gotypes.Func, wantSecond string) bool {
	if first == nil && second == nil {
		return false
	}
	for _, m := range []struct {
		fn, other *gotypes.Func
		want      string
	}{{first, second, wantFirst}, {second, first, wantSecond}} {
		switch {
		case m.fn == nil:
			f.fail(f.At(m.other), "this method", f.receiver()+m.want, "type "+f.obj.Name()+" has "+m.other.Name()+", and not the method that belongs to it")
			return false
		case f.method(m.fn) != m.want:
			f.fail(f.At(m.fn), f.signature(m.fn), f.receiver()+m.want, "the engine calls "+m.fn.Name()+" otherwise")
			return false
		}
	}
	return true
}

// method is the signature of one of those methods, with the names that the engine has for its parameters.
func (f *finder) method(fn *gotypes.Func) string {
	sig := fn.Type().(*gotypes.Signature)
	var params, results []string
	for i := range sig.Params().Len() {
		params = append(params, gotypes.TypeString(gotypes.Unalias(sig.Params().At(i).Type()), nil))
	}
	for i := range sig.Results().Len() {
		results = append(results, gotypes.TypeString(gotypes.Unalias(sig.Results().At(i).Type()), nil))
	}
	is := func(list []string, want ...string) bool {
		for i, w := range want {
			if len(list) != len(want) || list[i] != w && !(w == "[]byte" && list[i] == "[]uint8") {
				return false
			}
		}
		return len(list) == len(want)
	}
	switch {
	case is(params) && is(results, "[]byte", "error"):
		return fn.Name() + "() ([]byte, error)"
	case is(params, "[]byte") && is(results, "error"):
		return fn.Name() + "(position []byte) error"
	case is(params, "[]uint64") && is(results, "error"):
		return fn.Name() + "(ids []uint64) error"
	}
	return ""
}
