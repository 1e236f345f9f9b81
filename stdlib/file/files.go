package file

import (
	"encoding/json"
	"io"

	"github.com/topo-lang/topo/runtime/component"
)

// Files are the files of a path or a pattern, for the library's other formats: each is read from its beginning to its end, in the order of their names.
type Files struct{ in input }

// Open finds the files, and whether they can be read, before anything runs.
func (f *Files) Open(ctx *component.Context, path string) error {
	return f.in.open(ctx, path, 1, 0)
}

// Next opens the next file; io.EOF tells that there is none.
func (f *Files) Next() (io.ReadSeekCloser, string, error) {
	if len(f.in.files) == 0 {
		return nil, "", io.EOF
	}
	s := f.in.files[0]
	f.in.files = f.in.files[1:]
	if !s.regular {
		r, err := openFile(s.path)
		return r, s.path, err
	}
	r, err := f.in.openFile(s.path)
	return r, s.path, err
}

// Position is a place in the file that was opened last, as JSON; in none of them where that has ended.
func (f *Files) Position(open bool, offset, line int64) ([]byte, error) {
	if !open {
		return f.in.upcoming()
	}
	return json.Marshal(position{File: f.in.all[len(f.in.all)-len(f.in.files)-1].path, Offset: offset, Line: line,
		Head: f.in.head.n, Sum: f.in.head.sum})
}

// Rewind goes to a place: Next opens its file, in which the place is where offset and line say.
func (f *Files) Rewind(text []byte) (offset, line int64, err error) {
	p, err := f.in.seek(text)
	return p.Offset, p.Line, err
}
