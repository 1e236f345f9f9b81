package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
)

// Paths says for each spout and each sink that it reaches what can hold between them, whatever the header asks for.
func Paths(p *ir.Program) []Path {
	var out []Path
	seen := map[string]bool{}
	for _, path := range p.Paths {
		to := Path{Guarantee: path.Guarantee, Why: path.Why, More: path.More}
		for _, c := range path.Way {
			to.Way = append(to.Way, c.Name)
		}
		if path.Weakest != nil {
			to.Weakest = path.Weakest.Name
		}
		if way := strings.Join(to.Way, " "); !seen[way] { // what the optimiser made one of goes one way
			seen[way] = true
			out = append(out, to)
		}
	}
	return out
}

// PathsText shows paths to people: what can hold on each, and the weakest hop.
func PathsText(paths []Path) string {
	w := &writer{}
	w.paths(paths)
	return w.b.String()
}

func (w *writer) paths(paths []Path) {
	rows := [][]string{{"path", "can hold", "weakest hop"}}
	for _, p := range paths {
		weakest := ""
		if p.Weakest != "" {
			weakest = p.Weakest + ": " + p.Why
		}
		rows = append(rows, []string{strings.Join(p.Way, " -> "), p.Guarantee, weakest})
	}
	w.table(rows)
	if slices.ContainsFunc(paths, func(p Path) bool { return p.More }) {
		w.line("and more ways between the same spouts and sinks")
	}
}

// settings is nil where nothing is said.
func settings(s ir.Settings) *Settings {
	if s == (ir.Settings{}) {
		return nil
	}
	out := &Settings{
		BatchTuples: s.BatchTuples, BatchAge: age(s.BatchAge), Timeout: age(s.Timeout), Pending: s.Pending, Attempts: s.Attempts, Workers: s.Workers,
	}
	for name, p := range map[string]*ir.Param{
		"batchTuples": s.BatchTuplesParam, "batchAge": s.BatchAgeParam, "timeout": s.TimeoutParam, "pending": s.PendingParam, "attempts": s.AttemptsParam, "workers": s.WorkersParam,
	} {
		if p != nil {
			if out.Params == nil {
				out.Params = map[string]string{}
			}
			out.Params[name] = p.Name
		}
	}
	return out
}

func age(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func (s *Settings) text() string {
	var parts []string
	add := func(name, text string) {
		if text != "" {
			parts = append(parts, name+" "+text)
		}
	}
	batch := []string{s.value("batchTuples", number(s.BatchTuples)), s.value("batchAge", s.BatchAge)}
	add("batch", strings.Join(slices.DeleteFunc(batch, func(t string) bool { return t == "" }), " or "))
	add("timeout", s.value("timeout", s.Timeout))
	add("pending", s.value("pending", number(s.Pending)))
	add("attempts", s.value("attempts", number(int64(s.Attempts))))
	add("workers", s.value("workers", number(int64(s.Workers))))
	return strings.Join(parts, ", ")
}

// value is a setting's value, with the param that gives it.
func (s *Settings) value(name, text string) string {
	p := s.Params[name]
	switch {
	case p == "":
		return text
	case text == "":
		return "= param " + p
	}
	return "= param " + p + " (default " + text + ")"
}

// number is "" for nothing.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// options are a component's, but for its tasks.
func options(c *ir.Component) []string {
	var out []string
	add := func(on bool, format string, args ...any) {
		if on {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	p := c.Placing
	add(c.Durable, "durable")
	add(c.Accepts, "accept duplicates")
	if p.Near != nil {
		out = append(out, "near "+p.Near.Name)
	}
	add(p.Isolate, "isolate")
	add(p.CPU > 0, "cpu %d", p.CPU)
	add(p.Memory > 0, "memory %s", amount(p.Memory))
	add(p.Idle > 0, "idle %s", p.Idle)
	return out
}

// amount writes an amount in the largest unit that it is a whole number of.
func amount(n int64) string {
	units := []string{"", "KB", "MB", "GB", "TB"}
	i := 0
	for n%1024 == 0 && i < len(units)-1 {
		n /= 1024
		i++
	}
	return fmt.Sprint(n) + units[i]
}

// notes say what does not take effect yet.
func notes(p *ir.Program) []string {
	var waiting []string
	for _, c := range p.Components {
		if c.Placing.Idle != 0 {
			waiting = append(waiting, fmt.Sprintf("idle %s of %s", c.Placing.Idle, c.Name))
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	return []string{"this version has no windows; what waits for them: " + strings.Join(waiting, ", ")}
}
