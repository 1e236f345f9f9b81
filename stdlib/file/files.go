package file

import (
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
func (f *Files) Next() (io.ReadCloser, string, error) {
	if len(f.in.files) == 0 {
		return nil, "", io.EOF
	}
	s := f.in.files[0]
	f.in.files = f.in.files[1:]
	r, err := openFile(s.path)
	return r, s.path, err
}
