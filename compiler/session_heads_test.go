package compiler

import (
	"fmt"
	"strings"
	"testing"

	"github.com/topo-lang/topo/lang/source"
)

const sessionHeads = `topology main { guarantee none }

param least int = 3
param pause duration = 1s
param spare int = 4
const few = 2

spout lines -> (line string) = file.lines(path: "x")

// Cuts lines.
bolt split(l: lines) -> words: (word string, at int), odd: (line string) {
    for w in words(l.line) {
        if len(w) > least { emit words(w, 1) } else { emit odd(w) }
    }
}

bolt count(w: split.words by fields(word)) -> (word string, n int) latest by word {
    state n int per word
    n += 1
    emit (w.word, n)
    every pause { emit (w.word, n) }
}

bolt rest(o: split.odd) -> (line string) {
    if o.line != "x" { emit (o.lin) }
}

sink out(count) = stdout.table(key: word)
sink all(rest) = stdout.print()
sink bad(split.failed) = stdout.print()
`

// A change of a head is a small one, too: what it says is what a compilation says, and the session goes on with what it has. Edits pile up.
func TestSessionHeads(t *testing.T) {
	opts := Options{Libraries: realLibraries}
	s := NewSession(opts)
	text := sessionHeads
	check := func(what string) bool {
		t.Helper()
		file := []*source.File{source.NewFile("main.topo", text)}
		before := s.last
		got := fmt.Sprintf("%+v", s.Check(file))
		if _, want := Compile(file, opts); got != fmt.Sprintf("%+v", want) {
			t.Fatalf("%s: the session says\n%s\nand a compilation\n%+v\nof\n%s", what, got, want, text)
		}
		return s.last == before
	}
	check("at first")
	for _, edit := range []struct{ from, to string }{
		{"latest by word {", "latest by word tasks 2 {"},
		{"tasks 2 {", "tasks 5000 {"}, // a mistake, and out of it
		{"tasks 5000 {", "tasks few {"},
		{"tasks few {", "tasks spare {"},
		{"spare int = 4", "spare int = 0"}, // no number of tasks
		{"spare int = 0", "spare int = 8"},
		{"tasks spare {", "{"}, // nothing needs it
		{"by fields(word)", "by shuffle"},
		{"by shuffle", "by fields(at)"},
		{"by fields(at)", "by fields(word)"},
		{"at int), odd", "place int), odd"}, // nobody reads it
		{"(word string, place", "(term string, place"},
		{"(term string, place", "(word []string, place"},
		{"(word []string, place", "(word string, place"},
		{"odd: (line string)", "odd: (lin string)"}, // the mistake of rest goes
		{"odd: (lin string)", "odd: (text string, lin string)"},
		{"odd: (text string, lin string)", "odd: (line string)"},
		{"// Cuts lines.", "// Cuts lines at spaces, which moves what stands in its head."},
		{"-> words:", "-> others:"},
		{"-> others:", "-> words:"},
		{"(o: split.odd)", "(o: split.od)"},
		{"(o: split.od)", "(o: lines)"},
		{"(o: lines)", "(o: split.failed)"},
		{"(o: split.failed)", "(odd: split.odd)"},
		{"(odd: split.odd)", "(o: split.odd)"},
		{"pause duration = 1s", "pause duration = 0s"}, // too short for a timer
		{"pause duration = 0s", "pause duration = 2s"},
		{"least int = 3", "least int = 5"},
		{"key: word", "key: n"},
		{"key: n", "key: nn"},
		{"key: nn)", "key: word)"},
		{"sink out(count)", "sink out(rest)"},
		{"sink out(rest)", "sink out(count)"},
		{"path: \"x\"", "path: \"y\""},
		{"lines -> (line string)", "lines -> (text string)"},
		{"lines -> (text string)", "lines -> (line string)"},
		{"sink all(rest) = stdout.print()", "sink all(rest) = stdout.prin()"},
		{"stdout.prin()", "file.write(path: \"z\")"},
	} {
		if !strings.Contains(text, edit.from) {
			t.Fatalf("%q is not there", edit.from)
		}
		text = strings.Replace(text, edit.from, edit.to, 1)
		if !check(edit.from + " -> " + edit.to) {
			t.Errorf("%s -> %s: all was done again", edit.from, edit.to)
		}
		if x := s.Index(); x == nil {
			t.Fatal("no index")
		}
	}
}
