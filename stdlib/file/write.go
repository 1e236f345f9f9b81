package file

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/stdlib/kit/encode"
)

// Write is the sink file.write. It writes to a file beside the one that is meant, in the same folder so that to rename it is one
// step, and renames it at the end.
type Write struct {
	Path   string
	Format string
	Header bool

	enc  *encode.Encoder
	path string // Path, or what it links to
	temp *part
	out  *bufio.Writer
	line []byte

	commit *epochs // of a run that commits in epochs
}

var _ component.ColumnSink = (*Write)(nil)

// Open implements component.ColumnSink.
func (w *Write) Open(ctx *component.Context, schema []component.Column) error {
	format, err := encode.ParseFormat(w.Format, encode.TSV, encode.CSV, encode.JSON)
	if err != nil {
		return err
	}
	if w.Header && format == encode.JSON {
		return fault.New("leave `header` out: each object names its fields", "header: json has none")
	}
	if w.Path == "" {
		return fault.New("name a file to write", "path: no file is named")
	}
	w.enc, w.path = encode.New(format, schema), w.Path
	mode := fs.FileMode(0o644)
	switch info, err := os.Stat(w.path); {
	case err == nil && info.IsDir():
		return fault.New("name a file in it", "%s: is a folder, not a file", w.path)
	case err == nil && !info.Mode().IsRegular():
		return fault.New("use stdout.print to write to a terminal or a pipe", "%s: is not a regular file, and can't be replaced by one", w.path)
	case err == nil:
		mode = info.Mode().Perm()
		// A link goes on to be one: what it leads to is replaced.
		if real, err := filepath.EvalSymlinks(w.path); err == nil {
			w.path = real
		}
	}
	if err := ctx.Own(name(w.path)); err != nil {
		return fault.New("give each of them a path of its own", "%w", err)
	}
	if ctx.Epochs {
		// The part that is written has a name that the next run finds.
		part := filepath.Join(filepath.Dir(w.path), "."+filepath.Base(w.path)+".part")
		w.commit = &epochs{path: part, meant: w.path, begin: func(int64, byte) []byte {
			if w.Header {
				return w.enc.AppendHeader(nil)
			}
			return nil
		}}
		return w.commit.open(mode)
	}
	w.temp, err = newPart(w.path, ctx.Stderr)
	if err != nil {
		return w.cannot("be written", err)
	}
	if err := w.temp.Chmod(mode); err != nil {
		w.discard()
		return w.cannot("be written", err)
	}
	w.out = bufio.NewWriterSize(w.temp, 256<<10)
	if w.Header {
		// An error stays with the writer and is told at the next Write or Flush.
		_, _ = w.out.Write(w.enc.AppendHeader(nil))
	}
	return nil
}

// name is what a file is known by, whichever way its path is written.
func name(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(folder, filepath.Base(path))
	}
	return path
}

// cannot tells what could not be done with the file, and why.
func (w *Write) cannot(what string, err error) error {
	return cannotWrite(w.path, what, err, "the file has not been changed")
}

func cannotWrite(path, what string, err error, state string) error {
	var at *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &at):
		err = at.Err
	case errors.As(err, &link):
		err = link.Err
	}
	folder := filepath.Dir(path)
	help := "check the path"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		help = "make the folder " + folder + " first"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		help = "give the user who runs this the right to write in the folder " + folder + ", or choose another"
	case errors.Is(err, syscall.ENOSPC):
		help = "make room on the disk of " + folder + ", or choose another; " + state
	}
	return fault.New(help, "%s: cannot %s: %w", path, what, err)
}

// Write implements component.ColumnSink.
func (w *Write) Write(rows *component.Columns) error {
	if w.commit != nil {
		for i := range rows.N {
			w.commit.buf = w.enc.AppendLine(w.commit.buf, rows, i)
		}
		return nil
	}
	for i := range rows.N {
		w.line = w.enc.AppendLine(w.line[:0], rows, i)
		if _, err := w.out.Write(w.line); err != nil {
			return w.cannot("be written", err)
		}
	}
	return nil
}

// Flush implements component.ColumnSink. Nobody reads the file before it is whole: there is no hurry.
func (w *Write) Flush() error { return nil }

// Close implements component.ColumnSink.
func (w *Write) Close(complete bool) error {
	if w.commit != nil {
		return w.commit.close(complete)
	}
	if w.temp == nil {
		return nil
	}
	if !complete {
		w.discard()
		return nil
	}
	err := w.out.Flush()
	if err == nil {
		// A disk may tell only now that it is full; and after a power cut the new name must not stand for an empty file.
		err = w.temp.Sync()
	}
	if err == nil {
		err = w.temp.Close()
	}
	if err == nil {
		err = os.Rename(w.temp.Name(), w.path)
	}
	if err != nil {
		w.discard()
		return w.cannot("be written", err)
	}
	w.temp.release()
	w.temp = nil
	return nil
}

// discard removes the temporary file.
func (w *Write) discard() {
	w.temp.drop()
	w.temp = nil
}

// WritesAtEnd implements component.AtEnd.
func (*Write) WritesAtEnd() {}

// Inner is what commits with the epochs.
func (w *Write) Inner() any {
	if w.commit == nil {
		return nil
	}
	return w.commit
}
