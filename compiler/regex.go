package compiler

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// regexArg types an argument that is a regular expression: a constant text, which is compiled here to see that it is one, or a
// param of the type regex.
func (e *env) regexArg(x ast.Expr, taker string) ir.Expr {
	if n, ok := unparen(x).(*ast.Name); ok && e.lookup(n.Name) == nil && e.body.state(n.Name) == nil && e.alias(n.Name) == nil {
		if v := e.values[n.Name]; v != nil && v.param != nil {
			if e.resolveValue(v); v.typ.Kind == types.Regex && e.constant == "" {
				v.used, v.needed = true, true
				return &ir.ParamRef{Typed: typed(v.typ, x), Param: v.ir}
			}
		}
	}
	v := e.expr(x, types.TString)
	if isInvalid(v) {
		return invalid(x)
	}
	c, isConst := ir.Constant(v)
	text, isText := c.(string)
	switch {
	case v.Type().Kind == types.Optional && v.Type().Elem.Kind == types.String, v.Type().Kind == types.String && !isConst:
		e.err(badRegex, x.Span(), "%s is a regular expression, which must be known when the topology is compiled", taker).
			help("write it as a raw string, or take it from a param: `param pattern regex`")
		return invalid(x)
	case !isText:
		e.err(mismatch, x.Span(), "%s is a regular expression, this is a %s", taker, v.Type()).help("write it as a raw string: `^[a-z]+$`")
		return invalid(x)
	}
	if _, err := regexp.Compile(text); err != nil {
		e.reportRegex(x, text, err)
		return invalid(x)
	}
	return &ir.Const{Typed: typed(types.TRegex, x), Value: ir.Regex(text)}
}

// reportRegex reports why a text is no regular expression, at the part of it that is wrong where that stands in a raw string.
func (e *env) reportRegex(x ast.Expr, text string, err error) {
	var bad *syntax.Error
	if !errors.As(err, &bad) {
		e.err(badRegex, x.Span(), "this is no regular expression: %s", err.Error())
		return
	}
	at := x.Span()
	if lit, ok := unparen(x).(*ast.Literal); ok && lit.Kind == ast.RawLit {
		if from, to := regexPart(text, bad); from >= 0 {
			at = lit.Span()
			at.Start, at.End = at.Start+1+from, at.Start+1+to
		}
	}
	r := e.err(badRegex, at, "this is no regular expression: %s", bad.Code.String())
	inside := at != x.Span()
	switch bad.Code {
	case syntax.ErrMissingParen:
		r.help("close it, or write `\\(` for the character itself")
		if inside {
			r.label("opened here, never closed")
		}
	case syntax.ErrUnexpectedParen:
		r.help("write `\\)` for the character itself")
		if inside {
			r.label("closes nothing")
		}
	case syntax.ErrMissingRepeatArgument:
		r.help("write `\\%s` for the character itself", bad.Expr[:1])
	case syntax.ErrInvalidPerlOp, syntax.ErrInvalidEscape:
		r.note("regular expressions are those of RE2, which match in linear time: there is no looking ahead or back, and no \\1")
	}
}

// regexPart finds what is wrong in a regular expression; from is -1 where it can't be told.
func regexPart(text string, bad *syntax.Error) (from, to int) {
	switch bad.Code {
	case syntax.ErrMissingParen:
		if i := openParen(text); i >= 0 {
			return i, i + 1
		}
	case syntax.ErrUnexpectedParen:
		for i := range len(text) {
			if text[i] == ')' {
				var err *syntax.Error
				if _, e := syntax.Parse(text[:i+1], syntax.Perl); errors.As(e, &err) && err.Code == syntax.ErrUnexpectedParen {
					return i, i + 1
				}
			}
		}
	default:
		if i := strings.LastIndex(text, bad.Expr); i >= 0 && bad.Expr != "" {
			return i, i + len(bad.Expr)
		}
	}
	return -1, -1
}

// openParen is where the last parenthesis that is not closed stands, or -1.
func openParen(text string) int {
	var open []int
	class := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
			if rest := strings.TrimPrefix(text[i+1:], "^"); strings.HasPrefix(rest, "]") {
				i = len(text) - len(rest)
			}
		case c == '(':
			open = append(open, i)
		case c == ')' && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return -1
	}
	return open[len(open)-1]
}

// capture types `capture(text, regex)`: a record of the regular expression's named groups, missing where the text does not match.
func (e *env) capture(x *ast.Call) ir.Expr {
	args, ok := e.arrange("capture", []string{"s", "re"}, "capture(s string, re regex) -> (group string, ...)?", x)
	if !ok {
		return invalid(x)
	}
	text := e.value(args[0].Value, types.TString, "argument s of capture")
	re := e.regexArg(args[1].Value, "argument re of capture")
	if isInvalid(re) {
		return invalid(x)
	}
	c, isConst := re.(*ir.Const)
	if !isConst {
		e.err(badGroups, args[1].Span(), "the groups of a param's regular expression are not known when the topology is compiled").
			help("write it here; `matches`, `find_first` and `find_all` take params too")
		return invalid(x)
	}
	groups := groupsOf(string(c.Value.(ir.Regex)))
	if len(groups) == 0 {
		e.err(badGroups, args[1].Span(), "this regular expression names no groups, so there is nothing to capture").
			help("name them: `(?<user>\\w+)`; `matches(s, re)` only asks whether there is a match")
		return invalid(x)
	}
	rec := &types.Type{Kind: types.Record}
	out := &ir.Capture{X: text, Regex: c}
	for _, g := range groups {
		if rec.Field(g.name) != nil {
			e.err(badGroups, e.groupSpan(args[1].Value, g.name), "two groups are named %s", g.name).help("give one of them another name")
			return invalid(x)
		}
		if g.name == "_" || g.name[0] >= '0' && g.name[0] <= '9' {
			e.err(badGroups, e.groupSpan(args[1].Value, g.name), "group %s can't be a field: names begin with a letter", g.name).
				help("give the group another name, or none: `(?:...)`")
			return invalid(x)
		}
		t := types.TString
		if g.optional {
			t = types.OptionalOf(t)
		}
		rec.Fields = append(rec.Fields, types.Field{Name: g.name, Type: t})
		out.Groups = append(out.Groups, g.index)
	}
	if isInvalid(text) {
		return invalid(x)
	}
	out.Typed = typed(types.OptionalOf(rec), x)
	return out
}

// groupSpan is where a group's name stands in a raw string, or all of the argument.
func (e *env) groupSpan(x ast.Expr, name string) source.Span {
	at := x.Span()
	if i := strings.LastIndex(e.text(at), "<"+name+">"); i >= 0 {
		at.Start += i + 1
		at.End = at.Start + len(name)
	}
	return at
}

// group is a named group of a regular expression; optional says that a match may go without it.
type group struct {
	name     string
	index    int
	optional bool
}

// groupsOf lists the named groups of a regular expression in the order of the text.
func groupsOf(text string) []group {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil // reported
	}
	var out []group
	var walk func(re *syntax.Regexp, optional bool)
	walk = func(re *syntax.Regexp, optional bool) {
		switch re.Op {
		case syntax.OpCapture:
			if re.Name != "" {
				out = append(out, group{re.Name, re.Cap, optional})
			}
		case syntax.OpStar, syntax.OpQuest, syntax.OpAlternate:
			optional = true
		case syntax.OpRepeat:
			optional = optional || re.Min == 0
		}
		for _, sub := range re.Sub {
			walk(sub, optional)
		}
	}
	walk(re, false)
	return out
}
