package compiler

import (
	"fmt"

	"github.com/topo-lang/topo/compiler/ir"
)

// proveOwned refuses two components that would write the same file, or read the same standard input: one of them would lose
// what it writes, or miss what it should read. What only the start of a run tells, as the values of two params, is
// refused then, by component.Context.Own.
func (c *compilation) proveOwned() {
	first := map[string]*component{}
	for _, comp := range c.order {
		if comp.lib == nil || comp.ir.Call == nil {
			continue
		}
		what, words := c.owned(comp)
		if what == "" {
			continue
		}
		if before := first[what]; before != nil {
			r := c.of(comp).err(ownedTwice, comp.decl.Call.Span(), "%s belongs to %s already", words, before.ir.Name).
				related(before.decl.Call.Span(), "here first")
			if comp.ir.Kind == ir.Spout {
				r.note("each would get a part of it").help("read it once, and let both read %s", before.ir.Name)
			} else {
				r.note("what one of them writes would be lost").help("give each of them a path of its own, or join their inputs by `|`")
			}
			continue
		}
		first[what] = comp
	}
}

// owned is what a component owns, as a key and in words; empty where that is nothing, or is known at the start only.
func (c *compilation) owned(comp *component) (key, words string) {
	sig := comp.lib
	kind := sig.goPkg + "." + sig.goType + " "
	if sig.ownsText != "" {
		return kind + sig.ownsText, sig.ownsText
	}
	for _, a := range comp.ir.Call.Args {
		if sig.ownsParam == "" || a.Name != sig.ownsParam {
			continue
		}
		switch v := a.Value.(type) {
		case *ir.Const:
			return kind + fmt.Sprintf("%T %v", v.Value, v.Value), fmt.Sprint(v.Value)
		case *ir.ParamRef:
			return kind + "param " + v.Param.Name, "what param " + v.Param.Name + " names"
		}
	}
	return "", ""
}
