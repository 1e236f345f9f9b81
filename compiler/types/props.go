package types

// basic holds the types that are one word.
var basic = map[string]*Type{
	"bool": TBool, "int": TInt, "float": TFloat, "string": TString, "bytes": TBytes, "time": TTime, "duration": TDuration,
	"decimal": TDecimal, "json": TJSON,
}

// Basic returns the type of a word such as int, or nil.
func Basic(word string) *Type { return basic[word] }

// BasicNames are the words that Basic knows, as candidates for suggestions.
func BasicNames() []string {
	return []string{"bool", "bytes", "decimal", "duration", "float", "int", "json", "string", "time"}
}

// Ordered reports whether < and the like compare values of t.
func (t *Type) Ordered() bool {
	switch t.Kind {
	case Invalid, Int, Float, Decimal, String, Bytes, Time, Duration, Enum:
		return true
	}
	return false
}

// Printable reports whether "{x}" may hold a value of t: everything but what may be missing.
func (t *Type) Printable() bool {
	return t.Kind != Optional && t.Kind != None
}

// MapKey reports whether t may be the key of a map: what can be hashed, but bytes, which can change.
func (t *Type) MapKey() bool {
	if t.Kind == Record {
		for _, f := range t.Fields {
			if !f.Type.MapKey() {
				return false
			}
		}
		return true
	}
	return t.Hashable() && t.Kind != Bytes
}

// Vars reports whether t holds a type variable.
func (t *Type) Vars() bool {
	switch t.Kind {
	case Var:
		return true
	case List, Optional:
		return t.Elem.Vars()
	case Map:
		return t.Key.Vars() || t.Elem.Vars()
	}
	return false
}

// Broken reports whether t is, or holds, Invalid.
func (t *Type) Broken() bool {
	switch t.Kind {
	case Invalid:
		return true
	case List, Optional:
		return t.Elem.Broken()
	case Map:
		return t.Key.Broken() || t.Elem.Broken()
	case Record:
		for _, f := range t.Fields {
			if f.Type.Broken() {
				return true
			}
		}
	}
	return false
}

// Unify binds the variables of the signature's type t so that it equals u; false where it can't.
// Bindings made before stay.
func (t *Type) Unify(u *Type, bound map[string]*Type) bool {
	if t.Kind == Invalid || u.Kind == Invalid {
		return true
	}
	if t.Kind == Var {
		if b := bound[t.Name]; b != nil {
			return b.Equal(u)
		}
		bound[t.Name] = u
		return true
	}
	if t.Kind != u.Kind {
		return false
	}
	switch t.Kind {
	case List, Optional:
		return t.Elem.Unify(u.Elem, bound)
	case Map:
		return t.Key.Unify(u.Key, bound) && t.Elem.Unify(u.Elem, bound)
	}
	return t.Equal(u)
}

// Subst returns t with its variables replaced; those that are not bound stay.
func (t *Type) Subst(bound map[string]*Type) *Type {
	switch t.Kind {
	case Var:
		if b := bound[t.Name]; b != nil {
			return b
		}
	case List:
		return ListOf(t.Elem.Subst(bound))
	case Optional:
		return OptionalOf(t.Elem.Subst(bound))
	case Map:
		return MapOf(t.Key.Subst(bound), t.Elem.Subst(bound))
	}
	return t
}
