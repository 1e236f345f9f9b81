package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// regexWord is a type that params and the signatures of libraries know.
const regexWord = "regex"

// foreignTypes are other languages' words for ours.
var foreignTypes = map[string]string{
	"integer": "int", "int8": "int", "int16": "int", "int32": "int", "int64": "int", "long": "int", "bigint": "int",
	"uint": "int", "uint8": "int", "uint32": "int", "uint64": "int", "byte": "int", "short": "int", "number": "float",
	"float32": "float", "float64": "float", "double": "float", "real": "float",
	"str": "string", "text": "string", "varchar": "string", "char": "string", "String": "string",
	"boolean": "bool", "Boolean": "bool", "Integer": "int", "Long": "int", "Double": "float",
	"money": "decimal", "Decimal": "decimal", "BigDecimal": "decimal", "numeric": "decimal",
	"timestamp": "time", "datetime": "time", "date": "time", "Time": "time", "interval": "duration", "blob": "bytes", "JSON": "json", "jsonb": "json", "object": "json",
}

// resolveTypes gives every `type` its record.
func (c *compilation) resolveTypes() {
	for _, t := range c.typeOrder {
		c.resolveType(t)
	}
}

func (c *compilation) resolveType(t *typeSymbol) {
	if t.state == resolved {
		return
	}
	if t.state == underway {
		c.err(typeCycle, t.name.Span(), "type %s contains itself", t.name.Name).
			help("hold the parts in a list or a map of strings or numbers instead")
		return
	}
	t.state = underway
	c = c.in(t.home)
	fields := c.fields(t.decl.Fields)
	if len(fields) == 0 && len(t.decl.Fields) == 0 {
		c.err(badShape, t.name.Span(), "type %s has no fields", t.name.Name)
	}
	t.typ = &types.Type{Kind: types.Record, Name: t.name.Name, Fields: fields}
	t.state = resolved
}

// fields resolves the fields of a record or of a stream.
func (c *compilation) fields(list []*ast.Field) []types.Field {
	var out []types.Field
	first := map[string]*ast.Ident{}
	for _, f := range list {
		if prev := first[f.Name.Name]; prev != nil {
			c.again("field", f.Name, prev)
			continue
		}
		first[f.Name.Name] = f.Name
		if f.Default != nil {
			c.err(badShape, f.Default.Span(), "a field has no default").help("give the value where the record is made")
		}
		if f.In != nil {
			c.err(badShape, f.In.Span(), "allowed values (`in [...]`) stand in the signatures of components only").help("an `enum` is a type of a fixed set of values")
		}
		if f.PerTuple {
			c.err(badShape, f.Span(), "`per tuple` stands in signatures only")
		}
		out = append(out, types.Field{Name: f.Name.Name, Type: c.fieldType(f, false)})
	}
	return out
}

// typeOf resolves a written type.
func (c *compilation) typeOf(t *ast.Type) *types.Type { return c.typeAs(t, false) }

// typeAs is typeOf; where inGo is set it is of a function in Go, whose types may be regex, and have variables: words of one upper-case letter.
func (c *compilation) typeAs(t *ast.Type, inGo bool) *types.Type {
	if t == nil {
		return types.TInvalid
	}
	var out *types.Type
	switch {
	case t.List != nil:
		out = types.ListOf(c.typeAs(t.List, inGo))
	case t.Map != nil:
		key := c.typeAs(t.Map.Key, inGo)
		if key.Kind != types.Var && !key.MapKey() {
			c.err(badMapKey, t.Map.Key.Span(), "a %s can't be the key of a map", key).
				note("%s", whyNoKey(key)).help("use a string or an int")
			key = types.TInvalid
		}
		out = types.MapOf(key, c.typeAs(t.Map.Value, inGo))
	case t.Library != nil:
		out = c.libraryType(t.Library, t.Name)
	case t.Name != nil && inGo && t.Name.Name == regexWord:
		out = types.TRegex
	case t.Name != nil && inGo && isVariable(t.Name.Name) && c.types[t.Name.Name] == nil:
		out = &types.Type{Kind: types.Var, Name: t.Name.Name}
	case t.Name != nil:
		out = c.namedType(t.Name)
	default:
		return types.TInvalid
	}
	if t.Optional && out.Kind != types.Invalid {
		out = types.OptionalOf(out)
	}
	return out
}

// isVariable reports whether a word can be a type variable.
func isVariable(word string) bool { return len(word) == 1 && word[0] >= 'A' && word[0] <= 'Z' }

func (c *compilation) namedType(name *ast.Ident) *types.Type {
	word := name.Name
	if t := types.Basic(word); t != nil {
		return t
	}
	if s := c.types[word]; s != nil {
		c.noteHome(s.home)
		c.resolveType(s)
		return s.typ
	}
	switch {
	case c.ambiguous("type", word, name.Span()):
	case word == regexWord:
		c.err(typeNotAllowed, name.Span(), "a regex is the type of a param, or of an argument that a library's function takes").
			help("carry the text that it is to match")
	case isVariable(word):
		c.err(unknownType, name.Span(), "unknown type %s", word).
			help("a type variable, a single upper-case letter, stands in the signature of a function in Go; here the type is written")
	case word == "field" || word == "any":
		c.err(typeNotAllowed, name.Span(), "%s stands in the signatures of libraries only", word)
	case foreignTypes[word] != "":
		ours := foreignTypes[word]
		c.err(unknownType, name.Span(), "unknown type %s", word).fix(name.Span(), ours, "write `%s`", ours)
	case c.nameless["type"]:
	default:
		c.err(unknownType, name.Span(), "unknown type %s", word).
			choose(name.Span(), word, "types", append(types.BasicNames(), keysOf(c.types)...))
	}
	return types.TInvalid
}

// swapped is the name of a field that stands behind its type, where it does: `(int n)`.
func swapped(f *ast.Field) string {
	if f.Type != nil && f.Type.Name != nil && f.Type.Library == nil && (types.Basic(f.Name.Name) != nil || foreignTypes[f.Name.Name] != "") && types.Basic(f.Type.Name.Name) == nil {
		return f.Type.Name.Name
	}
	return ""
}

// fieldType resolves the type of a field.
func (c *compilation) fieldType(f *ast.Field, inGo bool) *types.Type {
	if name := swapped(f); name != "" && c.types[name] == nil && !isVariable(name) {
		ours := f.Name.Name
		if foreignTypes[ours] != "" {
			ours = foreignTypes[ours]
		}
		text := name + " " + ours
		c.err(unknownType, f.Type.Span(), "unknown type %s", name).note("the name of a field stands before its type").
			fix(f.Name.Span().To(f.Type.Span()), text, "write `%s`", text)
		return types.TInvalid
	}
	return c.typeAs(f.Type, inGo)
}

// libraryType resolves `common.Hit`.
func (c *compilation) libraryType(lib, name *ast.Ident) *types.Type {
	m := c.anyLibrary(lib.Name)
	if m == nil {
		c.unknownLibrary(lib)
		return types.TInvalid
	}
	s := m.types[name.Name]
	if s == nil || s.home != m || strings.HasPrefix(name.Name, "_") {
		var names []string
		for _, t := range m.typeOrder {
			names = append(names, t.name.Name)
		}
		c.err(unknownType, name.Span(), "library %s has no type %s", lib.Name, name.Name).
			choose(name.Span(), name.Name, "its types", names)
		return types.TInvalid
	}
	c.resolveType(s)
	return s.typ
}

// unknownLibrary reports a library that is not known here.
func (c *compilation) unknownLibrary(lib *ast.Ident) {
	if slices.Contains(c.unloaded, lib.Name) || c.brokenNames[lib.Name] {
		return // reported
	}
	r := c.err(unknownLibrary, lib.Span(), "unknown library %s", lib.Name).
		choose(lib.Span(), lib.Name, "libraries", c.libraryNames())
	if r.Help == "" {
		r.help("a library of your own is named by its folder: `use \"./%s\"`", lib.Name)
	}
}

// whyNoKey says why a type can't be hashed.
func whyNoKey(t *types.Type) string {
	switch t.Kind {
	case types.Float:
		return "a float can't be hashed: NaN differs from itself, and -0 equals 0"
	case types.List, types.Map, types.Bytes:
		return "a " + t.String() + " can change, and its hash with it"
	case types.JSON:
		return "one value of json can be written in many ways: take the part that tells them apart, such as `string(j?.id)!`"
	case types.Optional:
		return "a " + t.String() + " may be missing: unwrap it first"
	case types.Record:
		for _, f := range t.Fields {
			if !f.Type.MapKey() {
				return "its field " + f.Name + " is a " + f.Type.String()
			}
		}
	}
	return "only bool, int, decimal, string, time, duration, enums, and records of them are keys"
}
