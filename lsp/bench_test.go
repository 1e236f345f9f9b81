//go:build unix

package lsp

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/topo-lang/topo/lsp/protocol"
)

// large is a topology of some 5,000 lines: stages of four components each, the last stage's names at its end.
func large() (text string, stages int) {
	var b strings.Builder
	b.WriteString("topology large { guarantee none }\n\nparam least int = 3\n\nspout lines -> (line string) = stdin.lines()\n\n")
	for b.Len() < 1<<30 && strings.Count(b.String(), "\n") < 5000 {
		n := stages
		fmt.Fprintf(&b, `// Words of stage %[1]d.
bolt split%[1]d(l: lines) -> (word string, size int) tasks 2 {
    for w in words(l.line) {
        if len(w) >= least { emit (lower(w), len(w)) }
    }
}

bolt count%[1]d(w: split%[1]d by fields(word)) -> ok: (word string, n int, total int), rare: (word string) tasks 2 {
    state n int per word
    state total int per word
    n += 1
    total += w.size
    let mean = float(total) / float(n)
    if mean > 4.5 {
        emit ok(w.word, n, total)
    } else {
        emit rare("{w.word}: {n}")
    }
}

sink out%[1]d(count%[1]d.ok) = stdout.table(key: word)
sink rare%[1]d(r: count%[1]d.rare) = log.info(text: "rare: {r.word}")

`, n)
		stages++
	}
	return b.String(), stages
}

// typist types in the middle of a large text.
type typist struct {
	*client
	uri     protocol.URI
	line    int // of a statement in the middle: `        emit ok(w.word, n, total)`
	version int
}

func newTypist(b *testing.B) *typist {
	b.Helper()
	folder := b.TempDir()
	path := filepath.Join(folder, "main.topo")
	text, stages := large()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	c := newClient(b, strings.Replace(modern, `"workspace": {`, `"workspace": {"inlayHint": {"refreshSupport": true}, `, 1), folder, Options{})
	x := &typist{client: c, uri: uriOf(path)}
	c.open(x.uri, text)
	c.settle(x.uri)
	middle := strings.Index(text, fmt.Sprintf("bolt count%d(", stages/2))
	x.line = strings.Count(text[:middle+strings.Index(text[middle:], "emit ok(")], "\n")
	return x
}

// press types a letter at the end of the line's field, or takes it away again.
func (x *typist) press() {
	x.version++
	from := uint32(len("        emit ok(w.wor"))
	at := protocol.Range{Start: protocol.Position{Line: uint32(x.line), Character: from}, End: protocol.Position{Line: uint32(x.line), Character: from + 1}}
	letter := "d"
	if x.version%2 == 1 {
		letter = "x" // a mistake, and mended with the next key
	}
	x.notify("textDocument/didChange", map[string]any{
		"textDocument": map[string]any{"uri": x.uri, "version": x.version + 1}, "contentChanges": []any{map[string]any{"range": at, "text": letter}},
	})
}

func (x *typist) about(column int) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": x.uri}, "position": protocol.Position{Line: uint32(x.line), Character: uint32(column)}}
}

// processor is the time that was worked so far: on a machine that others use too it says more than the clock.
func processor() time.Duration {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkTyping is how long a person waits who types in a file of 5,000 lines: each time a key has been pressed, which changes what is known.
func BenchmarkTyping(b *testing.B) {
	x := newTypist(b)
	run := func(name string, ask func()) {
		b.Run(name, func(b *testing.B) {
			before := processor()
			for b.Loop() {
				x.press()
				ask()
			}
			b.ReportMetric(float64((processor()-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
	run("diagnostics", func() { x.settle(x.uri) })
	run("completion", func() {
		x.request("textDocument/completion", x.about(len("        emit ok(w.wor")), nil)
	})
	run("hover", func() { x.request("textDocument/hover", x.about(len("        emit ok(w")), nil) })
	run("definition", func() { x.request("textDocument/definition", x.about(len("        emit ok(w")), nil) })
	run("tokens", func() {
		x.request("textDocument/semanticTokens/full", map[string]any{"textDocument": map[string]any{"uri": x.uri}}, nil)
	})
	var told struct{ ResultID string }
	run("tokens that are new", func() {
		x.request("textDocument/semanticTokens/full/delta", map[string]any{"textDocument": map[string]any{"uri": x.uri}, "previousResultId": told.ResultID}, &told)
	})
	screen := protocol.Range{Start: protocol.Position{Line: uint32(x.line - 30)}, End: protocol.Position{Line: uint32(x.line + 30)}}
	run("tokens of a screen", func() {
		x.request("textDocument/semanticTokens/range", map[string]any{"textDocument": map[string]any{"uri": x.uri}, "range": screen}, nil)
	})
	run("symbols", func() {
		x.request("textDocument/documentSymbol", map[string]any{"textDocument": map[string]any{"uri": x.uri}}, nil)
	})
	run("hints", func() {
		x.request("textDocument/inlayHint", map[string]any{"textDocument": map[string]any{"uri": x.uri}, "range": screen}, nil)
	})
	run("actions", func() {
		at := protocol.Position{Line: uint32(x.line), Character: uint32(len("        emit ok(w.wo"))}
		x.request("textDocument/codeAction", map[string]any{"textDocument": map[string]any{"uri": x.uri}, "range": protocol.Range{Start: at, End: at}, "context": map[string]any{}}, nil)
	})
	x.end()
}
