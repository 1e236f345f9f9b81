package parser_test

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/lang/ast"
)

// dump writes a tree as s-expressions: expressions and types on one line, declarations and statements on lines of their own.
func dump(f *ast.File) string {
	var b strings.Builder
	for _, d := range f.Decls {
		b.WriteString(sexpr(reflect.ValueOf(d), 0))
		b.WriteString("\n")
	}
	return b.String()
}

// sexpr dumps any node: what needs another form than its fields in their order comes first.
func sexpr(v reflect.Value, depth int) string {
	if !v.IsValid() || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
		return "_"
	}
	switch n := v.Interface().(type) {
	case *ast.Ident:
		return n.Name
	case *ast.Name:
		return n.Name
	case *ast.Literal:
		return n.Text
	case *ast.String:
		return str(n, depth)
	case *ast.Type:
		return typ(n)
	case *ast.Binary:
		return fmt.Sprintf("(%s %s %s)", n.Op, expr(n.X, depth), expr(n.Y, depth))
	case *ast.Unary:
		return fmt.Sprintf("(%s %s)", n.Op, expr(n.X, depth))
	case *ast.Select:
		op := "."
		if n.Optional {
			op = "?."
		}
		return fmt.Sprintf("(%s %s %s)", op, expr(n.X, depth), n.Field.Name)
	case *ast.Arg:
		s := expr(n.Value, depth)
		if n.Spread {
			s = ".." + s
		}
		if n.Name != nil {
			s = n.Name.Name + ": " + s
		}
		return s
	case *ast.Block:
		return block(n, depth)
	case *ast.MatchStmt:
		return sexpr(reflect.ValueOf(n.Match), depth)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return sexpr(v.Elem(), depth)
	case reflect.String:
		return v.String()
	case reflect.Slice:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, sexpr(v.Index(i), depth))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case reflect.Struct:
		return structure(v, depth)
	}
	return fmt.Sprint(v.Interface())
}

func expr(x ast.Expr, depth int) string { return sexpr(reflect.ValueOf(x), depth) }

// structure dumps the fields that are set, with their names.
func structure(v reflect.Value, depth int) string {
	out := "(" + v.Type().Name()
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		switch {
		case name == "Doc":
			if text := f.Field(0).String(); text != "" {
				out += " doc=" + strconv.Quote(text)
			}
		case name == "Node", f.IsZero():
		case f.Kind() == reflect.Bool:
			out += " " + strings.ToLower(name)
		default:
			out += " " + strings.ToLower(name) + "=" + sexpr(f, depth)
		}
	}
	return out + ")"
}

func block(b *ast.Block, depth int) string {
	out := "{"
	for _, s := range b.Stmts {
		out += "\n" + strings.Repeat("  ", depth+1) + sexpr(reflect.ValueOf(s), depth+1)
	}
	return out + "}"
}

func str(s *ast.String, depth int) string {
	out := "(str"
	for _, p := range s.Parts {
		if p.Expr != nil {
			out += " {" + expr(p.Expr, depth) + "}"
		} else {
			out += " " + strconv.Quote(p.Text)
		}
	}
	return out + ")"
}

func typ(t *ast.Type) string {
	out := ""
	switch {
	case t.List != nil:
		out = "[]" + typ(t.List)
	case t.Map != nil:
		out = "map[" + typ(t.Map.Key) + "]" + typ(t.Map.Value)
	case t.Name != nil:
		out = t.Name.Name
	}
	if t.Optional {
		out += "?"
	}
	return out
}
