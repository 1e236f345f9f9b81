package broker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/topo-lang/topo/runtime/fault"
)

// The files that stand beside the server's own in a store folder.
const (
	lockFile  = "topo.lock" // locked while a process uses the folder; the system frees it however the process ends
	ownerFile = "topo.pid"  // who that is, apart from the lock because Windows lets no one read a locked file
)

// store is a store folder that this process has for itself.
type store struct {
	dir  string
	lock *flock.Flock
}

// openStore makes the folder where it is missing and takes its lock. It returns nil for "".
func openStore(dir string) (*store, error) {
	if dir == "" {
		return nil, nil
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, storeError(dir, err)
	}
	if info, err := os.Stat(abs); err == nil && !info.IsDir() {
		return nil, &fault.Error{What: fmt.Sprintf("the store %s is a file", dir), Way: "name a folder with --store; it is made if it is missing"}
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return nil, storeError(dir, err)
	}
	s := &store{dir: abs, lock: flock.New(filepath.Join(abs, lockFile))}
	locked, err := s.lock.TryLock()
	if err != nil {
		return nil, storeError(dir, err)
	}
	if !locked {
		return nil, held(dir, filepath.Join(abs, ownerFile))
	}
	// Also the first write to the folder: a full disk shows here, with a name, and not in the server's log.
	if err := os.WriteFile(filepath.Join(abs, ownerFile), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, errors.Join(storeError(dir, err), s.lock.Close())
	}
	return s, nil
}

// close lets the folder go. The lock file stays: to remove it would let two processes lock two files of one name.
func (s *store) close() error {
	if s == nil {
		return nil
	}
	return errors.Join(os.Remove(filepath.Join(s.dir, ownerFile)), s.lock.Close())
}

func held(dir, owner string) error {
	who := "another process"
	if text, err := os.ReadFile(owner); err == nil {
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			who = fmt.Sprintf("process %d", pid)
		}
	}
	return &fault.Error{
		What: fmt.Sprintf("the store folder %s is in use by %s", dir, who),
		Way:  "stop that process first, or name another folder with --store"}
}

func storeError(dir string, err error) error {
	e := &fault.Error{What: fmt.Sprintf("the store folder %s cannot be used", dir), Err: cause(err)}
	switch {
	case diskFull(err):
		e.What, e.Err = fmt.Sprintf("the store folder %s cannot be written: the disk is full", dir), nil
		e.Way = "free some space there, or name a folder on another disk with --store"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.What = fmt.Sprintf("the store folder %s cannot be written", dir)
		e.Way = "give this user the right to write there, or name another folder with --store"
	case errors.Is(err, syscall.ENOTDIR):
		e.Way = "a part of this path is a file; name another folder with --store"
	default:
		e.Way = "name another folder with --store"
	}
	return e
}
