package compiler

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/runtime/spell"
)

// MaxFile is how long a .topo file may be, in bytes.
const MaxFile = 16 << 20

// Load reads the text of one topology: a .topo file, or the .topo files of a folder in the
// order of their names. Files that can't be read are reported, the others are returned.
func Load(path string) ([]*source.File, []diag.Diagnostic) {
	l := &loader{}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		l.unreadable(path, err)
	case info.IsDir():
		l.folder(path)
	case filepath.Ext(path) != ".topo":
		l.err(cannotRead, source.Span{}, "%s is no .topo file", path).help("name a .topo file, or a folder that holds some")
	default:
		l.file(path)
	}
	return l.files, l.diagnostics()
}

type loader struct {
	reporter
	files   []*source.File
	library bool // of a folder, its library is wanted
}

func (l *loader) unreadable(path string, err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r := l.err(cannotRead, source.Span{}, "%s does not exist", path)
		if filepath.Ext(path) == "" {
			if _, err := os.Stat(path + ".topo"); err == nil {
				r.help("did you mean %s.topo?", path)
				return
			}
		}
		if near := neighbour(path); near != "" {
			r.help("did you mean %s?", near)
			return
		}
		what := existing(path)
		if filepath.Ext(path) == ".topo" {
			what = filepath.Join(what, "*.topo")
		}
		r.help("see what is there: ls %s", what)
	case errors.Is(err, fs.ErrPermission):
		l.err(cannotRead, source.Span{}, "%s can't be read: permission denied", path).help("check its permissions")
	default:
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		l.err(cannotRead, source.Span{}, "%s can't be read: %v", path, err)
	}
}

// neighbour is the folder or the .topo file whose name is nearest to that of a path which is not there; or "".
func neighbour(path string) string { return neighbourOf(path, false) }

// neighbourOf is neighbour; of a library, which is named without `.topo`.
func neighbourOf(path string, library bool) string {
	path = filepath.Clean(path)
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !strings.HasPrefix(e.Name(), ".") && (ext == ".topo" || e.IsDir() && filepath.Ext(path) != ".topo") {
			name := e.Name()
			if library {
				name = strings.TrimSuffix(name, ".topo")
			}
			names = append(names, name)
		}
	}
	near := spell.Suggest(filepath.Base(path), names)
	if near == "" {
		return ""
	}
	return filepath.Join(filepath.Dir(path), near)
}

// existing is the nearest folder above a path that is there.
func existing(path string) string {
	for {
		up := filepath.Dir(path)
		if info, err := os.Stat(up); err == nil && info.IsDir() || up == path {
			return up
		}
		path = up
	}
}

func (l *loader) folder(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		l.unreadable(dir, err)
		return
	}
	found := 0
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".topo" && !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			found++
			l.file(filepath.Join(dir, e.Name()))
		}
	}
	if found == 0 {
		l.err(noTopoFiles, source.Span{}, "no .topo file in %s", dir).
			help("`topoc new NAME` makes a first topology")
	}
	l.divide(dir)
}

// HeaderOf says what a text declares itself to be a file of: "topology", "library", or "" where it does not say.
func HeaderOf(text string) string {
	if m := header.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// header is the line that says what a file belongs to.
var header = regexp.MustCompile(`(?m)^(topology|library)[ \t]+[A-Za-z_]`)

// divide leaves of a folder's files those of its one topology: libraries in files of their own may lie beside it. Where a library is wanted it is the other way
// round: topologies beside it are its tests.
func (l *loader) divide(dir string) {
	var topologies []string
	libraries := map[*source.File]bool{}
	for _, f := range l.files {
		m := header.FindStringSubmatch(f.Text)
		switch {
		case m == nil:
		case m[1] == "topology":
			topologies = append(topologies, filepath.Base(f.Name))
		default:
			libraries[f] = true
		}
	}
	switch {
	case l.library && len(topologies) > 0 && len(libraries) > 0:
		l.files = slices.DeleteFunc(l.files, func(f *source.File) bool { return !libraries[f] })
	case len(topologies) == 1:
		l.files = slices.DeleteFunc(l.files, func(f *source.File) bool { return libraries[f] })
	case len(topologies) > 1:
		n, more := len(topologies), ""
		if n > 5 {
			topologies, more = topologies[:5], fmt.Sprintf(" and %d more", n-5)
		}
		l.files = nil
		l.err(severalTopologies, source.Span{}, "%s has %d topologies: %s%s", folderName(dir), n, strings.Join(topologies, ", "), more).
			help("name one of the files; a topology of several files has one header")
	}
}

// folderName is a folder as people name it.
func folderName(dir string) string {
	if dir == "." {
		return "this folder"
	}
	return dir
}

// LoadLibrary reads the files of a library: of a folder, or the one file with this name.
func LoadLibrary(path string) ([]*source.File, []diag.Diagnostic) {
	l := &loader{library: true}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		l.folder(path)
	case err == nil && filepath.Ext(path) == ".topo":
		l.file(path)
	default:
		if _, err := os.Stat(path + ".topo"); err == nil {
			l.file(path + ".topo")
		} else {
			l.unreadable(path, fs.ErrNotExist)
		}
	}
	return l.files, l.diagnostics()
}

// LibrariesIn reads the libraries that lie in a folder beside its topology: the files of each, in the order of their names. There are none where a
// file can't be read, which Load says.
func LibrariesIn(dir string) [][]*source.File {
	l := &loader{library: true}
	l.folder(dir)
	if l.failed() {
		return nil
	}
	var out [][]*source.File
	at := map[string]int{}
	for _, f := range l.files {
		m := libraryHeader.FindStringSubmatch(f.Text)
		if m == nil {
			continue
		}
		if _, ok := at[m[1]]; !ok {
			at[m[1]] = len(out)
			out = append(out, nil)
		}
		out[at[m[1]]] = append(out[at[m[1]]], f)
	}
	return out
}

// libraryHeader is the line that says which library a file is of.
var libraryHeader = regexp.MustCompile(`(?m)^library[ \t]+(\w+)`)

func (l *loader) file(path string) {
	info, err := os.Stat(path)
	if err != nil {
		l.unreadable(path, err)
		return
	}
	if !info.Mode().IsRegular() {
		l.err(cannotRead, source.Span{}, "%s is no regular file", path)
		return
	}
	f, err := os.Open(path)
	if err != nil {
		l.unreadable(path, err)
		return
	}
	defer func() { _ = f.Close() }() // read only
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		l.unreadable(path, err)
		return
	}
	if len(data) > MaxFile {
		l.err(fileTooLarge, source.Span{}, "%s is larger than %d MB", path, MaxFile>>20).
			help("a topology is text for people: keep its data in files that a spout reads")
		return
	}
	// Some editors begin a file with a byte order mark. It is no part of the text, and would count as a column.
	text := strings.TrimPrefix(string(data), "\ufeff")
	file := source.NewFile(path, text)
	if l.notText(path, text) {
		// Shown, but never parsed.
		l.files = append(l.files, file)
		return
	}
	l.files = append(l.files, file)
}

// CheckText returns what keeps the text of a file from being read at all: bytes that are no text.
func CheckText(f *source.File) []diag.Diagnostic {
	var r reporter
	r.notText(f.Name, f.Text)
	return r.diagnostics()
}

// notText reports a text that is none.
func (r *reporter) notText(path, text string) bool {
	at, what := notUTF8(text)
	if what == "" {
		return false
	}
	r.err(notText, spanOf(path, at, at+1), "%s holds %s", path, what).help("save it as UTF-8 text")
	return true
}

// notUTF8 returns where and how a text is no text.
func notUTF8(text string) (at int, what string) {
	if i := strings.IndexByte(text, 0); i >= 0 {
		return i, "a NUL byte"
	}
	if utf8.ValidString(text) {
		return 0, ""
	}
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i, fmt.Sprintf("the byte 0x%02x, which is not UTF-8", text[i])
			}
		}
	}
	return 0, ""
}
