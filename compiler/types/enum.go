package types

import "slices"

// EnumOf returns the enum of that name with these values.
func EnumOf(name string, values []string) *Type {
	return &Type{Kind: Enum, Name: name, Values: values}
}

// Value returns the position of an enum's value, or -1.
func (t *Type) Value(name string) int { return slices.Index(t.Values, name) }

// Enum returns the enum that t is, or is the optional of; nil where it is none.
func (t *Type) Enum() *Type {
	switch {
	case t == nil:
		return nil
	case t.Kind == Optional:
		return t.Elem.Enum()
	case t.Kind == Enum:
		return t
	}
	return nil
}
