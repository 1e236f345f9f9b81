package compiler

import (
	"fmt"
	"math/rand/v2"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// A session says of every text, after every change of it, what a compilation from nothing says.
func TestSessionIsCompile(t *testing.T) {
	eachCase(t, func(t *testing.T, a *txtar.Archive, names []string) {
		random := rand.New(rand.NewPCG(1, 2))
		opts := Options{Libraries: realLibraries, Load: shelf(a)}
		s := NewSession(opts)
		texts := map[string]string{}
		for _, f := range a.Files {
			texts[f.Name] = string(f.Data)
		}
		for step := range 25 {
			var files []*source.File
			for _, n := range names {
				files = append(files, source.NewFile(n, texts[n]))
			}
			_, want := Compile(files, opts)
			if got := s.Check(files); !reflect.DeepEqual(fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want)) {
				t.Fatalf("step %d: the session says\n%+v\nand a compilation\n%+v", step, got, want)
			}
			if len(names) == 0 {
				return
			}
			// A change somewhere: a character goes, comes again, or a line is doubled.
			n := names[random.IntN(len(names))]
			at := random.IntN(len(texts[n]) + 1)
			switch step % 5 {
			case 3, 4:
				// A word takes another's place: what changes then is often in a body only.
				words := regexp.MustCompile(`\w+`).FindAllStringIndex(texts[n], -1)
				if len(words) > 0 {
					to, from := words[random.IntN(len(words))], words[random.IntN(len(words))]
					texts[n] = texts[n][:to[0]] + texts[n][from[0]:from[1]] + texts[n][to[1]:]
				}
			case 0:
				texts[n] = texts[n][:at] + []string{"\n", "x", "}", "{", "// c\n", "é", "\nbolt b() {\n"}[random.IntN(7)] + texts[n][at:]
			case 1:
				texts[n] = texts[n][:at] + texts[n][min(at+1+random.IntN(9), len(texts[n])):]
			case 2:
				lines := strings.SplitAfter(texts[n], "\n")
				i := random.IntN(len(lines))
				texts[n] = strings.Join(lines[:i], "") + lines[i] + lines[i] + strings.Join(lines[i+1:], "")
			}
		}
	})
}

// eachCase runs a test for each archive of the cases, whose topology is in the files of these names.
func eachCase(t *testing.T, run func(t *testing.T, a *txtar.Archive, names []string)) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal(err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range a.Files {
				if strings.HasSuffix(f.Name, ".topo") && !strings.Contains(f.Name, "/") {
					names = append(names, f.Name)
				}
			}
			run(t, a, names)
		})
	}
}

// shelf loads the libraries of an archive.
func shelf(a *txtar.Archive) func(string) ([]*source.File, []diag.Diagnostic) {
	folders := map[string][]*source.File{}
	for _, f := range a.Files {
		if strings.Contains(f.Name, "/") && strings.HasSuffix(f.Name, ".topo") {
			folders[path.Dir(f.Name)] = append(folders[path.Dir(f.Name)], source.NewFile(f.Name, string(f.Data)))
		}
	}
	return func(folder string) ([]*source.File, []diag.Diagnostic) { return folders[filepath.ToSlash(folder)], nil }
}

// Where graphs and libraries are used, too, a change of a bolt's statements is a small one: the session goes on with what it has.
func TestSessionGraphs(t *testing.T) {
	a := txtar.Parse([]byte(sessionGraphs))
	opts := Options{Libraries: realLibraries, Load: shelf(a)}
	s := NewSession(opts)
	text := string(a.Files[0].Data)
	random := rand.New(rand.NewPCG(3, 4))
	// What stands in the statements of its bolts, and what may take its place.
	begin := strings.Index(text, "// From here on")
	words := regexp.MustCompile(`[\w.]+`)
	kept := 0
	for step := range 400 {
		file := []*source.File{source.NewFile("main.topo", text)}
		_, want := Compile(file, opts)
		before := s.last
		if got := s.Check(file); !reflect.DeepEqual(fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want)) {
			t.Fatalf("step %d: the session says\n%+v\nand a compilation\n%+v\nof\n%s", step, got, want, text)
		}
		if s.last == before {
			kept++
		}
		if step%4 == 3 {
			text = string(a.Files[0].Data) // mistakes do not pile up
			continue
		}
		lines := strings.SplitAfter(text[begin:], "\n")
		for tries := 0; tries < 100; tries++ {
			i := random.IntN(len(lines))
			at := words.FindAllStringIndex(lines[i], -1)
			if !strings.HasPrefix(lines[i], "    ") || len(at) == 0 {
				continue
			}
			to := at[random.IntN(len(at))]
			with := words.FindAllString(text, -1)
			lines[i] = lines[i][:to[0]] + with[random.IntN(len(with))] + lines[i][to[1]:]
			break
		}
		text = text[:begin] + strings.Join(lines, "")
	}
	if kept < 200 {
		t.Errorf("of 400 changes of statements %d were small ones", kept)
	}
}

const sessionGraphs = `
-- main.topo --
topology main { guarantee none }

use "./common"

param least int = 3
param spare int = 4
const sep = ","

spout lines -> (line string) = file.lines(path: "x")
spout ticks -> (n int, at time) = generate.every(period: 1s)

graph unique(of: (line string) by fields(line), workers int = 1) -> (line string), again: (line string) {
    bolt first(o: of) -> new: (line string), old: (line string) tasks workers {
        state seen bool per line
        if seen { emit old(o.line) } else { emit new(o.line) }
        seen = len(o.line) > least
    }
    out = first.new
    again = first.old
}

graph deep(of: (line string)) -> (line string) {
    bolt up(of) -> (line string) { emit (upper(of.line)) }
    bolt once(up) = unique(workers: 3)
    sink rest(once.again) = stdout.print()
    out = once
}

bolt once(split) = unique(workers: 2)
bolt late(once.again) = deep()
sink out(late) = stdout.print()
sink all(once) = file.write(path: "all.tsv")
sink counts(count) = stdout.table(key: word)
sink beats(beat) = stdout.print()

func clean(s string) -> string = trim(common.first(s, sep))

test "all" {
    given lines: ("a")
    expect split: ("a")
    expect count contains ("a", _)
}

// From here on there are bolts.
bolt split(l: lines) -> (line string) {
    for w in split(l.line, sep) {
        if len(w) > least { emit (clean(w)) }
    }
}

bolt count(o: once by fields(line)) -> (word string, n int) latest by word {
    state n int per line
    n += common.weight(o.line)
    emit (o.line, n)
    finish per line { emit (line, n) }
}

bolt beat(t: ticks by fields(n)) -> (seen int) {
    state seen int per n
    seen += t.n
    emit (seen)
    every 10s { emit (least) }
}
-- common/common.topo --
library common

func first(s string, sep string) -> string = split(s, sep)[0] ?? ""
func weight(s string) -> int = len(s)
func never(s string) -> int = len(s)
`

// BenchmarkSession changes one line of many, as an editor does: with no guarantee, and with the one that is the dearest to prove; and a line of a head.
func BenchmarkSession(b *testing.B) {
	for _, bench := range []struct {
		name, guarantee string
		// What is changed: the text behind which a number stands.
		before string
	}{
		{"none", "none", "len(w) > "},
		{"exactly-once", "exactly-once", "len(w) > "},
		{"tasks", "none", "latest by line tasks "},
		{"tasks-exactly-once", "exactly-once", "latest by line tasks "},
		{"field", "none", "-> (line string, n"},
		{"param", "none", "param least int = "},
	} {
		b.Run(bench.name, func(b *testing.B) {
			text := strings.Replace(generated(10_000), "guarantee none", "guarantee "+bench.guarantee, 1)
			text = strings.ReplaceAll(text, ") = stdout.print()", ") accept duplicates = stdout.print()")
			half := len(text) / 2
			text = text[:half] + strings.Replace(text[half:], "\nbolt", "\nparam least int = 3\n\nbolt", 1)
			text = strings.Replace(text, "starts_with(w, \"x\")", "len(w) > least", 3)
			s := NewSession(Options{Libraries: realLibraries})
			at := strings.Index(text[half-100:], bench.before) + half - 100 + len(bench.before)
			rest := strings.TrimLeft(text[at:], "0123456789")
			s.Check([]*source.File{source.NewFile("big.topo", text)})
			n := 0
			for b.Loop() {
				n++
				// One line changes, each time to another text.
				changed := text[:at] + fmt.Sprint(n%1000+1) + rest
				for _, d := range s.Check([]*source.File{source.NewFile("big.topo", changed)}) {
					if d.Severity == diag.Error {
						b.Fatalf("%+v", d)
					}
				}
			}
		})
	}
}
