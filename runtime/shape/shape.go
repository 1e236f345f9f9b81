// Package shape knows what the bytes are that a bolt keeps from run to run.
//
// What a bolt's tasks hand over (component.Kept) is written by generated code, without a word on what it is: a shape, which stands once in the store, says that. With
// it these bytes are read by what does not know the program: to show them and take them along as JSON (text.go), and to make of them what another version of the
// program keeps, where that is more or wider (evolve.go).
package shape

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is what a type is.
type Kind byte

// The kinds of types.
const (
	Bool Kind = iota
	Int
	Float
	Decimal
	String
	Bytes
	Time
	Duration
	JSON
	List
	Map
	Option
	Record
	Enum
)

var words = []string{"bool", "int", "float", "decimal", "string", "bytes", "time", "duration", "json"}

// Type is the type of a value.
type Type struct {
	Kind      Kind
	Key, Elem *Type
	Fields    []Field  // of a record, in the order of their names
	Values    []string // of an enum
	text      string
}

// Field is a field of a record, or of a key.
type Field struct {
	Name string
	Type *Type
}

// String is how the type is written in the language.
func (t *Type) String() string {
	switch t.Kind {
	case List:
		return "[]" + t.Elem.String()
	case Option:
		return t.Elem.String() + "?"
	case Map:
		return "map[" + t.Key.String() + "]" + t.Elem.String()
	case Record:
		var parts []string
		for _, f := range t.Fields {
			parts = append(parts, f.Name+" "+f.Type.String())
		}
		return "(" + strings.Join(parts, ", ") + ")"
	case Enum:
		name, _, _ := strings.Cut(t.text, "{")
		return name
	}
	return t.text
}

// State is what is kept under one name.
type State struct {
	Name string
	Type *Type
	Key  []Field // nil: there is one in each task
	TTL  bool
	// Shared says that it is the same in all tasks.
	Shared bool
}

// Shape is what a bolt keeps.
type Shape struct {
	States []State
	After  int  // timers of keys
	Live   bool // rows say whether their key is live
	Gone   bool // keys are deleted
}

// Parse reads what Shape of a bolt says.
func Parse(text string) (*Shape, error) {
	s := &Shape{}
	for _, part := range split(text, ", ") {
		switch part {
		case "after":
			s.After++
			continue
		case "live":
			s.Live = true
			continue
		case "gone":
			s.Gone = true
			continue
		}
		words := split(part, " ")
		if len(words) < 3 || words[0] != "state" {
			return nil, fmt.Errorf("%q is not what a bolt keeps", part)
		}
		t, err := parseType(words[2])
		if err != nil {
			return nil, err
		}
		st := State{Name: words[1], Type: t}
		words = words[3:]
		if n := len(words); n > 0 && words[n-1] == "ttl" {
			st.TTL, words = true, words[:n-1]
		}
		switch {
		case len(words) == 1 && words[0] == "shared":
			st.Shared = true
		case len(words) > 2 && words[0] == "per" && len(words)%2 == 1:
			for i := 1; i < len(words); i += 2 {
				k, err := parseType(words[i+1])
				if err != nil {
					return nil, err
				}
				st.Key = append(st.Key, Field{words[i], k})
			}
		case len(words) > 0:
			return nil, fmt.Errorf("%q is not what a bolt keeps", part)
		}
		s.States = append(s.States, st)
	}
	return s, nil
}

// split cuts a text where a separator stands outside of brackets.
func split(text, by string) (parts []string) {
	depth, from := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '(', '{', '[':
			depth++
		case ')', '}', ']':
			depth--
		}
		if depth == 0 && strings.HasPrefix(text[i:], by) {
			parts = append(parts, text[from:i])
			i += len(by) - 1
			from = i + 1
		}
	}
	return append(parts, text[from:])
}

// deepest is how deep types are nested that are read.
const deepest = 200

func parseType(text string) (*Type, error) { return parseTypeIn(text, 0) }

func parseTypeIn(text string, depth int) (t *Type, err error) {
	defer func() {
		if t != nil {
			t.text = text
		}
	}()
	bad := func() (*Type, error) { return nil, fmt.Errorf("%q is no type", text) }
	if depth > deepest {
		return bad()
	}
	if i := slices.Index(words, text); i >= 0 {
		return &Type{Kind: Kind(i)}, nil
	}
	switch {
	case strings.HasPrefix(text, "[]"), strings.HasPrefix(text, "?"):
		kind, rest := List, strings.TrimPrefix(text, "[]")
		if text[0] == '?' {
			kind, rest = Option, text[1:]
		}
		elem, err := parseTypeIn(rest, depth+1)
		if err != nil {
			return nil, err
		}
		return &Type{Kind: kind, Elem: elem}, nil
	case strings.HasPrefix(text, "map["):
		end, open := -1, 0
		for i := len("map"); i < len(text) && end < 0; i++ {
			switch text[i] {
			case '[':
				open++
			case ']':
				if open--; open == 0 {
					end = i
				}
			}
		}
		if end < 0 {
			return bad()
		}
		key, err := parseTypeIn(text[len("map["):end], depth+1)
		if err != nil {
			return nil, err
		}
		elem, err := parseTypeIn(text[end+1:], depth+1)
		if err != nil {
			return nil, err
		}
		return &Type{Kind: Map, Key: key, Elem: elem}, nil
	case strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")"):
		t := &Type{Kind: Record}
		if text == "()" {
			return t, nil
		}
		for _, f := range split(text[1:len(text)-1], ",") {
			name, of, ok := strings.Cut(f, " ")
			if !ok {
				return bad()
			}
			ft, err := parseTypeIn(of, depth+1)
			if err != nil {
				return nil, err
			}
			t.Fields = append(t.Fields, Field{name, ft})
		}
		slices.SortFunc(t.Fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
		return t, nil
	case strings.HasSuffix(text, "}") && strings.Contains(text, "{"):
		_, values, _ := strings.Cut(text[:len(text)-1], "{")
		return &Type{Kind: Enum, Values: strings.Fields(values)}, nil
	}
	return bad()
}
