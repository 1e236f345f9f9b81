package golang

import (
	gotypes "go/types"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/types"
)

// variables matches the type variables of a signature with the type parameters of the generic Go function or type that it names.
type variables struct {
	of   map[string]*gotypes.TypeParam // by the name in the signature
	seen map[*gotypes.TypeParam]bool   // what a parameter of the function says, so that Go finds it out at a call
}

// generic returns the package as the comparison of one generic function or type sees it.
func (p *Package) generic() *Package {
	out := *p
	out.vars = &variables{of: map[string]*gotypes.TypeParam{}, seen: map[*gotypes.TypeParam]bool{}}
	return &out
}

// variable matches a type variable with a Go type, which has to be a type parameter.
func (p *Package) variable(t *types.Type, g gotypes.Type) *Misfit {
	param, ok := gotypes.Unalias(g).(*gotypes.TypeParam)
	switch {
	case !ok:
		return misfit("%s stands for any type, and Go has %s", t.Name, p.text(g))
	case p.vars.of[t.Name] == nil:
		for _, other := range sorted(p.vars.of) {
			if p.vars.of[other] == param {
				return misfit("%s and %s are both Go's %s", other, t.Name, param.Obj().Name())
			}
		}
		p.vars.of[t.Name] = param
	case p.vars.of[t.Name] != param:
		return misfit("%s is Go's %s in one place and %s in another", t.Name, p.vars.of[t.Name].Obj().Name(), param.Obj().Name())
	}
	p.vars.seen[param] = true
	return nil
}

// notAny says why a type is no type parameter.
func (p *Package) notAny(t *types.Type, param *gotypes.TypeParam) *Misfit {
	name := param.Obj().Name()
	switch {
	case t.Vars():
		own := map[string]*types.Type{}
		for v, is := range p.vars.of {
			own[v] = &types.Type{Kind: types.Var, Name: is.Obj().Name()}
		}
		return misfit("%s %s is Go's %s, not %s", article(t), t, GoText(t.Subst(own)), name)
	case (t.Kind == types.Enum || t.Kind == types.Record) && len(t.Name) == 1:
		what := map[types.Kind]string{types.Enum: "an enum", types.Record: "a type"}[t.Kind]
		return misfit("%s is %s that is declared here, and Go's %s any: name the type variable by a letter that no type has", t, what, name)
	}
	return misfit("%s %s is one type, and Go's %s any: declare it as a type variable, a single upper-case letter such as T", article(t), t, name)
}

// core is the one type that a type parameter may have, but for its name: []E of `S ~[]E`; nil where there is none.
func core(param *gotypes.TypeParam) gotypes.Type {
	constraint, ok := param.Constraint().Underlying().(*gotypes.Interface)
	if !ok || constraint.NumEmbeddeds() != 1 || constraint.NumExplicitMethods() > 0 {
		return nil
	}
	switch t := gotypes.Unalias(constraint.EmbeddedType(0)).(type) {
	case *gotypes.Union:
		if t.Len() == 1 {
			return container(t.Term(0).Type())
		}
	default:
		return container(t)
	}
	return nil
}

// container returns a list or map that is written out, else nil.
func container(t gotypes.Type) gotypes.Type {
	switch t := gotypes.Unalias(t).(type) {
	case *gotypes.Slice, *gotypes.Map:
		return t
	}
	return nil
}

// unsaid returns the type parameter that Go could not find out from the arguments of a call; nil where there is none.
func (p *Package) unsaid(params *gotypes.TypeParamList) *gotypes.TypeParam {
	for param := range params.TypeParams() {
		if !p.vars.seen[param] {
			return param
		}
	}
	return nil
}

// constraints are what Go asks of each variable.
func (p *Package) constraints() map[string]types.Constraint {
	out := map[string]types.Constraint{}
	for name, param := range p.vars.of {
		if c := constraint(param); c.Allows != nil {
			out[name] = c
		}
	}
	return out
}

// constraint is what Go asks of a type parameter; Allows is nil where it takes any type.
func constraint(param *gotypes.TypeParam) types.Constraint {
	asked := param.Constraint()
	switch underlying := asked.Underlying().(*gotypes.Interface); {
	case underlying.Empty():
		return types.Constraint{}
	case isNamed(asked, "cmp", "Ordered"):
		return types.Sortable
	case gotypes.Identical(asked, gotypes.Universe.Lookup("comparable").Type()):
		return types.Comparable
	}
	text := gotypes.TypeString(asked, func(q *gotypes.Package) string { return q.Name() })
	return types.Constraint{Text: "`" + text + "` in Go", Allows: func(t *types.Type) bool {
		iface, ok := asked.Underlying().(*gotypes.Interface)
		own := ownType(t)
		return ok && own != nil && gotypes.Satisfies(own, iface)
	}}
}

// ownType is the Go type that values of t have where a type variable stands for it, as far as constraints tell types apart; nil of what satisfies none.
func ownType(t *types.Type) gotypes.Type {
	switch t.Kind {
	case types.Bool:
		return gotypes.Typ[gotypes.Bool]
	case types.Int:
		return gotypes.Typ[gotypes.Int64]
	case types.Float:
		return gotypes.Typ[gotypes.Float64]
	case types.String:
		return gotypes.Typ[gotypes.String]
	case types.Bytes:
		return gotypes.NewSlice(gotypes.Typ[gotypes.Byte])
	case types.Duration:
		return gotypes.NewNamed(gotypes.NewTypeName(0, nil, "Duration", nil), gotypes.Typ[gotypes.Int64], nil)
	case types.List:
		if elem := ownType(t.Elem); elem != nil {
			return gotypes.NewSlice(elem)
		}
	case types.Map:
		key, elem := ownType(t.Key), ownType(t.Elem)
		if key != nil && elem != nil {
			return gotypes.NewMap(key, elem)
		}
	}
	return nil
}

// wantVars writes the type parameters that a signature's variables ask for: `[K comparable, V any]`.
func wantVars(all ...*types.Type) string {
	var names, keys []string
	for _, t := range all {
		names = t.VarNames(names)
		keys = keyVars(t, keys)
	}
	if len(names) == 0 {
		return ""
	}
	for i, n := range names {
		if slices.Contains(keys, n) {
			names[i] += " comparable"
		} else {
			names[i] += " any"
		}
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// keyVars lists the type variables that are keys of maps.
func keyVars(t *types.Type, out []string) []string {
	switch t.Kind {
	case types.Map:
		return keyVars(t.Elem, t.Key.VarNames(out))
	case types.List, types.Optional:
		return keyVars(t.Elem, out)
	}
	return out
}

func sorted(m map[string]*gotypes.TypeParam) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
