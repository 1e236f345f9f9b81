// Package visits is the Go of the topology gobolts: plain functions and types, with no glue.
package visits

import (
	"fmt"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

// Line is a line of the log.
type Line struct{ Line string }

// Visit is one visit.
type Visit struct {
	Visitor string
	Country string
	Page    string
	At      time.Time
}

// Robot is a visitor that is none.
type Robot struct {
	Visitor string
	Visits  int
}

var continents = map[string]string{
	"ar": "america", "ca": "america", "de": "europe", "fr": "europe", "jp": "asia", "in": "asia", "ke": "africa",
}

// Continent says where a country is, where that is known.
func Continent(country string) (string, bool) {
	name, ok := continents[strings.ToLower(country)]
	return name, ok
}

// Parse reads a line: time, visitor, country, page.
func Parse(in Line, out *component.Emitter[Visit]) error {
	parts := strings.Fields(in.Line)
	if len(parts) != 4 {
		return fmt.Errorf("a visit has 4 parts, not %d: %q", len(parts), in.Line)
	}
	at, err := time.Parse(time.RFC3339, parts[0])
	if err != nil {
		return err
	}
	out.Emit(Visit{Visitor: parts[1], Country: parts[2], Page: parts[3], At: at})
	return nil
}

// People holds visits back until it is known whether a visitor is a robot: one that comes Limit times, each sooner than Pause after the last.
type People struct {
	Limit int
	Pause time.Duration

	waiting map[string][]Visit
	robots  map[string]int
}

// Open implements what topo calls first.
func (p *People) Open(ctx *component.Context) error {
	if p.Limit < 2 {
		return fmt.Errorf("a robot is known from 2 visits on, not %d", p.Limit)
	}
	p.waiting, p.robots = map[string][]Visit{}, map[string]int{}
	return nil
}

// Process takes one visit.
func (p *People) Process(in Visit, visit *component.Emitter[Visit], robot *component.Emitter[Robot]) error {
	if p.robots[in.Visitor] > 0 {
		p.robots[in.Visitor]++
		return nil
	}
	before := p.waiting[in.Visitor]
	if n := len(before); n > 0 && in.At.Sub(before[n-1].At) >= p.Pause {
		for _, v := range before {
			visit.Emit(v)
		}
		before = before[:0]
	}
	before = append(before, in)
	if len(before) >= p.Limit {
		p.robots[in.Visitor] = len(before)
		delete(p.waiting, in.Visitor)
		return nil
	}
	p.waiting[in.Visitor] = before
	return nil
}

// Finish lets go of what still waits.
func (p *People) Finish(visit *component.Emitter[Visit], robot *component.Emitter[Robot]) {
	for _, list := range p.waiting {
		for _, v := range list {
			visit.Emit(v)
		}
	}
	for visitor, n := range p.robots {
		robot.Emit(Robot{visitor, n})
	}
}
