package app

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/positions"
)

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
		t.Timeout, t.Pending, t.Attempts = s.Timeout, s.Pending, int(s.Attempts)
	}
	return t
}

// positions opens where the spouts of the last run with this store stood, and says what this one does about it.
func (a *app) positions(store string, t *engine.Topology) (*positions.File, error) {
	var spouts []positions.Spout
	for _, s := range t.Spouts() {
		spouts = append(spouts, positions.Spout(s))
	}
	if _, err := os.Stat(filepath.Join(store, commitlog.WitnessName)); err == nil {
		return nil, &fault.Error{What: "the store " + store + " holds what an exactly-once run has committed, which a run with another guarantee can't go on with",
			Way: "name another folder with --store"}
	}
	f, err := positions.Open(store, a.Name, spouts, func(err error) { a.stderr.line("warning: %v", err) })
	if err != nil {
		return nil, err
	}
	for _, s := range spouts {
		if sink := t.Whole(s.Name); sink != "" && slices.Contains(a.Durable, s.Name) {
			a.stderr.line("warning: %s writes when the input has ended, and the log of %s lets go what is settled: a run that is killed before loses what %s was given. A sink that writes as it goes (file.append), or guarantee exactly-once, does not",
				sink, s.Name, sink)
		}
	}
	if f.Whole() && len(spouts) > len(a.Durable) { // a durable spout's source gives what it gives
		a.stderr.line("%s: the last run with this store came to its end: this one begins anew", a.Name)
	}
	if !f.Unfinished() {
		return f, nil
	}
	for _, s := range spouts {
		keeper := t.Keeper(s.Name)
		for i := range s.Tasks {
			of := taskOf(t, s.Name, i)
			if keeper != "" && t.PlaceOf(s.Name).Replays {
				a.stderr.line("%s: %s begins anew, although the last run did not come to its end: what %s made of its tuples was in memory", a.Name, of, keeper)
			}
		}
	}
	return f, nil
}

// taskOf names a task of a spout.
func taskOf(t *engine.Topology, spout string, task int) string {
	for _, s := range t.Spouts() {
		if s.Name == spout && s.Tasks > 1 {
			return fmt.Sprintf("%s (task %d)", spout, task)
		}
	}
	return spout
}

// goesOn says where a spout goes on.
func (a *app) goesOn(t *engine.Topology, spout string, task int, at []byte) {
	a.stderr.line("%s: %s goes on where the last run stood: %s", a.Name, taskOf(t, spout, task), placeIn(at))
}

// placeIn says in words what a position is: a line of a file, as the standard library keeps it, or what the component calls it.
func placeIn(position []byte) string {
	var p struct {
		File *string `json:"file"`
		Line int64   `json:"line"`
	}
	if err := json.Unmarshal(position, &p); err == nil && p.File != nil {
		return fmt.Sprintf("%s, line %d", *p.File, p.Line+1)
	}
	return fmt.Sprintf("%.300s", position)
}

// resuming is positions of a run in one process, which says where spouts go on when they have found the place.
type resuming struct {
	*positions.File
	app      *app
	topology *engine.Topology
}

// Resumed implements engine.Resumer.
func (r *resuming) Resumed(component string, task int, position []byte) {
	r.app.goesOn(r.topology, component, task, position)
}

// lasting is positions that outlive the run: only those of spouts that go on there. Within the run, a worker that is started anew goes on in any case.
type lasting struct {
	*positions.File
	topology *engine.Topology
}

// Load implements engine.Positions.
func (l *lasting) Load(component string, task int) []byte {
	if l.topology.Keeper(component) != "" {
		return nil
	}
	return l.File.Load(component, task)
}

// Save implements engine.Positions.
func (l *lasting) Save(component string, task int, position []byte) {
	if l.topology.Keeper(component) == "" {
		l.File.Save(component, task, position)
	}
}

// logLimit is the environment variable that tells workers how much a log may hold, in bytes.
const logLimit = "TOPO_LOG_LIMIT"

// logsWanted sees that durable spouts have a folder for their logs.
func (a *app) logsWanted(given map[string]string, guarantee string) (problems []problem) {
	if text, ok := given["log-limit"]; ok {
		var n int64
		if why := assign(&n, text); why == "" && n < leastLog {
			problems = append(problems, problem{what: "--log-limit " + quote(text) + " is too little for a log", help: "write a size from 1MB, as 500MB or 10GB"})
		} else if why != "" {
			problems = append(problems, problem{what: "--log-limit " + quote(text) + " is not how much a log may hold", help: "write a size from 1MB, as 500MB or 10GB"})
		}
		a.env[logLimit] = strconv.FormatInt(n, 10)
	}
	if len(a.Durable) == 0 || guarantee == "none" || given["store"] != "" {
		return problems
	}
	verb := " is"
	if len(a.Durable) > 1 {
		verb = " are"
	}
	return append(problems, problem{what: strings.Join(a.Durable, " and ") + verb + " durable: what a source gives is kept in a log until it is settled, and a log needs a folder",
		help: "give one with --store DIR; or lower the guarantee for this run: --guarantee none"})
}

// leastLog is less than any log needs to go on.
const leastLog = 1 << 20
