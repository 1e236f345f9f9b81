package file

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// part is the temporary file that a sink writes beside the one that it replaces in the end. It is locked as long as somebody writes it, so that one which a killed process
// has left is known by having no lock.
type part struct {
	*os.File
	lock *flock.Flock
}

// newPart makes one, and removes those that were left for the same path; said is told of them.
func newPart(path string, said io.Writer) (*part, error) {
	folder, before := filepath.Dir(path), "."+filepath.Base(path)+"."
	removeLeft(folder, before, said)
	for {
		f, err := os.CreateTemp(folder, before+"*.part")
		if err != nil {
			return nil, err
		}
		p := &part{f, flock.New(f.Name())}
		locked, err := p.lock.TryLock()
		if err != nil {
			return p, nil // a file system without locks: nobody else gets one either
		}
		if mine, err := f.Stat(); err == nil && locked {
			if there, err := os.Stat(f.Name()); err == nil && os.SameFile(mine, there) {
				return p, nil
			}
		}
		p.drop() // another process has taken it for one that was left, before it was locked
	}
}

// removeLeft removes what nobody writes any more.
func removeLeft(folder, before string, said io.Writer) {
	all, err := os.ReadDir(folder)
	if err != nil {
		return // what is wrong with it shows when it is written to
	}
	for _, one := range all {
		number, ok := strings.CutPrefix(one.Name(), before)
		if number, ok = cutPart(number, ok); !ok || number == "" || strings.Trim(number, "0123456789") != "" || !one.Type().IsRegular() {
			continue
		}
		path := filepath.Join(folder, one.Name())
		lock := flock.New(path, flock.SetFlag(os.O_RDWR))
		if locked, err := lock.TryLock(); err != nil || !locked {
			continue
		}
		if err := os.Remove(path); err == nil && said != nil {
			fmt.Fprintf(said, "%s: removed, which a run that was killed has left\n", path)
		}
		_ = lock.Close() // nobody waits for it
	}
}

func cutPart(name string, ok bool) (string, bool) {
	number, is := strings.CutSuffix(name, ".part")
	return number, ok && is
}

// release closes the lock, when the file has its name or is gone.
func (p *part) release() { _ = p.lock.Close() }

// drop removes it. What goes wrong with that changes nothing any more.
func (p *part) drop() {
	_ = p.File.Close()
	_ = os.Remove(p.Name())
	p.release()
}
