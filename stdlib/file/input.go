package file

import (
	"context"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"syscall"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/stdlib/kit/lines"
	"github.com/topo-lang/topo/stdlib/kit/note"
)

// input is the lines of some files, one after the other.
type input struct {
	files  []source // yet to be read
	all    []source
	cutter lines.Cutter
	now    io.Closer // the file that is being read
	head   head      // of the regular file that was opened last
}

// source is a file to read.
type source struct {
	path    string
	regular bool
}

// open finds the files of a path or pattern, and whether they can be read.
func (in *input) open(ctx *component.Context, path string, maxLine int64, invalid lines.Invalid) error {
	max, err := lines.ParseMaxLine(maxLine)
	if err != nil {
		return err
	}
	in.cutter = lines.Cutter{MaxLine: max, Invalid: invalid, Warn: note.Warner(ctx), Refuse: ctx.Refuse}
	paths, err := match(ctx, path)
	if err != nil {
		return err
	}
	for _, path := range paths {
		s, err := check(path)
		if err != nil {
			return err
		}
		in.files = append(in.files, s)
	}
	in.all = in.files
	return nil
}

// more reads until there are lines, or ctx is done; io.EOF is the end of the last file. Lines handed out before are no longer valid.
func (in *input) more(ctx context.Context) error {
	err := io.EOF
	if in.now != nil {
		err = in.cutter.Fill(ctx)
	}
	if err == io.EOF {
		return in.advance()
	}
	return err
}

// advance goes to the next file; io.EOF tells that there is none.
func (in *input) advance() error {
	in.closeFile()
	if len(in.files) == 0 {
		return io.EOF
	}
	s := in.files[0]
	in.files = in.files[1:]
	if !s.regular {
		pump := lines.NewPump(func() (io.ReadCloser, error) { return os.Open(s.path) })
		in.now = closer(pump.Close)
		in.cutter.Start(pump, s.path)
		return nil
	}
	f, err := in.openFile(s.path)
	if err != nil {
		return err
	}
	in.now = f
	in.cutter.Start(lines.File{R: f}, s.path)
	return nil
}

// position is a place in the files, before a line or, with csv, a record. Without a file it is where the last one ends.
type position struct {
	File   string `json:"file,omitempty"`
	Offset int64  `json:"offset,omitempty"`
	Line   int64  `json:"line,omitempty"`
	// The file's beginning, by which it is known again.
	Head int    `json:"head,omitempty"`
	Sum  uint32 `json:"sum,omitempty"`
}

// head is a file's beginning: its length and its checksum.
type head struct {
	n   int
	sum uint32
}

// headSize is how much of a file's beginning is looked at.
const headSize = 1 << 10

// readHead reads n bytes of a file's beginning, or fewer where it has fewer.
func readHead(f *os.File, n int) (head, error) {
	var buf [headSize]byte
	n, err := f.ReadAt(buf[:min(n, headSize)], 0)
	if err != nil && err != io.EOF {
		return head{}, err
	}
	return head{n, crc32.ChecksumIEEE(buf[:n])}, nil
}

// position says where the next line stands.
func (in *input) position() ([]byte, error) {
	if in.now == nil {
		return in.upcoming()
	}
	s := in.all[len(in.all)-len(in.files)-1]
	if !s.regular {
		return nil, fault.New("write `durable` before the `=`: a log keeps what it gives; or run with --guarantee none",
			"%s: is no file, and what was read from it once can't be read again", s.path)
	}
	at, line := in.cutter.At()
	return json.Marshal(position{File: s.path, Offset: at, Line: line, Head: in.head.n, Sum: in.head.sum})
}

// upcoming is the place before the next file.
func (in *input) upcoming() ([]byte, error) {
	if len(in.files) == 0 {
		return json.Marshal(position{})
	}
	return json.Marshal(position{File: in.files[0].path})
}

// seek finds the file of a place: it is the first of the files that are yet to be read then.
func (in *input) seek(text []byte) (position, error) {
	in.closeFile()
	var p position
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fault.New("", "this is no place in files: %w", err)
	}
	in.files = nil
	if p.File == "" {
		return p, nil
	}
	i := slices.IndexFunc(in.all, func(s source) bool { return s.path == p.File })
	if i < 0 {
		return p, fault.New("let it read "+p.File+" to its end; or begin anew with another --store", "%s: was not read to its end, and is none of the files to read now", p.File)
	}
	in.files = in.all[i:]
	return p, p.check()
}

// check sees that the file is the one that the place is in.
func (p position) check() error {
	if p.Offset == 0 {
		return nil
	}
	const help = "put the file back; or begin anew with another --store"
	f, err := openFile(p.File)
	if err != nil {
		return err
	}
	defer f.Close() // it was only read from
	info, err := f.Stat()
	if err != nil {
		return cannotOpen(p.File, err)
	}
	if p.Offset < 0 || p.Line < 0 || p.Head < 0 || info.Size() < p.Offset {
		return fault.New(help, "%s: has %d bytes, and %d of it were read before: it has changed", p.File, info.Size(), p.Offset)
	}
	h, err := readHead(f, p.Head)
	if err != nil {
		return cannotOpen(p.File, err)
	}
	if h != (head{p.Head, p.Sum}) {
		return fault.New(help, "%s: begins otherwise than when it was read before: it has changed, or is another file", p.File)
	}
	return nil
}

// rewind goes to a place that position gave.
func (in *input) rewind(text []byte) error {
	p, err := in.seek(text)
	if err != nil || p.Offset == 0 {
		return err
	}
	f, err := in.openFile(p.File)
	if err != nil {
		return err
	}
	if _, err := f.Seek(p.Offset, io.SeekStart); err != nil {
		f.Close() // it was only read from
		return cannotOpen(p.File, err)
	}
	in.files, in.now = in.files[1:], f
	in.cutter.StartAt(lines.File{R: f}, p.File, p.Offset, p.Line)
	return nil
}

// openFile opens a regular file, and notes how it begins.
func (in *input) openFile(path string) (*os.File, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	if in.head, err = readHead(f, headSize); err != nil {
		f.Close() // it was only read from
		return nil, cannotOpen(path, err)
	}
	return f, nil
}

func openFile(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cannotOpen(path, err)
	}
	return f, nil
}

type closer func()

func (c closer) Close() error { c(); return nil }

func (in *input) closeFile() {
	if in.now != nil {
		in.now.Close() // it was only read from: nothing can be lost
		in.now = nil
	}
}

func (in *input) close() {
	in.closeFile()
	in.cutter.Close()
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
