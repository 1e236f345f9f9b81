package golang

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/runtime/spell"
)

// Package returns a package that was loaded.
func (s *Set) Package(r Ref) *Package { return s.packages[r.key()] }

// key is what decides which package is meant: the folder of the file, not its name.
func (r Ref) key() Ref { return Ref{filepath.Dir(r.File), r.Path} }

// Same reports whether two names mean one package.
func (r Ref) Same(o Ref) bool { return r.key() == o.key() }

// beside is the file as messages name it: the parts of a session's files have no names for people.
func (r Ref) beside() string {
	if name := path.Base(filepath.ToSlash(r.File)); !strings.HasPrefix(name, "\x00") {
		return name
	}
	return "this file"
}

// Sources returns the Go files that spans point into, in the order of their names.
func (s *Set) Sources() []*source.File {
	var out []*source.File
	for _, f := range s.shown {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *source.File) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Fingerprint names all that the packages were compiled from.
func (s *Set) Fingerprint() string {
	h := sha256.New()
	fmt.Fprintln(h, s.Module.Fingerprint())
	var all []string
	for _, p := range s.packages {
		all = append(all, p.Path+" "+filepath.Base(p.export))
	}
	slices.Sort(all)
	for _, line := range all {
		fmt.Fprintln(h, line)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// file reads a Go file to show places in it; nil where it can't be read.
func (s *Set) file(name string) *source.File {
	if f, ok := s.files[name]; ok {
		return f
	}
	text, err := os.ReadFile(name)
	if err != nil {
		s.files[name] = nil
		return nil
	}
	shown := name
	if rel, err := filepath.Rel(s.base, name); err == nil && !s.whole && strings.Count(rel, "..") < 4 {
		shown = rel
	}
	f := source.NewFile(filepath.ToSlash(shown), string(text))
	s.files[name] = f
	s.shown[f.Name] = f
	return f
}

// Span is the place of Go source from one position to another.
func (s *Set) Span(from, to token.Pos) source.Span {
	if !from.IsValid() {
		return source.Span{}
	}
	start := s.fset.PositionFor(from, false)
	f := s.file(start.Filename)
	if f == nil || start.Offset > len(f.Text) {
		return source.Span{}
	}
	end := start.Offset
	if to.IsValid() {
		if e := s.fset.PositionFor(to, false); e.Filename == start.Filename && e.Offset <= len(f.Text) {
			end = max(end, e.Offset)
		}
	}
	return source.Span{File: f.Name, Start: start.Offset, End: end}
}

// Name is the place of a name at pos.
func (s *Set) Name(pos token.Pos, name string) source.Span {
	at := s.Span(pos, token.NoPos)
	if !at.IsZero() {
		at.End = at.Start + len(name)
		if f := s.shown[at.File]; f == nil || at.End > len(f.Text) {
			at.End = at.Start
		}
	}
	return at
}

// errorPlace is where an error of the go command stands, and what it says.
func (s *Set) errorPlace(e packages.Error) (source.Span, string) {
	name, line, column, ok := splitPlace(e.Pos)
	if !ok {
		return source.Span{}, e.Msg
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(s.Module.Folder, name)
	}
	f := s.file(name)
	if f == nil {
		return source.Span{}, e.Msg
	}
	text, start := f.Line(line)
	at := min(max(column-1, 0), len(text))
	end := at
	for end < len(text) && (text[end] == '_' || text[end] >= '0' && text[end] <= '9' || text[end] >= 'A' && text[end] <= 'Z' || text[end] >= 'a' && text[end] <= 'z') {
		end++
	}
	return source.Span{File: f.Name, Start: start + at, End: start + end}, e.Msg
}

func (s *Set) noteOf(e packages.Error, msg string) string {
	name, line, _, ok := splitPlace(e.Pos)
	if !ok {
		return firstLine(msg)
	}
	return fmt.Sprintf("%s:%d: %s", filepath.Base(name), line, firstLine(msg))
}

// splitPlace takes `file:12:3` apart.
func splitPlace(pos string) (file string, line, column int, ok bool) {
	rest, last, found := cutLast(pos)
	if !found {
		return "", 0, 0, false
	}
	n, err := strconv.Atoi(last)
	if err != nil {
		return "", 0, 0, false
	}
	if name, middle, found := cutLast(rest); found {
		if m, err := strconv.Atoi(middle); err == nil {
			return name, m, n, true
		}
	}
	return rest, n, 1, true
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// suggestFolder finds what a folder may have been meant to be.
func suggestFolder(from, path string) string {
	parent := filepath.Join(from, filepath.FromSlash(path), "..")
	entries, err := os.ReadDir(parent)
	if err != nil {
		return "a folder is named from the one that the .topo file lies in"
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	if near := spell.Suggest(filepath.Base(path), names); near != "" {
		rel, err := filepath.Rel(from, filepath.Join(parent, near))
		if err == nil {
			rel = filepath.ToSlash(rel)
			if !strings.HasPrefix(rel, ".") {
				rel = "./" + rel
			}
			return "did you mean " + rel + "?"
		}
	}
	return "a folder is named from the one that the .topo file lies in"
}
