package app

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/commitlog"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/shape"
)

// A savepoint is what a store holds, as lines of JSON: the first says of what topology and epoch, then come the rows of bolts' state, one line each, where sources stand, and what only
// the code of a sink knows; the last has how many lines there are and their sum. It is read and written line by line.

const savepointVersion = 1

// savedHead is the first line.
type savedHead struct {
	Savepoint  int              `json:"savepoint"` // the format's version
	Topology   string           `json:"topology"`
	Epoch      uint64           `json:"epoch"`
	WrittenFor []commitlog.Item `json:"written_for"`
}

// savedLine is a line between.
type savedLine struct {
	Component string `json:"component"`
	Task      int    `json:"task"`
	*shape.Row
	Position json.RawMessage `json:"position,omitempty"`
	Over     bool            `json:"over,omitempty"`
	Bytes    []byte          `json:"bytes,omitempty"`  // of state that only its own code knows
	Outbox   []byte          `json:"outbox,omitempty"` // what a sink may have yet to write
}

// savedEnd is the last.
type savedEnd struct {
	Lines int    `json:"lines"`
	Sum   string `json:"sha256"`
}

// longestSaved is how long a line may be that is read.
const longestSaved = 256 << 20

// stateExport is the command state export.
func (a *app) stateExport(ctx context.Context, given map[string]string) int {
	store, file := given["store"], given["file"]
	var problems []problem
	if store == "" {
		problems = append(problems, problem{what: "which store?", help: "name its folder with --store DIR"})
	}
	if file == "" {
		problems = append(problems, problem{what: "to which file?", help: "write " + a.Name + " state export FILE --store DIR"})
	}
	if len(problems) > 0 {
		return a.usage(problems, "")
	}
	if _, err := os.Lstat(file); err == nil && given["replace"] == "" {
		a.stderr.problem(explain(fault.New("name another file, or say --replace", "%s is there already: it was not written over", file)))
		return exitFailed
	}
	epoch, lines, outside, err := a.export(ctx, store, file)
	if err != nil {
		a.stderr.problem(explain(err))
		return exitFailed
	}
	a.stderr.line("%s: epoch %d of %s is in %s: %s", a.Name, epoch, store, file, numberOf(int64(lines), "line"))
	for _, name := range outside {
		a.stderr.line("%s: the state of %s lies in a store of its own: its rows are not in the file, which goes on with them as they are now", a.Name, name)
	}
	return exitDone
}

// summed is a writer, or what is read, with its sum.
type summed struct {
	w     *bufio.Writer
	sum   hash.Hash
	lines int
}

func (s *summed) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	s.sum.Write(text)
	s.lines++
	_, err = s.w.Write(text)
	return err
}

// inspecting opens a store that no run uses.
func (a *app) inspecting(store string) (*broker.Server, error) {
	if _, err := os.Stat(store); errors.Is(err, fs.ErrNotExist) {
		return nil, &fault.Error{What: fmt.Sprintf("there is no folder %s", store), Way: "name the folder that a run was given with --store"}
	}
	if _, err := os.Stat(filepath.Join(store, "jetstream")); errors.Is(err, fs.ErrNotExist) {
		return nil, &fault.Error{What: fmt.Sprintf("there is no commit log of topology %s in %s", a.Name, store), Way: "name the folder that a run was given with --store"}
	}
	return broker.Start(broker.Options{Name: a.Name, Store: store, Private: true})
}

// export writes what a store holds to a file, which is whole or not there. Outside are the bolts whose state lies elsewhere.
func (a *app) export(ctx context.Context, store, file string) (epoch uint64, lines int, outside []string, err error) {
	server, err := a.inspecting(store)
	if err != nil {
		return 0, 0, nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	config := commitlog.Config{Topology: a.Name, Connect: server.ConnectLogs, Folder: store}
	e := &exporting{shapes: map[string]*shape.Shape{}, newest: map[savedKey]int{}}
	var id commitlog.Identity
	// First which record has the newest of each row, then the rows: what was written often is in the savepoint once.
	first := commitlog.Restore{
		Identity: func(of commitlog.Identity) error { id = of; return e.identity(of) },
		Record:   func(r commitlog.Record, covered bool) error { return e.note(r, covered) },
	}
	info, err := commitlog.Inspect(ctx, config, first)
	if err != nil {
		return 0, 0, nil, err
	}
	if info.Epoch == 0 {
		return 0, 0, nil, &fault.Error{What: "nothing was committed yet to " + store}
	}
	temp := file + ".part"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, 0, nil, fault.New("name a file in a folder that can be written", "the savepoint can't be written: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(temp)
		}
	}()
	e.out = &summed{w: bufio.NewWriterSize(f, 1<<20), sum: sha256.New()}
	if err := e.out.line(savedHead{savepointVersion, a.Name, info.Epoch, id}); err != nil {
		return 0, 0, nil, err
	}
	e.seen = 0
	_, err = commitlog.Inspect(ctx, config, commitlog.Restore{
		Snapshot: func(p commitlog.Part) error { return e.part(p, 0, false) },
		Record: func(r commitlog.Record, covered bool) error {
			e.seen++
			for _, p := range r.Parts {
				if err := e.part(p, e.seen, covered); err != nil {
					return err
				}
			}
			return nil
		},
		Progress: a.restoring(),
	})
	if err != nil {
		return 0, 0, nil, err
	}
	lines = e.out.lines
	if err := e.out.line(savedEnd{lines, hex.EncodeToString(e.out.sum.Sum(nil))}); err != nil {
		return 0, 0, nil, err
	}
	if err := errors.Join(e.out.w.Flush(), f.Sync(), f.Close(), os.Rename(temp, file)); err != nil {
		return 0, 0, nil, err
	}
	for _, item := range id {
		if strings.Contains(item.Value, " stored ") || strings.HasPrefix(item.Value, "stored ") {
			outside = append(outside, item.Name)
		}
	}
	return info.Epoch, lines, outside, nil
}

// savedKey is a row, or a part that is one thing.
type savedKey struct {
	component string
	task      int
	kind      commitlog.Kind
	id        string
}

// exporting is a savepoint on its way.
type exporting struct {
	shapes map[string]*shape.Shape
	newest map[savedKey]int // the number of the record that has the newest; of what the snapshot alone has there is none
	seen   int
	out    *summed
}

func (e *exporting) identity(id commitlog.Identity) error {
	for _, i := range id {
		p, err := shape.ParsePart(i.Value)
		if err != nil {
			return fmt.Errorf("%s: %w", i.Name, err)
		}
		if p.Shape != nil {
			e.shapes[i.Name] = p.Shape
		}
	}
	return nil
}

// note remembers what a record has.
func (e *exporting) note(r commitlog.Record, covered bool) error {
	e.seen++
	if covered {
		return nil
	}
	for _, p := range r.Parts {
		k := savedKey{p.Component, p.Task, p.Kind, ""}
		if s := e.shapes[p.Component]; s != nil && p.Kind == commitlog.State {
			err := s.Rows(p.Bytes, false, func(row shape.Row) error {
				k.id = row.ID()
				if row.Key == nil && k.id == "" {
					k.id = "once"
				} else {
					k.id = "key " + k.id
				}
				e.newest[k] = e.seen
				return nil
			})
			if err != nil {
				return fmt.Errorf("the state of %s: %w", p.Component, err)
			}
			continue
		}
		e.newest[k] = e.seen
	}
	return nil
}

// part writes what is the newest of a part. record is its record's number, 0 of the snapshot's.
func (e *exporting) part(p commitlog.Part, record int, covered bool) error {
	k := savedKey{p.Component, p.Task, p.Kind, ""}
	line := savedLine{Component: p.Component, Task: p.Task}
	if p.Kind == commitlog.Outbox {
		line.Outbox = p.Bytes
		return e.out.line(line)
	}
	if covered {
		return nil
	}
	if s := e.shapes[p.Component]; s != nil && p.Kind == commitlog.State {
		err := s.Rows(p.Bytes, true, func(row shape.Row) error {
			k.id = "key " + row.ID()
			if row.Key == nil {
				k.id = "once"
			}
			if e.newest[k] != record || row.Gone {
				return nil
			}
			line.Row = &row
			return e.out.line(line)
		})
		if err != nil {
			return fmt.Errorf("the state of %s: %w", p.Component, err)
		}
		return nil
	}
	if e.newest[k] != record && p.Kind == commitlog.Positions {
		return nil
	}
	switch p.Kind {
	case commitlog.Positions:
		line.Position = bytes.Clone(p.Bytes)
	case commitlog.Control:
		line.Over = true
	default:
		line.Bytes = p.Bytes
	}
	return e.out.line(line)
}

// stateImport is the command state import.
func (a *app) stateImport(ctx context.Context, given map[string]string) int {
	store, file := given["store"], given["file"]
	var problems []problem
	if store == "" {
		problems = append(problems, problem{what: "to which store?", help: "name its folder, which is made, with --store DIR"})
	}
	if file == "" {
		problems = append(problems, problem{what: "from which file?", help: "write " + a.Name + " state import FILE --store DIR"})
	}
	if len(problems) > 0 {
		return a.usage(problems, "")
	}
	epoch, lines, err := a.imports(ctx, store, file)
	if err != nil {
		a.stderr.problem(explain(err))
		return exitFailed
	}
	a.stderr.line("%s: %s holds epoch %d of %s: %s; a run goes on there", a.Name, store, epoch, file, numberOf(int64(lines), "line"))
	return exitDone
}

// imports makes a store of a savepoint, whole or not at all.
func (a *app) imports(ctx context.Context, store, file string) (epoch uint64, lines int, err error) {
	if _, err := os.Stat(store); err == nil {
		return 0, 0, fault.New("name a folder that is not there yet", "there is something at %s already", store)
	}
	f, err := os.Open(file)
	if err != nil {
		return 0, 0, fault.New("name a file that state export has written", "the savepoint can't be read: %w", err)
	}
	defer f.Close()
	// All of it is looked at before anything is made.
	i := &importing{app: a}
	if epoch, lines, err = i.read(f, nil); err != nil {
		return 0, 0, i.bad(file, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, 0, err
	}
	temp := store + ".importing"
	if err := os.RemoveAll(temp); err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(temp)
	if err := a.fill(ctx, i, f, temp, epoch); err != nil {
		return 0, 0, err
	}
	if err := os.Rename(temp, store); err != nil {
		return 0, 0, err
	}
	return epoch, lines, nil
}

// fill writes a savepoint to a new store.
func (a *app) fill(ctx context.Context, i *importing, f io.Reader, store string, epoch uint64) (err error) {
	server, err := broker.Start(broker.Options{Name: a.Name, Store: store, Private: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	log, err := commitlog.Open(ctx, commitlog.Config{Topology: a.Name, Identity: i.head.WrittenFor, Connect: server.ConnectLogs, Folder: store})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	if err := log.Commit(ctx, commitlog.Record{Epoch: epoch}); err != nil {
		return err
	}
	w, err := log.Snapshot(ctx, epoch)
	if err != nil {
		return err
	}
	if _, _, err := i.read(f, w.Add); err != nil {
		w.Abort()
		return err
	}
	return w.Commit()
}

// importing is a savepoint that is read.
type importing struct {
	app    *app
	head   savedHead
	shapes map[string]*shape.Shape
	rows   []shape.Row // of one task, that are one part
	of     savedKey
	size   int
	add    func(commitlog.Part) error
}

func (i *importing) bad(file string, err error) error {
	var own *fault.Error
	if errors.As(err, &own) {
		return err
	}
	return &fault.Error{What: "the savepoint " + file + " can't be taken", Err: err, Way: "export it once more"}
}

// rowsOfPart is how many bytes of lines become one part.
const rowsOfPart = 1 << 20

// read reads a savepoint, and sees that all of it is there and as it was written; add takes its parts, where it is not nil.
func (i *importing) read(f io.Reader, add func(commitlog.Part) error) (epoch uint64, lines int, err error) {
	i.add, i.rows, i.size = add, nil, 0
	in := bufio.NewScanner(f)
	in.Buffer(make([]byte, 1<<20), longestSaved)
	sum := sha256.New()
	ended := false
	for in.Scan() {
		text := in.Bytes()
		switch {
		case ended:
			return 0, 0, errors.New("something stands behind its end")
		case lines == 0:
			if err := i.begin(text); err != nil {
				return 0, 0, err
			}
		case bytes.HasPrefix(text, []byte(`{"lines":`)):
			var end savedEnd
			if err := json.Unmarshal(text, &end); err != nil {
				return 0, 0, err
			}
			if end.Lines != lines || end.Sum != hex.EncodeToString(sum.Sum(nil)) {
				return 0, 0, errors.New("its checksum does not match: it was damaged, or changed")
			}
			ended = true
			continue
		default:
			if err := i.line(text); err != nil {
				return 0, 0, fmt.Errorf("line %d: %w", lines+1, err)
			}
		}
		sum.Write(append(text, '\n'))
		lines++
	}
	if err := in.Err(); err != nil {
		return 0, 0, err
	}
	if !ended {
		return 0, 0, errors.New("its end is missing")
	}
	return i.head.Epoch, lines, i.flush()
}

func (i *importing) begin(text []byte) error {
	i.head = savedHead{}
	if err := json.Unmarshal(text, &i.head); err != nil || i.head.Savepoint == 0 {
		return errors.New("it is no savepoint")
	}
	switch {
	case i.head.Savepoint > savepointVersion:
		return &fault.Error{What: fmt.Sprintf("the savepoint is in format %d, and this program knows formats up to %d", i.head.Savepoint, savepointVersion), Way: "import it with the program that has written it, or a newer one"}
	case i.head.Topology != i.app.Name:
		return &fault.Error{What: fmt.Sprintf("the savepoint is of topology %s, and this is %s", i.head.Topology, i.app.Name), Way: "import it with the program of its topology"}
	case i.head.Epoch == 0:
		return errors.New("it has no epoch")
	}
	i.shapes = map[string]*shape.Shape{}
	for _, item := range i.head.WrittenFor {
		p, err := shape.ParsePart(item.Value)
		if err != nil {
			return err
		}
		i.shapes[item.Name] = p.Shape
	}
	return nil
}

// line takes a line that is neither the first nor the last.
func (i *importing) line(text []byte) error {
	var l savedLine
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	s, known := i.shapes[l.Component]
	if !known || l.Task < 0 {
		return fmt.Errorf("there is no component %q", l.Component)
	}
	part := commitlog.Part{Component: l.Component, Task: l.Task}
	switch {
	case l.Position != nil:
		part.Kind, part.Bytes = commitlog.Positions, l.Position
	case l.Over:
		part.Kind = commitlog.Control
	case l.Outbox != nil:
		part.Kind, part.Bytes = commitlog.Outbox, l.Outbox
	case l.Bytes != nil:
		part.Kind, part.Bytes = commitlog.State, l.Bytes
	case l.Row != nil && s != nil:
		k := savedKey{component: l.Component, task: l.Task}
		if k != i.of || l.Row.Key == nil || i.size > rowsOfPart {
			if err := i.flush(); err != nil {
				return err
			}
		}
		i.of, i.size = k, i.size+len(text)
		i.rows = append(i.rows, *l.Row)
		return nil
	default:
		return errors.New("it says nothing")
	}
	if err := i.flush(); err != nil || i.add == nil {
		return err
	}
	return i.add(part)
}

// flush makes a part of the rows that wait.
func (i *importing) flush() error {
	if len(i.rows) == 0 {
		return nil
	}
	b, err := i.shapes[i.of.component].Append(i.rows)
	if err != nil {
		return fmt.Errorf("%s: %w", i.of.component, err)
	}
	i.rows, i.size = i.rows[:0], 0
	if i.add == nil {
		return nil
	}
	return i.add(commitlog.Part{Kind: commitlog.State, Component: i.of.component, Task: i.of.task, Bytes: b})
}
