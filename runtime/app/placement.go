package app

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/topo-lang/topo/runtime/engine"
)

// placement is which worker runs which task: what `run --workers N` would do.
func (a *app) placement(given map[string]string) (*engine.Assignment, []problem) {
	local, joining, problems := a.workersWanted(map[string]string{"workers": given["workers"]})
	if len(problems) > 0 {
		return nil, problems
	}
	t := engine.New(a.Name)
	a.Build(t)
	assigned, err := t.Assign(local + joining)
	if err != nil {
		return nil, []problem{{what: err.Error(), help: "give more workers with --workers, or take `isolate` from a component"}}
	}
	return assigned, nil
}

// placementText is a line for each worker, and why components stand where they do.
func placementText(p *engine.Assignment) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nworkers %d\n", p.Workers)
	for w := range p.Workers {
		var tasks []string
		for _, c := range p.Components {
			for number, at := range c.Workers {
				switch {
				case at != w:
				case len(c.Workers) == 1:
					tasks = append(tasks, c.Component)
				default:
					tasks = append(tasks, fmt.Sprintf("%s[%d]", c.Component, number))
				}
			}
		}
		fmt.Fprintf(&b, "  worker %-3d %s\n", w+1, strings.Join(tasks, ", "))
	}
	for _, c := range p.Components {
		if c.Why != "" {
			fmt.Fprintf(&b, "  %s: %s\n", c.Component, c.Why)
		}
	}
	return b.String()
}

// placedComponent is a component of the placement as data: its workers by task, from 1 as in all messages.
type placedComponent struct {
	Component string `json:"component"`
	Workers   []int  `json:"workers"`
	Why       string `json:"why,omitempty"`
}

// placementJSON adds the placement to the plan as data.
func placementJSON(plan string, p *engine.Assignment) string {
	var all []placedComponent
	for _, c := range p.Components {
		one := placedComponent{Component: c.Component, Why: c.Why}
		for _, w := range c.Workers {
			one.Workers = append(one.Workers, w+1)
		}
		all = append(all, one)
	}
	text, err := json.MarshalIndent(all, "  ", "  ")
	plan, whole := strings.CutSuffix(strings.TrimRight(plan, "\n"), "\n}")
	if err != nil || !whole {
		panic("app: the plan is no object") // it was made by the compiler
	}
	return fmt.Sprintf("%s,\n  \"workers\": %d,\n  \"placement\": %s\n}\n", plan, p.Workers, text)
}
