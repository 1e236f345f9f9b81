package trial

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/topo-lang/topo/runtime/engine"
)

// Start is what the clock of every test begins with.
var Start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Test is one test of a topology.
type Test struct {
	Name, Place string
	Run         func(t *T)
}

// Failure is something that is not as it was expected.
type Failure struct {
	Place   string   `json:"place"` // file:line
	Message string   `json:"message"`
	Fields  []string `json:"fields,omitempty"` // of the lines
	Lines   []Line   `json:"lines,omitempty"`
}

// T is a test that runs.
type T struct {
	topology *engine.Topology
	stepper  *engine.Stepper
	seed     uint64
	failures []Failure
	failed   []engine.StepFailed // tuples that failed, and were not looked at
	again    []engine.StepFailed // those that their spouts give again, in the order in which they failed
	over     bool
	// For whoever waits for the test: where it is, and what runs.
	at      atomic.Pointer[string]
	running atomic.Pointer[engine.Stepper]
}

// Topology is the topology of the test, for components and edges to be added to.
func (t *T) Topology() *engine.Topology {
	if t.topology == nil {
		t.topology = engine.New("test")
	}
	return t.topology
}

// Open starts the topology. It holds at-least-once where tracking says how.
func (t *T) Open(tracking *engine.Tracking) {
	var err error
	t.stepper, err = t.Topology().Step(engine.StepOptions{Start: Start, Seed: t.seed, Tracking: tracking, Fail: func(f engine.StepFailed) {
		if f.Again {
			t.again = append(t.again, f)
		} else {
			t.failed = append(t.failed, f)
		}
	}})
	t.running.Store(t.stepper)
	t.check("", err)
}

// Now is the test's clock.
func (t *T) Now() time.Time { return t.stepper.Now() }

// Over reports that the test can't go on.
func (t *T) Over() bool { return t.over }

// check ends the test where the topology broke down.
func (t *T) check(place string, err error) {
	if err != nil && !t.over {
		t.over = true
		t.failures = append(t.failures, Failure{Place: place, Message: err.Error()})
	}
}

// Broken reports that a value of a step cannot be computed.
func (t *T) Broken(place, why string) {
	t.failures = append(t.failures, Failure{Place: place, Message: "this can't be computed: " + why})
	t.over = true
}

// Settle lets the topology work on what it was given.
func (t *T) Settle(place string) {
	t.at.Store(&place)
	t.check(place, t.stepper.Settle())
}

// Advance moves the clock.
func (t *T) Advance(place string, by time.Duration) {
	if by <= 0 {
		t.Broken(place, fmt.Sprintf("the clock moves forward only, not by %s", by))
		return
	}
	t.at.Store(&place)
	t.check(place, t.stepper.Advance(by))
}

// End ends the input.
func (t *T) End(place string) {
	t.at.Store(&place)
	t.check(place, t.stepper.End())
}

// How says how tuples are compared.
type How int

// The ways to compare.
const (
	InOrder How = iota
	AnyOrder
	Contains
)

// Expect compares what is in a log.
func (t *T) Expect(place, stream string, fields []string, l *Log, how How, want ...Row) {
	t.compare(place, stream, fields, l.take(), how, want)
}

// ExpectFailed compares why tuples failed in a component, and how often they were tried.
func (t *T) ExpectFailed(place, component string, how How, want ...Row) {
	var got []Row
	t.failed = slices.DeleteFunc(t.failed, func(f engine.StepFailed) bool {
		if f.Component == component {
			got = append(got, Row{String(f.Why), Int(f.Attempts)})
			return true
		}
		return false
	})
	t.compare(place, component+" failed", []string{"reason", "attempts"}, got, how, want)
}

func (t *T) compare(place, what string, fields []string, got []Row, how How, want []Row) {
	var lines []Line
	var same bool
	switch how {
	case InOrder:
		lines, same = ordered(got, want)
	default:
		lines, same = unordered(got, want, how == Contains)
	}
	if same {
		return
	}
	f := Failure{Place: place, Fields: fields, Lines: lines}
	switch missing, more := count(lines, "-"), count(lines, "+"); {
	case len(want) == 0:
		f.Message = fmt.Sprintf("%s: expected nothing, got %s", what, tuples(len(got)))
	case how == Contains:
		f.Message = fmt.Sprintf("%s: %s missing from %s", what, tuples(missing), tuples(len(got)))
	case how == InOrder && missing == more && reordered(got, want):
		f.Message = fmt.Sprintf("%s: the tuples come in another order", what)
	default:
		f.Message = fmt.Sprintf("%s: %d as expected, %d missing, %d not expected", what, count(lines, " "), missing, more)
	}
	if n, first := t.stepper.Waiting(); n > 0 && count(lines, "-") > 0 {
		f.Message += fmt.Sprintf("; %s to be given again, the first in %s: `advance` lets %s", wait(n), first, them(n))
	}
	t.failures = append(t.failures, f)
}

// reordered reports that only the order is wrong.
func reordered(got, want []Row) bool {
	if len(got) != len(want) || len(got) > maxRows {
		return false
	}
	_, same := unordered(got, want, false)
	return same
}

func count(lines []Line, mark string) int {
	n := 0
	for _, l := range lines {
		if l.Mark == mark {
			n++
		}
	}
	return n
}

func tuples(n int) string {
	if n == 1 {
		return "1 tuple"
	}
	return fmt.Sprintf("%d tuples", n)
}

// wait is `2 tuples wait`.
func wait(n int) string {
	if n == 1 {
		return "1 tuple waits"
	}
	return tuples(n) + " wait"
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// ExpectTrue looks at a condition.
func (t *T) ExpectTrue(place, text string, ok bool) {
	if !ok {
		t.failures = append(t.failures, Failure{Place: place, Message: "not so: " + text})
	}
}

// ExpectRelation looks at a comparison of which both sides are known.
func (t *T) ExpectRelation(place, text string, ok bool, left, right Value) {
	if !ok {
		t.failures = append(t.failures, Failure{Place: place, Message: "not so: " + text, Fields: []string{""},
			Lines: []Line{{"left", []string{left.String()}}, {"right", []string{right.String()}}}})
	}
}

// runWithin runs one test, and leaves it behind where it does not come to its end in time.
func runWithin(test Test, seed uint64, limit time.Duration) (failures []Failure, ended bool) {
	t := &T{seed: seed}
	done := make(chan []Failure, 1)
	go func() { done <- t.run(test) }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case failures := <-done:
		return failures, true
	case <-timer.C:
	}
	at := test.Place
	if p := t.at.Load(); p != nil {
		at = *p
	}
	text := fmt.Sprintf("this has not come to its end within %s", limit)
	if s := t.running.Load(); s != nil && s.Working() != "" {
		text += ": still at work is " + s.Working()
	}
	return []Failure{{Place: at, Message: text}}, false
}

// run runs a test from its start to its end.
func (t *T) run(test Test) []Failure {
	func() {
		defer func() {
			if p := recover(); p != nil {
				t.over = true
				t.failures = append(t.failures, Failure{Place: test.Place, Message: fmt.Sprintf("panic: %v\n%s", p, debug.Stack())})
			}
		}()
		test.Run(t)
	}()
	t.failures = append(t.failures, t.unexpected()...)
	if t.stepper != nil {
		t.check(test.Place, t.stepper.Close())
	}
	for i := range t.failures {
		if t.failures[i].Place == "" {
			t.failures[i].Place = test.Place
		}
	}
	return t.failures
}

// maxFailed is how many failed tuples are shown one by one.
const maxFailed = 10

// unexpected are the failed tuples that nobody asked for, by the place where they failed, and those that were not tried for the last time.
func (t *T) unexpected() []Failure {
	var out []Failure
	left := slices.DeleteFunc(t.failed, func(f engine.StepFailed) bool { return f.Handled })
	if t.stepper != nil && !t.over {
		n, first := t.stepper.Waiting()
		for _, f := range t.again[max(0, len(t.again)-n):] {
			f.Why = fmt.Sprintf("%s; it waits to be given again: `advance %s` lets it, `end` too", strings.TrimSpace(f.Why), first)
			left = append(left, f)
		}
	}
	for n, f := range left {
		if n == maxFailed {
			return append(out, Failure{Place: f.Place, Message: fmt.Sprintf("and %s more failed", tuples(len(left)-n))})
		}
		tried := ""
		if f.Attempts > 1 {
			tried = fmt.Sprintf(", tried %d times", f.Attempts)
		}
		out = append(out, Failure{Place: f.Place, Message: fmt.Sprintf("a tuple failed in %s%s: %s", f.Component, tried, strings.TrimSpace(f.Why))})
	}
	return out
}
