package file

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/internal/fault"
	"github.com/topo-lang/topo/stdlib/internal/lines"
	"github.com/topo-lang/topo/stdlib/internal/note"
)

// Lines is the spout file.lines: the lines of a file, or of all files that a pattern matches.
type Lines struct {
	Path    string
	MaxLine int64
	Invalid string

	files  []source
	cutter lines.Cutter
	open   io.Closer
}

// LinesRow is a tuple of Lines.
type LinesRow struct{ Line string }

// source is a file to read.
type source struct {
	path    string
	regular bool
}

var _ component.Spout[LinesRow] = (*Lines)(nil)

// Open implements component.Spout.
func (l *Lines) Open(ctx *component.Context) error {
	invalid, err := lines.ParseInvalid(l.Invalid)
	if err != nil {
		return err
	}
	max, err := lines.ParseMaxLine(l.MaxLine)
	if err != nil {
		return err
	}
	l.cutter = lines.Cutter{MaxLine: max, Invalid: invalid, Warn: note.Warner(ctx)}
	paths, err := match(ctx, l.Path)
	if err != nil {
		return err
	}
	for _, path := range paths {
		s, err := check(path)
		if err != nil {
			return err
		}
		l.files = append(l.files, s)
	}
	return nil
}

// match returns the files that path means, in order: the file of that name, else those that it matches as a pattern.
func match(ctx *component.Context, path string) ([]string, error) {
	if path == "" {
		return nil, fault.New("name a file, or a pattern such as \"logs/*.txt\"", "path: no file is named")
	}
	found := ctx.Find(path)
	if _, err := os.Lstat(found); err == nil || !strings.ContainsAny(path, "*?[") {
		return []string{found}, nil
	}
	var files []string
	for _, pattern := range []string{path, filepath.Join(ctx.BaseDir, path)} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fault.New("`*` matches any part of a name, `?` one character, `[a-z]` one of a set; put a `\\` before a bracket that stands for itself",
				"%s: not a pattern of file names: %w", path, err)
		}
		for _, p := range paths {
			if info, err := os.Stat(p); err == nil && !info.IsDir() {
				files = append(files, p)
			}
		}
		if len(files) > 0 || ctx.BaseDir == "" || filepath.IsAbs(path) {
			break
		}
	}
	if len(files) == 0 {
		return nil, fault.New(lookedIn(ctx), "%s: no file matches this pattern", path)
	}
	sort.Strings(files)
	return files, nil
}

// lookedIn says from where relative paths are read.
func lookedIn(ctx *component.Context) string {
	dir, err := os.Getwd()
	if err != nil {
		return "check the path"
	}
	help := "relative paths are read from " + dir
	if ctx.BaseDir != "" {
		help += ", then from " + ctx.BaseDir
	}
	return help
}

// check finds out before anything runs whether a file can be read.
func check(path string) (source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return source{}, cannotOpen(path, err)
	}
	if info.IsDir() {
		return source{}, fault.New("to read every file in it, write the pattern \""+filepath.ToSlash(filepath.Join(path, "*"))+"\"",
			"%s: is a folder, not a file", path)
	}
	s := source{path: path, regular: info.Mode().IsRegular()}
	if !s.regular {
		return s, nil // to open a named pipe would wait for its writer
	}
	f, err := os.Open(path)
	if err != nil {
		return source{}, cannotOpen(path, err)
	}
	return s, f.Close()
}

func cannotOpen(path string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	help := "check the path"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		help = "check the name"
		if dir, e := os.Getwd(); e == nil && !filepath.IsAbs(path) {
			help += "; relative paths are read from " + dir
		}
	case errors.Is(err, fs.ErrPermission):
		help = "give the user who runs this the right to read it"
	case errors.Is(err, syscall.EMFILE):
		help = "too many files are open: raise the limit (ulimit -n)"
	}
	return fault.New(help, "%s: cannot be read: %w", path, err)
}

// Next implements component.Spout.
func (l *Lines) Next(ctx context.Context, out *component.Emitter[LinesRow]) error {
	for {
		for !out.Full() {
			line, ok := l.cutter.Line()
			if !ok {
				break
			}
			out.Emit(LinesRow{line})
		}
		// To read on would change the text of the lines just emitted.
		if len(out.Rows) > 0 || ctx.Err() != nil {
			return nil
		}
		err := io.EOF
		if l.open != nil {
			err = l.cutter.Fill(ctx)
		}
		switch {
		case err == io.EOF:
			if err := l.advance(); err != nil {
				return err
			}
		case err != nil:
			return err
		case ctx.Err() != nil:
			return nil
		}
	}
}

// advance goes to the next file; io.EOF tells that there is none.
func (l *Lines) advance() error {
	l.closeFile()
	if len(l.files) == 0 {
		return io.EOF
	}
	s := l.files[0]
	l.files = l.files[1:]
	if !s.regular {
		pump := lines.NewPump(func() (io.ReadCloser, error) { return os.Open(s.path) })
		l.open = closer(pump.Close)
		l.cutter.Start(pump, s.path)
		return nil
	}
	f, err := os.Open(s.path)
	if err != nil {
		return cannotOpen(s.path, err)
	}
	l.open = f
	l.cutter.Start(lines.File{R: f}, s.path)
	return nil
}

type closer func()

func (c closer) Close() error { c(); return nil }

func (l *Lines) closeFile() {
	if l.open != nil {
		l.open.Close() // it was only read from: nothing can be lost
		l.open = nil
	}
}

// Close implements component.Spout.
func (l *Lines) Close() error {
	l.closeFile()
	l.cutter.Close()
	return nil
}
