package file

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/topo-lang/topo/runtime/failpoint"
	"github.com/topo-lang/topo/runtime/fault"
)

// Where a crash could hurt.
var (
	beforeRename = failpoint.New("file.before-rename")
	afterRename  = failpoint.New("file.after-rename")
)

// epochs is a file in a run that commits in epochs: component.Commits. Lines wait in memory until their epoch is committed, and are then written at the place
// that was recorded with them, so that to write them once more, after a crash, changes nothing. Until then the file is as it was: who reads it sees whole epochs, but
// for one that is being written.
type epochs struct {
	path  string                             // that is written
	meant string                             // its name in the end
	stays bool                               // it is what is meant from the beginning
	begin func(size int64, last byte) []byte // what comes before the first line
	buf   []byte                             // lines that are not prepared

	mu    sync.Mutex // of what follows: Release is called while the task works
	file  *os.File
	known bool  // an earlier run has written
	end   int64 // where all that is prepared ends
	done  bool  // it has its name in the end
	live  bool  // nothing is written twice any more
}

// open opens the file, where there is one.
func (e *epochs) open(mode fs.FileMode) error {
	flags := os.O_RDWR
	if e.stays {
		flags |= os.O_CREATE
	}
	f, err := os.OpenFile(e.path, flags, mode)
	if errors.Is(err, fs.ErrNotExist) && !e.stays {
		// It may have its name already. That the folder can be written shows now, and not at the end.
		probe, err := os.CreateTemp(filepath.Dir(e.path), ".*.part")
		if err != nil {
			return e.cannot("be written", err)
		}
		_ = probe.Close()
		_ = os.Remove(probe.Name())
		return nil
	}
	if err != nil {
		return e.cannot("be written", err)
	}
	e.file = f
	return nil
}

func (e *epochs) cannot(what string, err error) error {
	return cannotWrite(e.meant, what, err, "what was committed is kept in the store, and written when it goes on")
}

// size is that of the file, and its last byte.
func (e *epochs) size() (size int64, last byte, err error) {
	info, err := e.file.Stat()
	if err != nil || info.Size() == 0 {
		return 0, 0, err
	}
	b := make([]byte, 1)
	_, err = e.file.ReadAt(b, info.Size()-1)
	return info.Size(), b[0], err
}

// Prepare implements component.Commits.
func (e *epochs) Prepare(dst []byte) ([]byte, error) {
	if len(e.buf) == 0 {
		return dst, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	dst = append(binary.AppendUvarint(dst, uint64(e.end)), e.buf...)
	e.end += int64(len(e.buf))
	e.buf = e.buf[:0]
	return dst, nil
}

// Release implements component.Commits.
func (e *epochs) Release(outbox []byte) error {
	at, n := binary.Uvarint(outbox)
	if n <= 0 {
		return errors.New("what was prepared is damaged")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	lines := outbox[n:]
	e.known, e.end = true, max(e.end, int64(at)+int64(len(lines)))
	if e.file == nil {
		return nil // it has its name already, as Recovered sees
	}
	size, _, err := e.size()
	if err != nil {
		return e.cannot("be written", err)
	}
	if size < int64(at) || e.live && size != int64(at) {
		return e.changed(size, int64(at))
	}
	if _, err := e.file.WriteAt(lines, int64(at)); err != nil {
		return e.cannot("be written", err)
	}
	return nil
}

// changed is the error of a file that is not as it was left.
func (e *epochs) changed(size, want int64) error {
	if size == 0 {
		return fault.New("put it back as it was; or begin anew, with another --store and another file",
			"%s is not there any more, or is empty: %d bytes were written to it", e.path, want)
	}
	return fault.New("put it back as it was; or begin anew, with another --store and another file",
		"%s: has %d bytes, and %d were written to it: somebody else has changed it", e.path, size, want)
}

// Mark implements component.Commits.
func (e *epochs) Mark(dst []byte) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return binary.AppendUvarint(dst, uint64(e.end)), nil
}

// Resume implements component.Commits.
func (e *epochs) Resume(mark []byte) error {
	at, n := binary.Uvarint(mark)
	if n <= 0 {
		return errors.New("where it ended is damaged")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.known, e.end = true, int64(at)
	return nil
}

// Recovered implements component.Commits.
func (e *epochs) Recovered() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.live = true
	if e.known && e.file == nil {
		switch info, err := os.Stat(e.meant); {
		case err == nil && info.Size() == e.end:
			e.done = true
			return nil
		case e.end > 0:
			return fault.New("put it back; or begin anew, with another --store", "%s: is gone, and %d bytes were written to it", e.path, e.end)
		}
	}
	if e.file == nil {
		f, err := os.OpenFile(e.path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return e.cannot("be written", err)
		}
		e.file = f
	}
	if !e.known && !e.stays {
		// What a run with another store has left.
		if err := e.file.Truncate(0); err != nil {
			return e.cannot("be written", err)
		}
	}
	size, last, err := e.size()
	if err != nil {
		return e.cannot("be written", err)
	}
	if e.known {
		if size != e.end {
			return e.changed(size, e.end)
		}
		return nil
	}
	e.end, e.buf = size, e.begin(size, last)
	return nil
}

// Sync implements component.Commits.
func (e *epochs) Sync() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.file == nil {
		return nil
	}
	if err := e.file.Sync(); err != nil {
		return e.cannot("be written", err)
	}
	return nil
}

// close gives the file the name that it has in the end, where it is complete.
func (e *epochs) close(complete bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.file == nil {
		return nil
	}
	err := e.file.Sync()
	if closing := e.file.Close(); err == nil {
		err = closing
	}
	e.file = nil
	if err == nil && complete && !e.stays && !e.done {
		beforeRename.Hit()
		if err = os.Rename(e.path, e.meant); err == nil {
			afterRename.Hit()
			err = syncFolder(filepath.Dir(e.meant))
		}
	}
	if err != nil {
		return e.cannot("be written", err)
	}
	return nil
}

// syncFolder lets a new name outlast a crash of the machine.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder can't be synced there
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
