package engine

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

// Failure is the tuples that failed at one place of the text.
type Failure struct {
	Component, Place string
	Count            int64    // of those that nobody handled
	Handled          int64    // of those that went to `.failed`
	Reasons          []string // the first different ones, sorted
}

// Failed is how many tuples failed in the whole run, and nobody handled them.
func (s *Summary) Failed() int64 {
	n := int64(0)
	for _, f := range s.Failures {
		n += f.Count
	}
	return n
}

// Report tells of failed tuples that nobody handles, while the run goes on.
type Report struct {
	Component, Place string
	Reason           string
	Tuple            string // the first one of its place, as JSON; "" where it is not known
	Count            int64  // how many since the last report: 1 for the first
}

// reportEvery is how long a place is silent between two reports, however many tuples fail at it.
const reportEvery = 10 * time.Second

// keptReasons is how many different reasons are kept for one place.
const keptReasons = 3

// failures collects failed tuples from all tasks.
type failures struct {
	mu     sync.Mutex
	at     map[[2]string]*failure // by component and place
	report func(Report)           // nil: nobody wants to know before the end
}

// failure is a Failure while the run goes on.
type failure struct {
	Failure
	told     int64 // how many of Count were reported
	reported time.Time
}

// reasons is how many different reasons are kept; of a nil one, none.
func (f *failure) reasons() int {
	if f == nil {
		return 0
	}
	return len(f.Reasons)
}

// add finds the failure of a place, and keeps the reason where it is new. Texts are copied where they are kept.
func (f *failures) add(name, place, why string) *failure {
	one := f.at[[2]string{name, place}]
	if one == nil {
		name, place = strings.Clone(name), strings.Clone(place)
		one = &failure{Failure: Failure{Component: name, Place: place}}
		f.at[[2]string{name, place}] = one
	}
	if len(one.Reasons) < keptReasons && !slices.Contains(one.Reasons, why) {
		one.Reasons = append(one.Reasons, strings.Clone(why))
	}
	return one
}

// Fail implements Failer.
func (t *Topology) Fail(component, place, why string) (show bool) {
	f := &t.failed
	f.mu.Lock()
	known := f.at[[2]string{component, place}].reasons()
	one := f.add(component, place, why)
	one.Count++
	if t.onFail != nil {
		t.onFail(StepFailed{Component: one.Component, Place: one.Place, Why: strings.Clone(why), Attempts: t.trying.take()})
	}
	if f.report == nil {
		f.mu.Unlock()
		return false
	}
	// What fails at no place in the text, such as lines of an input, has a place of its own each time: the first ones are shown.
	if one.Count == 1 || one.Place == "" && one.reasons() > known {
		one.told++
		one.reported = t.now()
		f.mu.Unlock()
		return true
	}
	var r Report
	if now := t.now(); now.Sub(one.reported) >= reportEvery {
		r = Report{Component: one.Component, Place: one.Place, Reason: strings.Clone(why), Count: one.Count - one.told}
		one.told, one.reported = one.Count, now
	}
	f.mu.Unlock()
	if r.Count > 0 {
		f.report(r)
	}
	return false
}

// Show implements Failer.
func (t *Topology) Show(component, place, why, tuple string) {
	if t.failed.report != nil {
		t.failed.report(Report{Component: component, Place: place, Reason: why, Tuple: tuple, Count: 1})
	}
}

// Handled implements Failer.
func (t *Topology) Handled(component, place, why string) {
	t.failed.mu.Lock()
	defer t.failed.mu.Unlock()
	one := t.failed.add(component, place, why)
	one.Handled++
	if t.onFail != nil {
		t.onFail(StepFailed{Component: one.Component, Place: one.Place, Why: strings.Clone(why), Attempts: t.trying.take(), Handled: true})
	}
}

// failTuple is the Fail of a component's Context where nothing takes its failed tuples. Their places may be as many as the tuples are: they
// are counted together, and stand in the reasons.
func (t *Topology) failTuple(name string) func(component.Failed) {
	return func(f component.Failed) {
		why := f.Reason
		if f.Place != "" {
			why = f.Place + ": " + why
		}
		if t.Fail(name, "", why) {
			t.Show(name, "", why, f.Tuple)
		}
	}
}

func (f *failures) sorted() []Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []Failure
	for _, one := range f.at {
		one := one.Failure
		one.Reasons = slices.Sorted(slices.Values(one.Reasons))
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Failure) int {
		return cmp.Or(cmp.Compare(a.Component, b.Component), cmp.Compare(a.Place, b.Place))
	})
	return all
}
