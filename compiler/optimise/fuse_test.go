package optimise

import (
	"slices"
	"testing"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/stdlib"
)

// program compiles a topology.
func program(t *testing.T, text string) *ir.Program {
	t.Helper()
	files := []*source.File{source.NewFile("main.topo", "topology t { guarantee none }\n"+text)}
	r, ds := compiler.Compile(files, compiler.Options{Libraries: library.New(stdlib.Signatures)})
	if r.Program == nil {
		t.Fatal(ds)
	}
	return r.Program
}

func TestFuse(t *testing.T) {
	const words = "spout lines -> (line string) = generate.text(lines: 10, words: 3, vocabulary: 5)\n"
	for name, c := range map[string]struct {
		text  string
		fused []string // edges
		notes []string // that are not about what is fused
	}{
		"a whole chain": {
			text: words + `
bolt up(l: lines) -> (line string) { emit (upper(l.line)) }
bolt down(u: up) -> (line string) { emit (lower(u.line)) }
sink out(down) = stdout.print()`,
			fused: []string{"lines-up", "up-down", "down-out"},
		},
		"several consumers, and one of all of them": {
			text: words + `
bolt a(l: lines) -> (line string) { emit (l.line) }
bolt b(l: lines) -> (line string) { emit (l.line) }
sink out(a | b) = stdout.print()`,
			fused: []string{"lines-a", "lines-b", "a-out", "b-out"},
		},
		"a join of two spouts": {
			text: words + `
spout more -> (line string) = generate.text(lines: 10, words: 3, vocabulary: 5)
bolt a(l: lines | more) -> (line string) { emit (l.line) }
sink out(a) = stdout.print()`,
			fused: []string{"a-out"},
		},
		"other numbers of tasks": {
			text: words + `
bolt a(l: lines) -> (line string) tasks 2 { emit (l.line) }
bolt b(x: a) -> (line string) tasks 2 { emit (x.line) }
bolt c(x: b) -> (n int) tasks 2 {
    state n int per task
    n += len(x.line)
    finish { emit (n) }
}
sink out(c) = stdout.print()`,
			fused: []string{"a-b"},
			notes: []string{"c is not fused with what feeds it: its tasks keep state of their own, and shuffle promises each of them its share"},
		},
		"a key that stays": {
			text: words + `
bolt a(l: lines by fields(line)) -> (line string, n int) tasks 2 { emit (l.line, len(l.line)) }
bolt b(x: a by fields(line)) -> (line string, n int) tasks 2 {
    state sum int per line
    sum += x.n
    emit (x.line, sum)
}
bolt c(x: b by fields(n)) -> (line string) tasks 2 { emit (x.line) }
bolt d(x: c by fields(line)) -> (line string) tasks 2 { emit (lower(x.line)) }
bolt e(x: d by fields(line)) -> (line string) tasks 2 { emit (x.line) }
sink out(e) = stdout.print()`,
			fused: []string{"a-b"},
		},
		"what says no": {
			text: words + `
bolt a(l: lines) -> (line string) isolate { emit (l.line) }
bolt b(l: lines) -> (line string) cpu 50 { emit (l.line) }
bolt c(l: lines) -> (line string) retry 3 backoff 1s {
    if now() > now() { fail "late" }
    emit (l.line)
}
sink out(a | b | c) = stdout.print()`,
			notes: []string{
				"a is not fused with what feeds it: `isolate` keeps it apart",
				"b is not fused with what feeds it: options say where it runs",
				"c is not fused with what feeds it: it holds tuples back to try them again, and what feeds it would wait with them",
				"out is not fused with what feeds it: `isolate` keeps it apart",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := program(t, c.text)
			notes := fuse(p)
			var got []string
			for _, e := range p.Edges {
				if e.Fused {
					got = append(got, e.Stream.FullName()+"-"+e.To.Name)
				}
			}
			slices.Sort(got)
			want := slices.Sorted(slices.Values(c.fused))
			if !slices.Equal(got, want) {
				t.Errorf("fused are %v, want %v", got, want)
			}
			var said []string
			for _, n := range notes {
				if n.Why == "" || n.Span.End == 0 {
					t.Errorf("a note without a reason or a place: %+v", n)
				}
				if n.Left {
					said = append(said, n.What+": "+n.Why)
				}
			}
			slices.Sort(said)
			if !slices.Equal(said, c.notes) {
				t.Errorf("notes are %q, want %q", said, c.notes)
			}
		})
	}
}
