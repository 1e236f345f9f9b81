package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/fault"
)

// stateCommands are the verbs about what a run keeps from run to run: there are some where its guarantee is exactly-once.
func (a *app) stateCommands() []command {
	if a.Guarantee != "exactly-once" {
		return nil
	}
	return []command{{"state show", "show what a store holds, and for what it was written", []flag{
		{name: "store", arg: "DIR", doc: "the folder that a run was given; no run may use it now"},
		{name: "json", isBool: true, doc: "as data, for programs"},
	}, (*app).stateShow}, {"state export", "write what a store holds to a file, as lines of JSON", []flag{
		{name: "file", arg: "FILE", doc: "the file; it may stand behind the command without its flag"},
		{name: "store", arg: "DIR", doc: "the folder that a run was given; no run may use it now"},
		{name: "replace", isBool: true, doc: "write over a file that is there"},
	}, (*app).stateExport}, {"state import", "make a store of such a file, which a run goes on with", []flag{
		{name: "file", arg: "FILE", doc: "the file; it may stand behind the command without its flag"},
		{name: "store", arg: "DIR", doc: "the folder to make"},
	}, (*app).stateImport}, {"state diff", "show what becomes of what a store holds where this program goes on with it", []flag{
		{name: "store", arg: "DIR", doc: "the folder that a run was given; no run may use it now"},
	}, (*app).stateDiff}}
}

// restoringEvery is how often it is said how far a run has got that reads what the last one has left.
const restoringEvery = 2 * time.Second

// restoring tells that, where it takes long.
func (a *app) restoring() func(done, total int64) {
	last := time.Now()
	return func(done, total int64) {
		if now := time.Now(); total > 0 && now.Sub(last) >= restoringEvery {
			last = now
			a.stderr.line("%s: takes up what the store holds: %s of %s", a.Name, sizeText(done), sizeText(total))
		}
	}
}

// stored is what a store holds, by tasks. Its JSON is for programs.
type stored struct {
	Epoch    uint64            `json:"epoch"`
	Snapshot uint64            `json:"snapshot"`
	Records  int               `json:"records"`
	Bytes    int64             `json:"bytes"`
	Openings uint64            `json:"openings"`
	Tasks    []storedTask      `json:"tasks"`
	Written  []commitlog.Item  `json:"-"`
	For      map[string]string `json:"written_for"`
	of       map[taskKind]*storedTask
}

// storedTask is what it holds of one task.
type storedTask struct {
	Component string `json:"component"`
	Task      int    `json:"task"`
	Kind      string `json:"kind"`
	Snapshot  int64  `json:"snapshot_bytes"`
	Records   int    `json:"records"`
	Bytes     int64  `json:"record_bytes"`
}

type taskKind struct {
	component string
	task      int
	kind      commitlog.Kind
}

func (s *stored) add(p commitlog.Part) *storedTask {
	k := taskKind{p.Component, p.Task, p.Kind}
	t := s.of[k]
	if t == nil {
		t = &storedTask{Component: p.Component, Task: p.Task, Kind: p.Kind.String()}
		s.of[k] = t
	}
	return t
}

func (a *app) stateShow(ctx context.Context, given map[string]string) int {
	if v := given["json"]; v != "" && v != "true" && v != "false" {
		return a.usage([]problem{{what: fmt.Sprintf("--json=%s: this flag has no value", v), help: "write --json"}}, "")
	}
	store := given["store"]
	if store == "" {
		return a.usage([]problem{{what: "which store?", help: "name its folder with --store DIR"}}, "")
	}
	s, err := a.inspect(ctx, store)
	if err != nil {
		a.stderr.problem(explain(err))
		return exitFailed
	}
	if given["json"] == "true" {
		text, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			a.stderr.problem(explain(err))
			return exitFailed
		}
		return a.show(string(text))
	}
	return a.show(s.text(store))
}

// inspect reads a store that no run uses, and leaves it as it is.
func (a *app) inspect(ctx context.Context, store string) (s *stored, err error) {
	if _, err := os.Stat(store); errors.Is(err, fs.ErrNotExist) {
		return nil, &fault.Error{What: fmt.Sprintf("there is no folder %s", store), Way: "name the folder that a run was given with --store"}
	}
	// Where nothing is, the server would make something.
	if _, err := os.Stat(filepath.Join(store, "jetstream")); errors.Is(err, fs.ErrNotExist) {
		return nil, &fault.Error{What: fmt.Sprintf("there is no commit log of topology %s in %s", a.Name, store), Way: "name the folder that a run was given with --store"}
	}
	server, err := broker.Start(broker.Options{Name: a.Name, Store: store, Private: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	s = &stored{For: map[string]string{}, of: map[taskKind]*storedTask{}}
	info, err := commitlog.Inspect(ctx, commitlog.Config{Topology: a.Name, Connect: server.ConnectLogs, Folder: store}, commitlog.Restore{
		Snapshot: func(p commitlog.Part) error {
			s.add(p).Snapshot += int64(len(p.Bytes))
			return nil
		},
		Record: func(r commitlog.Record, covered bool) error {
			s.Records++
			for _, p := range r.Parts {
				t := s.add(p)
				t.Records++
				t.Bytes += int64(len(p.Bytes))
			}
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	s.Epoch, s.Snapshot, s.Openings, s.Written = info.Epoch, info.Snapshot, info.Openings, info.Identity
	for _, i := range info.Identity {
		s.For[i.Name] = i.Value
	}
	s.Tasks = []storedTask{}
	for _, t := range s.of {
		s.Bytes += t.Snapshot + t.Bytes
		s.Tasks = append(s.Tasks, *t)
	}
	slices.SortFunc(s.Tasks, func(a, b storedTask) int {
		return cmp.Or(cmp.Compare(a.Component, b.Component), cmp.Compare(a.Task, b.Task), cmp.Compare(a.Kind, b.Kind))
	})
	return s, nil
}

// text is for people.
func (s *stored) text(store string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", store)
	switch {
	case s.Epoch == 0:
		b.WriteString("no epoch was committed yet")
	case s.Snapshot == 0:
		fmt.Fprintf(&b, "epoch %d was committed last; %s", s.Epoch, recordCount(s.Records))
	default:
		fmt.Fprintf(&b, "epoch %d was committed last; a snapshot of epoch %d, and %s", s.Epoch, s.Snapshot, recordCount(s.Records))
	}
	fmt.Fprintf(&b, "; %s\n", runCount(s.Openings))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	if len(s.Tasks) > 0 {
		fmt.Fprint(w, "\ncomponent\ttask\tkind\tin the snapshot\tin records\n")
	}
	for _, t := range s.Tasks {
		if t.Snapshot+t.Bytes == 0 {
			continue // such as that it has ended
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", t.Component, t.Task, t.Kind, sizeText(t.Snapshot), sizeText(t.Bytes))
	}
	w.Flush()
	b.WriteString("\nwritten for\n")
	for _, i := range s.Written {
		fmt.Fprintf(w, "%s\t%s\n", i.Name, i.Value)
	}
	w.Flush()
	return b.String()
}

func recordCount(n int) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprintf("%d records", n)
}

func runCount(n uint64) string {
	if n == 1 {
		return "1 run has written it"
	}
	return fmt.Sprintf("%d runs have written it", n)
}

// sizeText is a number of bytes as people read it.
func sizeText(n int64) string {
	switch {
	case n == 0:
		return "-"
	case n < 10_000:
		return fmt.Sprintf("%d B", n)
	case n < 10_000_000:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	}
	return fmt.Sprintf("%d MB", (n+500_000)/1_000_000)
}
