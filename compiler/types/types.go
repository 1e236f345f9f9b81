// Package types holds the types of the language and what follows from a type alone:
// equality, whether it can be hashed or compared, how it is written.
package types

import (
	"slices"
	"strings"
)

// Kind is the outermost shape of a type.
type Kind int

// The kinds of types.
const (
	Invalid Kind = iota // of an expression in which an error was already reported; equal to everything
	Bool
	Int
	Float
	String
	Bytes
	Time
	Duration
	Decimal
	JSON     // any value of JSON
	List     // Elem
	Map      // Key, Elem
	Record   // Name, Fields
	Enum     // Name, Values
	Regex    // a regular expression: of params and of arguments, never of a tuple
	Optional // Elem
	None     // the type of the literal none, assignable to every optional
	Var      // a type variable of a library function's signature: Name
)

// Type is a type of the language. Types are compared with Equal, never by pointer.
type Type struct {
	Kind   Kind
	Name   string  // of Record ("" where it has none), Enum and Var
	Key    *Type   // of Map
	Elem   *Type   // of List, Map, Optional
	Fields []Field // of Record
	// Values are the names of an Enum's values, in the order of its declaration, which is theirs.
	Values []string
}

// Field is one named part of a record or of a stream's schema.
type Field struct {
	Name string
	Type *Type
}

// The types without parts.
var (
	TInvalid  = &Type{Kind: Invalid}
	TBool     = &Type{Kind: Bool}
	TInt      = &Type{Kind: Int}
	TFloat    = &Type{Kind: Float}
	TString   = &Type{Kind: String}
	TBytes    = &Type{Kind: Bytes}
	TTime     = &Type{Kind: Time}
	TDuration = &Type{Kind: Duration}
	TDecimal  = &Type{Kind: Decimal}
	TJSON     = &Type{Kind: JSON}
	TNone     = &Type{Kind: None}
	TRegex    = &Type{Kind: Regex}
)

// ListOf returns []elem.
func ListOf(elem *Type) *Type { return &Type{Kind: List, Elem: elem} }

// MapOf returns map[key]elem.
func MapOf(key, elem *Type) *Type { return &Type{Kind: Map, Key: key, Elem: elem} }

// OptionalOf returns elem?; an optional of an optional is the optional itself.
func OptionalOf(elem *Type) *Type {
	if elem.Kind == Optional {
		return elem
	}
	return &Type{Kind: Optional, Elem: elem}
}

// Equal reports whether t and u are the same type. Records are equal when their
// fields are, by name, in any order. Invalid equals everything, so that one error is reported once.
func (t *Type) Equal(u *Type) bool {
	if t.Kind == Invalid || u.Kind == Invalid {
		return true
	}
	if t.Kind != u.Kind {
		return false
	}
	switch t.Kind {
	case List, Optional:
		return t.Elem.Equal(u.Elem)
	case Map:
		return t.Key.Equal(u.Key) && t.Elem.Equal(u.Elem)
	case Var:
		return t.Name == u.Name
	case Enum:
		return t.Name == u.Name && slices.Equal(t.Values, u.Values)
	case Record:
		if len(t.Fields) != len(u.Fields) {
			return false
		}
		for _, f := range t.Fields {
			g := u.Field(f.Name)
			if g == nil || !f.Type.Equal(g) {
				return false
			}
		}
	}
	return true
}

// Field returns the type of a record's field, or nil.
func (t *Type) Field(name string) *Type {
	for _, f := range t.Fields {
		if f.Name == name {
			return f.Type
		}
	}
	return nil
}

// Hashable reports whether values of t may be grouping fields, state keys and map keys.
// Floats are not: NaN differs from itself, and -0 equals 0. Nor is json: one value has many texts.
func (t *Type) Hashable() bool {
	switch t.Kind {
	case Invalid, Bool, Int, Decimal, String, Bytes, Time, Duration, Enum:
		return true
	case Record:
		for _, f := range t.Fields {
			if !f.Type.Hashable() {
				return false
			}
		}
		return true
	}
	return false
}

// String writes the type as the language does.
func (t *Type) String() string {
	switch t.Kind {
	case Bool:
		return "bool"
	case Int:
		return "int"
	case Float:
		return "float"
	case String:
		return "string"
	case Bytes:
		return "bytes"
	case Time:
		return "time"
	case Duration:
		return "duration"
	case Decimal:
		return "decimal"
	case JSON:
		return "json"
	case None:
		return "none"
	case Regex:
		return "regex"
	case Var, Enum:
		return t.Name
	case List:
		return "[]" + t.Elem.String()
	case Map:
		return "map[" + t.Key.String() + "]" + t.Elem.String()
	case Optional:
		return t.Elem.String() + "?"
	case Record:
		if t.Name != "" {
			return t.Name
		}
		return Schema(t.Fields)
	}
	return "?"
}

// Schema writes fields as `(a int, b string)`.
func Schema(fields []Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.Name + " " + f.Type.String()
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
