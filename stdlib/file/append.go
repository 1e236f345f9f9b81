package file

import (
	"os"
	"path/filepath"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/stdlib/kit/encode"
)

// Append is the sink file.append. Whole lines are written in one call, at the end of the file, whoever else writes there.
type Append struct {
	Path   string
	Format string
	Header bool

	enc *encode.Encoder
	f   *os.File
	buf []byte // whole lines

	commit *epochs // of a run that commits in epochs
}

var _ component.ColumnSink = (*Append)(nil)

// appendSize is how much is kept back, until a Flush, to be written at once.
const appendSize = 64 << 10

// Open implements component.ColumnSink.
func (a *Append) Open(ctx *component.Context, schema []component.Column) error {
	format, err := encode.ParseFormat(a.Format, encode.TSV, encode.CSV, encode.JSON)
	if err != nil {
		return err
	}
	if a.Header && format == encode.JSON {
		return fault.New("leave `header` out: each object names its fields", "header: json has none")
	}
	if a.Path == "" {
		return fault.New("name a file to write", "path: no file is named")
	}
	switch info, err := os.Stat(a.Path); {
	case err == nil && info.IsDir():
		return fault.New("name a file in it", "%s: is a folder, not a file", a.Path)
	case err == nil && !info.Mode().IsRegular():
		return fault.New("use stdout.print to write to a terminal or a pipe", "%s: is not a regular file, and has no end to write at", a.Path)
	}
	path := a.Path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if err := ctx.Own(name(path)); err != nil {
		return fault.New("give each of them a path of its own", "%w", err)
	}
	a.enc = encode.New(format, schema)
	if ctx.Epochs {
		a.commit = &epochs{path: a.Path, meant: a.Path, stays: true, begin: func(size int64, last byte) (first []byte) {
			switch {
			case size > 0 && last != '\n':
				first = append(first, '\n')
			case size == 0 && a.Header:
				first = a.enc.AppendHeader(first)
			}
			return first
		}}
		return a.commit.open(0o644)
	}
	a.f, err = os.OpenFile(a.Path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return cannotWrite(a.Path, "be written", err, "what was written before is in the file")
	}
	if err := a.begin(); err != nil {
		_ = a.f.Close()
		a.f = nil
		return cannotWrite(a.Path, "be written", err, "what was written before is in the file")
	}
	return nil
}

// begin prepares what comes before the first line: the header of a new file; the end of a line that a crash has torn.
func (a *Append) begin() error {
	info, err := a.f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if size == 0 {
		if a.Header {
			a.buf = a.enc.AppendHeader(a.buf)
		}
		return nil
	}
	last := make([]byte, 1)
	if _, err := a.f.ReadAt(last, size-1); err != nil {
		return err
	}
	if last[0] != '\n' {
		a.buf = append(a.buf, '\n')
	}
	return nil
}

// Write implements component.ColumnSink.
func (a *Append) Write(rows *component.Columns) error {
	if a.commit != nil {
		for i := range rows.N {
			a.commit.buf = a.enc.AppendLine(a.commit.buf, rows, i)
		}
		return nil
	}
	for i := range rows.N {
		a.buf = a.enc.AppendLine(a.buf, rows, i)
		if len(a.buf) >= appendSize {
			if err := a.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Flush implements component.ColumnSink.
func (a *Append) Flush() error {
	if len(a.buf) == 0 || a.f == nil {
		return nil
	}
	_, err := a.f.Write(a.buf)
	a.buf = a.buf[:0]
	if err != nil {
		return cannotWrite(a.Path, "be written", err, "what was written before is in the file")
	}
	return nil
}

// Close implements component.ColumnSink. What was taken is written, whether the run is complete or not.
func (a *Append) Close(bool) error {
	if a.commit != nil {
		return a.commit.close(false)
	}
	if a.f == nil {
		return nil
	}
	err := a.Flush()
	if err == nil {
		if err = a.f.Sync(); err != nil {
			err = cannotWrite(a.Path, "be written", err, "what was written before is in the file")
		}
	}
	if e := a.f.Close(); err == nil && e != nil {
		err = cannotWrite(a.Path, "be written", e, "what was written before is in the file")
	}
	a.f = nil
	return err
}

// Inner is what commits with the epochs.
func (a *Append) Inner() any {
	if a.commit == nil {
		return nil
	}
	return a.commit
}
