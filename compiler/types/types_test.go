package types

import "testing"

var point = &Type{Kind: Record, Name: "Point", Fields: []Field{{"x", TInt}, {"y", TString}}}

func TestRecordsAreEqualByTheirFields(t *testing.T) {
	other := &Type{Kind: Record, Fields: []Field{{"y", TString}, {"x", TInt}}}
	if !point.Equal(other) {
		t.Error("the order and the name of records count")
	}
	if point.Equal(&Type{Kind: Record, Fields: []Field{{"x", TInt}, {"z", TString}}}) {
		t.Error("the names of fields do not count")
	}
}

func TestInvalidEqualsEverything(t *testing.T) {
	for _, u := range []*Type{TInt, ListOf(TInt), point, OptionalOf(TBool), TNone} {
		if !TInvalid.Equal(u) || !u.Equal(TInvalid) || !ListOf(TInvalid).Equal(ListOf(u)) {
			t.Errorf("invalid is not %s", u)
		}
	}
}

func TestUnify(t *testing.T) {
	v := &Type{Kind: Var, Name: "T"}
	bound := map[string]*Type{}
	if !ListOf(v).Unify(ListOf(TInt), bound) || !v.Unify(TInt, bound) || v.Unify(TString, bound) {
		t.Errorf("bound %v", bound)
	}
	if got := MapOf(TString, ListOf(v)).Subst(bound).String(); got != "map[string][]int" {
		t.Errorf("got %s", got)
	}
	if !MapOf(TString, v).Vars() || MapOf(TString, TInt).Vars() {
		t.Error("Vars does not find the variable")
	}
}

func TestWhatTypesCanDo(t *testing.T) {
	for _, c := range []struct {
		t                                *Type
		hash, key, order, print, brokent bool
	}{
		{TInt, true, true, true, true, false},
		{TBool, true, true, false, true, false},
		{TFloat, false, false, true, true, false},
		{TBytes, true, false, true, true, false},
		{ListOf(TInt), false, false, false, true, false},
		{OptionalOf(TInt), false, false, false, false, false},
		{point, true, true, false, true, false},
		{&Type{Kind: Record, Fields: []Field{{"b", TBytes}}}, true, false, false, true, false},
		{ListOf(TInvalid), false, false, false, true, true},
		{TNone, false, false, false, false, false},
	} {
		if c.t.Hashable() != c.hash || c.t.MapKey() != c.key || c.t.Ordered() != c.order || c.t.Printable() != c.print || c.t.Broken() != c.brokent {
			t.Errorf("%s: hashable %v, key %v, ordered %v, printable %v, broken %v", c.t,
				c.t.Hashable(), c.t.MapKey(), c.t.Ordered(), c.t.Printable(), c.t.Broken())
		}
	}
}

func TestString(t *testing.T) {
	for want, typ := range map[string]*Type{
		"map[string][]int": MapOf(TString, ListOf(TInt)), "int?": OptionalOf(OptionalOf(TInt)), "Point": point,
		"(x int, y string)": {Kind: Record, Fields: point.Fields},
	} {
		if got := typ.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
