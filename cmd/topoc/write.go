package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// writeWhole writes a file so that its name holds either the old text or all of the new, never a part.
// A file that was there keeps its permissions, and a link keeps pointing at its file.
func writeWhole(name string, text []byte) error {
	if err := write(name, text); err != nil {
		return cannotWrite(name, err)
	}
	return nil
}

func write(name string, text []byte) error {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		// A device or a pipe (-o /dev/stdout) can only be written as it is.
		return os.WriteFile(name, text, 0)
	}
	mode := fs.FileMode(0o666)
	if err == nil {
		mode = info.Mode().Perm()
	}
	temporary, err := createBeside(name, mode)
	if err != nil {
		return err
	}
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		os.Remove(temporary.Name())
	}
	return err
}

// createBeside makes an empty file in the folder of name; unlike os.CreateTemp it gives it the mode that the file is to have.
func createBeside(name string, mode fs.FileMode) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return nil, err
	}
	// CreateTemp's files are private. Removing the name and making it again lets the system apply the user's umask.
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return nil, err
	}
	return os.OpenFile(f.Name(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
}

// writeError says what could not be written; what the system said is its cause.
type writeError struct {
	text  string
	cause error
}

func (e *writeError) Error() string { return e.text }
func (e *writeError) Unwrap() error { return e.cause }

// cannotWrite says why a file could not be written, and the way out. The system's own message names a file beside it, which nobody asked for.
func cannotWrite(name string, err error) error {
	text, help := "", ""
	folder := filepath.Dir(name)
	switch {
	case !isFolder(folder):
		text, help = fmt.Sprintf("there is no folder %s", folder), "make the folder first"
	case isFolder(name):
		text, help = "a folder has that name", "name a file in it, or another one"
	case errors.Is(err, fs.ErrPermission):
		text, help = "permission denied", "see who may write in "+folder+", or choose another place"
	default:
		inner := err
		for errors.Unwrap(inner) != nil {
			inner = errors.Unwrap(inner)
		}
		text, help = inner.Error(), "free what is in the way, or choose another place"
	}
	return &helpfulError{err: &writeError{fmt.Sprintf("cannot write %s: %s", name, text), err}, help: help}
}
