// Package positions keeps, in the store folder, where the spouts of a run stand, so that the next run with the same folder goes on there.
//
// It is one small file: a line that names its format and its checksum, and JSON. A new one is written beside it, synced and renamed, so there is
// the old one or the new one, never a part of one. Nothing in it is believed before it was checked; what does not fit is an error that says the way out.
package positions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/topo-lang/topo/runtime/fault"
)

// Name is the file's name in the store folder.
const Name = "topo.positions"

// format begins the file; the checksum of what follows the line stands behind it.
const format = "topo positions 1 "

// Spout is a spout of the topology that runs now.
type Spout struct {
	Name  string
	Tasks int
}

// File is the positions of one topology. It is an engine.Positions.
type File struct {
	path  string
	warn  func(error)
	last  content // what was found when it was opened
	found bool

	mu      sync.Mutex
	now     content
	changed bool
	wake    chan struct{}
	closing chan struct{}
	written chan struct{} // closed when the writer has ended
}

// content is what stands in the file.
type content struct {
	Topology string `json:"topology"`
	// Ended says that the run came to the end of its input, and that everything was settled: there is nothing to go on with.
	Ended  bool    `json:"ended"`
	Spouts []spout `json:"spouts"`
}

type spout struct {
	Name string            `json:"name"`
	At   []json.RawMessage `json:"at"` // by task; null where it is not known
}

// Open reads the file of a store folder, which belongs to this process. Where there is none, or the last run came to its end, all spouts begin anew. warn is told, once,
// that the file can't be written while the run goes on.
func Open(store, topology string, spouts []Spout, warn func(error)) (*File, error) {
	f := &File{path: filepath.Join(store, Name), warn: warn, wake: make(chan struct{}, 1), closing: make(chan struct{}), written: make(chan struct{})}
	text, err := os.ReadFile(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.last = content{Topology: topology, Ended: true}
	case err != nil:
		return nil, &fault.Error{What: "where the last run stood cannot be read", Err: err, Way: "give this user the right to read it, or name another folder with --store"}
	default:
		if f.last, err = parse(text); err != nil {
			return nil, &fault.Error{What: f.path + " is damaged", Err: err, Way: f.anew()}
		}
		if err := f.fits(topology, spouts); err != nil {
			return nil, err
		}
		f.found = true
	}
	f.now = content{Topology: topology}
	for _, s := range spouts {
		at := make([]json.RawMessage, s.Tasks)
		if old := f.last.spout(s.Name); old != nil && !f.last.Ended {
			copy(at, old.At)
		}
		f.now.Spouts = append(f.now.Spouts, spout{s.Name, at})
	}
	// The first write shows whether there can be others, and that this run began.
	if err := f.write(f.now); err != nil {
		return nil, err
	}
	go f.keep()
	return f, nil
}

// Left returns an error where a run that kept its positions in a store folder has not come to its end, so that a run of a topology which commits in epochs can't begin
// there: it would read again what that run has read, or shut away what another topology has in its logs. It changes nothing, and says whether such a run has come to its end there.
func Left(store, topology string) (ended bool, err error) {
	f := &File{path: filepath.Join(store, Name)}
	text, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		f.last, err = parse(text)
	}
	switch {
	case err != nil:
		return false, &fault.Error{What: "where the last run stood cannot be read: " + f.path, Err: err, Way: "name another folder with --store"}
	case f.last.Ended:
		return f.last.Topology == topology, nil
	case f.last.Topology != topology:
		return false, f.fits(topology, nil)
	}
	for _, s := range f.last.Spouts {
		if s.stood() {
			return false, &fault.Error{What: fmt.Sprintf("%s says where spout %s of an at-least-once run stood, which did not come to its end: what it has made of its tuples is not known, so no exactly-once run can go on there", f.path, s.Name),
				Way: "finish that run first, with `--guarantee at-least-once`; or name another folder with --store, and the input is read from its beginning"}
		}
	}
	return false, nil // a log in front of a spout goes on
}

// anew is the way out of everything: nothing is lost by it, and some comes again.
func (f *File) anew() string {
	return "remove " + f.path + ": then the run begins anew, and what was settled comes again; or name another folder with --store"
}

// fits sees that the file is of this topology, and of its spouts as they are.
func (f *File) fits(topology string, spouts []Spout) error {
	if f.last.Ended {
		return nil
	}
	if f.last.Topology != topology {
		return &fault.Error{What: fmt.Sprintf("%s says where topology %s stood, whose run did not come to its end; this is %s", f.path, f.last.Topology, topology),
			Way: "name another folder with --store; or, if that run is not wanted any more, remove the file"}
	}
	for _, old := range f.last.Spouts {
		i := slices.IndexFunc(spouts, func(s Spout) bool { return s.Name == old.Name })
		switch {
		case !old.stood():
		case i < 0:
			return &fault.Error{What: fmt.Sprintf("the last run with this store did not come to its end, and its spout %s is none of this program", old.Name),
				Way: "finish that run with the program that began it; or " + f.anew()}
		case spouts[i].Tasks != len(old.At):
			return &fault.Error{What: fmt.Sprintf("the last run with this store did not come to its end: spout %s had %s then, and has %d now, which can't share out where they stood",
				old.Name, tasks(len(old.At)), spouts[i].Tasks),
				Way: fmt.Sprintf("run it with %s; or %s", tasks(len(old.At)), f.anew())}
		}
	}
	return nil
}

func tasks(n int) string {
	if n == 1 {
		return "1 task"
	}
	return fmt.Sprintf("%d tasks", n)
}

// stood reports whether any task's position is known.
func (s *spout) stood() bool {
	return slices.ContainsFunc(s.At, func(p json.RawMessage) bool { return known(p) != nil })
}

// known is a position, nil where it is none.
func known(p json.RawMessage) []byte {
	if len(p) == 0 || string(p) == "null" {
		return nil
	}
	return p
}

func (c *content) spout(name string) *spout {
	for i := range c.Spouts {
		if c.Spouts[i].Name == name {
			return &c.Spouts[i]
		}
	}
	return nil
}

// Unfinished reports whether a run with this store has begun and did not come to its end.
func (f *File) Unfinished() bool { return !f.last.Ended }

// Whole reports whether the last run with this store came to its end.
func (f *File) Whole() bool { return f.last.Ended && f.found }

// Load implements engine.Positions.
func (f *File) Load(component string, task int) []byte {
	if s := f.last.spout(component); s != nil && !f.last.Ended && task < len(s.At) {
		return known(s.At[task])
	}
	return nil
}

// Save implements engine.Positions.
func (f *File) Save(component string, task int, position []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.now.spout(component); s != nil && task < len(s.At) {
		s.At[task] = slices.Clone(position)
		f.touch()
	}
}

// Clear implements engine.Positions.
func (f *File) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Ended, f.now.Spouts = true, nil
	f.touch()
}

func (f *File) touch() {
	f.changed = true
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// take is what is to be written, if anything is.
func (f *File) take() (c content, changed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, changed = f.now, f.changed
	c.Spouts = slices.Clone(c.Spouts)
	for i := range c.Spouts {
		c.Spouts[i].At = slices.Clone(c.Spouts[i].At)
	}
	f.changed = false
	return c, changed
}

// keep writes what was saved, in a goroutine of its own: a spout's task does not wait for the disk. Those who save do so now and then only.
func (f *File) keep() {
	defer close(f.written)
	for told := false; ; {
		select {
		case <-f.wake:
		case <-f.closing:
			return
		}
		c, changed := f.take()
		if !changed {
			continue
		}
		if err := f.write(c); err != nil && !told {
			told = true
			f.warn(err)
		}
	}
}

// Close writes what was saved last. Its error says that the next run would be given more again than need be.
func (f *File) Close() error {
	close(f.closing)
	<-f.written
	c, _ := f.take()
	return f.write(c)
}

// write puts a new file in the old one's place.
func (f *File) write(c content) error {
	text, err := json.Marshal(c)
	if err != nil {
		return &fault.Error{What: "where the spouts stand can't be written", Err: err}
	}
	if err := replace(f.path, append(fmt.Appendf(nil, "%s%08x\n", format, sum(text)), text...)); err != nil {
		return &fault.Error{What: "where the spouts stand can't be written: the next run will be given again what has been settled since", Err: err,
			Way: "see that there is room on the disk, and that " + filepath.Dir(f.path) + " can be written"}
	}
	return nil
}

func replace(path string, text []byte) error {
	fresh := path + ".new"
	file, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return nil // a folder can't be synced there
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func sum(text []byte) uint32 { return crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli)) }

// parse reads a file's text.
func parse(text []byte) (c content, err error) {
	head, body, _ := bytes.Cut(text, []byte("\n"))
	rest, ok := bytes.CutPrefix(head, []byte(format))
	if !ok {
		return c, errors.New("it is not in the format that this version writes")
	}
	if string(rest) != fmt.Sprintf("%08x", sum(body)) {
		return c, errors.New("its checksum does not match")
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return c, err
	}
	return c, nil
}
