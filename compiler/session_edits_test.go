package compiler

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/lang/source"
)

var sessionWords = regexp.MustCompile(`\w+|[^\w\s]+`)

// TestSessionEdits edits lines of programs that are whole, a few at a time and back again, as people do: most of it in the statements of bolts, where a session
// does least. What it says is each time what a compilation from nothing says, with all places, and what it compiles has the same plan. TOPO_EDITS=n makes n edits of
// each program, TOPO_SEED others.
func TestSessionEdits(t *testing.T) {
	edits, seed := 6, 1
	if n, err := strconv.Atoi(os.Getenv("TOPO_EDITS")); err == nil {
		edits = n
	}
	if n, err := strconv.Atoi(os.Getenv("TOPO_SEED")); err == nil {
		seed = n
	}
	var cases []string
	for _, glob := range []string{"testdata/*.txtar", "../codegen/testdata/run/*.txtar", "../examples/*/*.topo", "testdata/session/*.txtar"} {
		found, err := filepath.Glob(glob)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: nothing there, %v", glob, err)
		}
		cases = append(cases, found...)
	}
	kept, all, keptHeads, heads := 0, 0, 0, 0
	for i, name := range cases {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		e := &edited{opts: Options{Libraries: realLibraries}, texts: map[string]string{}}
		if filepath.Ext(name) == ".txtar" {
			a := txtar.Parse(text)
			e.opts.Load = shelf(a)
			for _, f := range a.Files {
				if strings.HasSuffix(f.Name, ".topo") && !strings.Contains(f.Name, "/") {
					e.names, e.texts[f.Name] = append(e.names, f.Name), string(f.Data)
				}
			}
		} else { // its libraries lie beside it
			e.names, e.texts[name] = []string{name}, string(text)
		}
		if len(e.names) == 0 {
			continue
		}
		e.random = rand.New(rand.NewPCG(uint64(seed), uint64(i)))
		t.Run(strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)), func(t *testing.T) {
			e.session = NewSession(e.opts)
			e.same(t)
			for range edits {
				all++
				before, was := e.session.last, e.change()
				e.same(t)
				if e.session.last == before {
					kept++
					if e.head {
						keptHeads++
					}
				}
				if e.head {
					heads++
				}
				if e.random.IntN(3) > 0 { // and back; else the next edit comes on top of it
					e.texts = was
					e.same(t)
				}
			}
		})
	}
	if kept*10 < all {
		t.Errorf("of %d edits %d were small ones", all, kept)
	}
	if keptHeads*10 < heads {
		t.Errorf("of %d edits of heads %d were small ones", heads, keptHeads)
	}
	t.Logf("small ones: %d of %d edits, %d of %d of heads", kept, all, keptHeads, heads)
}

// headLine begins a declaration whose head can change by itself.
var headLine = regexp.MustCompile(`^(spout|bolt|sink|param) `)

// edited is a topology that is edited.
type edited struct {
	random  *rand.Rand
	opts    Options
	session *Session
	names   []string
	texts   map[string]string
	last    string
	head    bool // the last change was one of a head
}

// change edits a line, and returns the texts as they were.
func (e *edited) change() map[string]string {
	was := map[string]string{}
	for n, text := range e.texts {
		was[n] = text
	}
	name := e.names[e.random.IntN(len(e.names))]
	lines := strings.SplitAfter(e.texts[name], "\n")
	at := e.random.IntN(len(lines))
	head := e.random.IntN(3) == 0
	for try := 0; try < 20 && (head && !headLine.MatchString(lines[at]) || !head && !strings.HasPrefix(lines[at], "    ")); try++ { // statements mostly, if it can be
		at = e.random.IntN(len(lines))
	}
	other := lines[e.random.IntN(len(lines))]
	words := sessionWords.FindAllStringIndex(lines[at], -1)
	switch kind := e.random.IntN(8); {
	case kind == 0:
		lines[at] = ""
	case kind == 1:
		lines[at] += other
	case kind == 2:
		lines[at] = "    // " + strings.TrimLeft(lines[at], " ")
	case len(words) > 0:
		w := words[e.random.IntN(len(words))]
		from := sessionWords.FindAllString(e.texts[name], -1)
		with := from[e.random.IntN(len(from))]
		if kind == 3 {
			with = []string{"1", "2", "shuffle", "all", "global", "0", "-1s", "none", "now()", "\"{", "\"\"", "x", "!", "?? 1", "é"}[e.random.IntN(15)]
		}
		lines[at] = lines[at][:w[0]] + with + lines[at][w[1]:]
	}
	e.head = headLine.MatchString(lines[at])
	e.last = fmt.Sprintf("%s:%d: %s", name, at+1, lines[at])
	e.texts[name] = strings.Join(lines, "")
	return was
}

// same compares the session with a compilation.
func (e *edited) same(t *testing.T) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("after %s\npanic: %v\n%s\nof\n%s", e.last, r, debug.Stack(), e.texts)
		}
	}()
	var files []*source.File
	for _, n := range e.names {
		files = append(files, source.NewFile(n, e.texts[n]))
	}
	fresh, diags := Compile(files, e.opts)
	if got, want := fmt.Sprintf("%+v", e.session.Check(files)), fmt.Sprintf("%+v", diags); got != want {
		t.Fatalf("after %s\nthe session says\n%s\nand a compilation\n%s\nof\n%s", e.last, got, want, e.texts)
	}
	again := e.session.Compile()
	if got, want := planOf(again), planOf(fresh); got != want {
		t.Fatalf("after %s\nthe session compiles\n%s\nand a compilation\n%s\nof\n%s", e.last, got, want, e.texts)
	}
}

var placeText = regexp.MustCompile(`\S+:\d+(:\d+)?`)

// planOf is the plan of what was compiled, without places: a session's are those of its parts.
func planOf(r *Result) string {
	if r.Plan == nil {
		return ""
	}
	return placeText.ReplaceAllString(r.Plan.Text(), "PLACE")
}
