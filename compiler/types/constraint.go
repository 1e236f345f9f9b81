package types

// Constraint is what a generic Go function asks of the types that one of its variables may stand for.
type Constraint struct {
	Text   string // as it is shown: "comparable"
	Allows func(*Type) bool
}

// The constraints that Go has a word for.
var (
	// Comparable is Go's comparable.
	Comparable = Constraint{"comparable", func(t *Type) bool { return t.MapKey() || t.Kind == Float }}
	// Sortable is Go's cmp.Ordered.
	Sortable = Constraint{"ordered", func(t *Type) bool {
		return t.Ordered() && t.Kind != Bytes && t.Kind != Time && t.Kind != Decimal
	}}
)

// VarNames lists the type variables in a type, each once, behind those in names.
func (t *Type) VarNames(names []string) []string {
	switch t.Kind {
	case Var:
		for _, n := range names {
			if n == t.Name {
				return names
			}
		}
		return append(names, t.Name)
	case List, Optional:
		return t.Elem.VarNames(names)
	case Map:
		return t.Elem.VarNames(t.Key.VarNames(names))
	}
	return names
}
