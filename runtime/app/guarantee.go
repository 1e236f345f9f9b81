package app

import "github.com/topo-lang/topo/runtime/engine"

// strength orders the guarantees.
var strength = map[string]int{"none": 0, "at-least-once": 1, "exactly-once": 2}

// lowered is the guarantee of a run: what the topology was built with, or less, where less was asked for.
func (a *app) lowered(asked string) (string, []problem) {
	has := a.Guarantee
	if has == "" {
		has = "none"
	}
	level, known := strength[asked]
	switch {
	case asked == "":
		return has, nil
	case !known:
		return has, []problem{{what: "--guarantee " + quote(asked) + " is not known", help: "write none or at-least-once"}}
	case level > strength[has]:
		return has, []problem{{what: "--guarantee " + asked + ": the topology was built with guarantee " + has + ", and a run can only lower it",
			help: "write `guarantee " + asked + "` in its text and build it again: what that asks for is proven there"}}
	}
	return asked, nil
}

// tracking says how the run keeps at-least-once.
func (a *app) tracking() *engine.Tracking {
	t := &engine.Tracking{}
	if a.Settings != nil {
		s := a.Settings()
		t.Timeout, t.Pending = s.Timeout, s.Pending
	}
	return t
}
