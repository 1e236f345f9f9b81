package compiler

import (
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// paramTypes are the types that a flag, an environment variable and a config file can give.
var paramTypes = map[types.Kind]bool{
	types.Bool: true, types.Int: true, types.Float: true, types.Decimal: true, types.String: true, types.Time: true, types.Duration: true,
	types.Enum: true, types.Regex: true,
}

// ownFlags are the flags of every built binary, which a param can't take over.
var ownFlags = map[string]bool{
	"store": true, "guarantee": true, "transport": true, "listen": true, "metrics": true, "config": true, "help": true, "h": true, "version": true, "v": true,
}

// resolveValues gives params and constants their types and values.
func (c *compilation) resolveValues() {
	flags := map[string]*valueSymbol{}
	for _, v := range c.valueOrder {
		c.resolveValue(v)
		if v.param == nil {
			continue
		}
		// Environment variables know no case: two params must differ by more.
		if first := flags[strings.ToUpper(v.name.Name)]; first != nil {
			c.err(reservedName, v.name.Span(), "params %s and %s have the same environment variable", first.name.Name, v.name.Name).
				related(first.name.Span(), "the other one").help("rename one of them")
			continue
		}
		flags[strings.ToUpper(v.name.Name)] = v
		c.fileOfSecret(v)
		if ownFlags[v.name.Name] {
			c.err(reservedName, v.name.Span(), "param %s would hide the flag --%s, which every topology has", v.name.Name, v.name.Name).
				help("give the param another name")
		}
	}
}

func (c *compilation) resolveValue(v *valueSymbol) {
	switch {
	case v.state == resolved:
	case v.home != c.module:
		c.in(v.home).resolveValue(v)
		return
	case v.state == underway:
		c.err(constCycle, v.name.Span(), "constant %s needs its own value", v.name.Name)
		v.state = resolved
	case v.given != nil:
		v.state = underway
		c.graphValue(v)
	case v.param != nil:
		v.state = underway
		c.resolveParam(v)
	case v.konst != nil:
		v.state = underway
		e := &env{compilation: c, constant: "the value of a const"}
		x := e.expr(v.konst.Value, nil)
		if v.state == resolved {
			return // it needs itself
		}
		if x.Type().Kind == types.None || x.Type().Kind == types.Optional {
			c.err(typeUnknown, v.konst.Value.Span(), "a constant can't be missing")
			x = invalid(v.konst.Value)
		}
		x = e.computed(v.konst.Value, x)
		v.value, v.typ = x, x.Type()
	}
	v.state = resolved
}

func (c *compilation) resolveParam(v *valueSymbol) {
	d := v.param
	if t := d.Type; t != nil && t.Name != nil && t.Name.Name == regexWord && !t.Optional {
		v.typ = types.TRegex
	} else {
		v.typ = c.typeOf(t)
	}
	if item := v.typ; item.Kind != types.Invalid && !paramTypes[item.Kind] && (item.Kind != types.List || item.Elem.Kind != types.Invalid && !paramTypes[item.Elem.Kind]) {
		c.err(typeNotAllowed, d.Type.Span(), "a param can't be a %s", v.typ).
			note("a param is given as a flag, an environment variable or a line of a config file").
			help("use bool, int, float, decimal, string, time, duration, regex or an enum, or a list of them such as []string")
		v.typ = types.TInvalid
	}
	v.ir = &ir.Param{Name: d.Name.Name, Doc: d.Docs(), Type: v.typ, Secret: d.Secret, Span: d.Span()}
	if d.Default != nil {
		e := &env{compilation: c, constant: "the default of a param"}
		if v.typ.Kind == types.Regex {
			v.ir.Default = e.regexArg(d.Default, "param "+d.Name.Name)
		} else {
			v.ir.Default = e.computed(d.Default, e.value(d.Default, v.typ, "param "+d.Name.Name))
		}
		v.used = v.used || v.ir.Default == nil || isInvalid(v.ir.Default)
		if d.Secret {
			c.err(typeNotAllowed, d.Default.Span(), "a secret param has no default").
				note("the text of a topology is part of its binary, for everyone to read").
				help("take the default out: whoever runs it gives the value")
		}
	}
	c.program.Params = append(c.program.Params, v.ir)
}
