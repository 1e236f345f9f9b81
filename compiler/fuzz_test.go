package compiler

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/compiler/graph"
	"github.com/topo-lang/topo/lang/source"
)

// FuzzCompile: no text makes the compiler panic, spans lie in the text, and what compiles keeps
// the promises of package ir and can be drawn.
func FuzzCompile(f *testing.F) {
	var cases []string
	for _, pattern := range []string{"testdata/*.txtar", "../codegen/testdata/run/*.txtar", "../codegen/testdata/golden/*.txtar", "../lang/parser/testdata/*.txtar"} {
		some, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		cases = append(cases, some...)
	}
	for _, file := range cases {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, a := range archive.Files {
			if strings.HasSuffix(a.Name, ".topo") && !strings.HasPrefix(a.Name, "stdlib/") {
				f.Add(string(a.Data))
			}
		}
	}
	examples, err := filepath.Glob("../examples/*/*.topo")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range examples {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range fuzzSeeds {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("fuzz.topo", text)
		result, diags := Compile([]*source.File{file}, Options{Libraries: realLibraries, ToRun: len(text)%2 == 0})
		for _, d := range diags {
			places := []source.Span{d.Span}
			for _, l := range d.Related {
				places = append(places, l.Span)
			}
			for _, fix := range d.Fixes {
				places = append(places, fix.Span)
			}
			for _, at := range places {
				if at.File == "fuzz.topo" && (at.Start < 0 || at.End < at.Start || at.End > len(text)) {
					t.Errorf("%s %q has the span %v of %d bytes", d.Code, d.Message, at, len(text))
				}
			}
		}
		if result.Program != nil {
			checkProgram(t, result.Program)
			graph.SVG(result.Program)
			result.Plan.Text()
		}
	})
}

// fuzzSeeds are forms that no case has together: fakes of what is Go, signs of SQL, Go and YAML, headers that hold exactly once, loops by params.
var fuzzSeeds = []string{
	`topology once { guarantee exactly-once batch 100 or 10ms timeout to attempts tries }
param to duration = 2s
param tries int = 3
param token string secret
spout lines -> (line string) = file.lines(path: "in.txt")
bolt n(l: lines by fields(line)) -> (line string, n int) latest by line tasks 2 {
    state n int per line ttl 1h
    n += 1
    emit (l.line, n)
    finish per line { emit (line, n) }
}
sink out(n) = stdout.table(key: line)
sink all(n) accept duplicates = file.append(path: "all")
`,
	`topology mocks { guarantee none }
func price(id string) -> decimal? = go "./shop".Price
spout lines -> (line string) durable = stdin.lines()
bolt b(l: lines) -> (p decimal) retry 2 backoff 1s timeout 3s { emit (price(l.line)!) }
bolt g(l: lines) -> ok: (line string), bad: (line string, why string) = go "./shop".Check(limit: 3)
sink s(b) = go "./shop".Keep
sink t(g.ok | g.bad) = stdout.print()
test "fakes" {
    with limit: 3
    fake price(id) { state n int per test n += 1 if n < 2 { return none because "busy" } return 1.50 }
    fake g(l) { emit ok(l.line) fail "no" }
    fake s(b) { fail "full" }
    given lines: ("a"), ("b") in any order
    advance 5s
    expect b: (1.50), (_)
    expect s failed: ("full", why: _)
    end
}
`,
	`topology habits { guarantee: none, timeout = 3s; }
import "fmt"
spout lines(line varchar(20)) from kafka.topic('x')
bolt b(l: lines group by line) -> (x string, n int) tasks 2 tasks 3 {
    if err := f(l.line); err != nil { return nil, err }
    for i, w := range words(l.line) { k++; emit (w ? 'a' : "b", xs[0..i] % 2.5) }
    switch (l.line) { case nil: break; default: x && !y || z <> null }
    try { m["a"] = undefined } catch (Exception e) { log.error(e) }
    collector.emit(new Values(word, 1));
    SELECT count(*) FROM b WHERE n LIKE '%a' GROUP BY x
}
CREATE STREAM s AS SELECT * FROM b EMIT CHANGES;
---
bolts:
  - name: x
    parallelism: 4
`,
	`topology round { guarantee none }
param depth int = -1
spout seed -> (n int, at time) = generate.every(period: 1s)
graph g(i: (n int) by fields(n), loops int = 2) -> (n int) latest by n, left: (n int) {
    bolt a(x: i | b loop max loops) -> (n int) latest by n { if x.n > 0 { emit (x.n div 2) } after 5s { emit (0) } }
    bolt b(a) -> (n int) { emit unanchored (a.n) }
    out = a
    left = b
}
bolt r(seed | r.left loop max depth) = g(loops: depth)
sink out(r) = stdout.table(key: n)
`,
}
