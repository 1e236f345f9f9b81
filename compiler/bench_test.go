package compiler

import (
	"fmt"
	"strings"
	"testing"

	"github.com/topo-lang/topo/lang/source"
)

// generated is a topology of about so many lines.
func generated(lines int) string {
	var b strings.Builder
	b.WriteString("topology big { guarantee none }\n\nspout lines -> (line string) = file.lines(path: \"x\")\n")
	last := "lines"
	for i := 0; strings.Count(b.String(), "\n") < lines; i++ {
		for j := 0; j < 20; j++ {
			name := fmt.Sprintf("bolt%d_%d", i, j)
			fmt.Fprintf(&b, `
// Counts lines by their first word.
bolt %s(l: %s by fields(line)) -> (line string, n int) latest by line tasks 2 {
    state n int per line
    for w in words(l.line) {
        if len(w) > 3 and not starts_with(w, "x") {
            let short = lower(w) + "{n}"
            n += len(short) * 2
        }
    }
    if let first = words(l.line)[0] {
        emit (first, n)
    } else {
        emit (l.line, n + 1)
    }
}
`, name, last)
			last = name
		}
		fmt.Fprintf(&b, "sink out%d(%s) = stdout.print()\n", i, last)
		last = "lines"
	}
	return b.String()
}

func BenchmarkCompile(b *testing.B) {
	text := generated(10_000)
	file := []*source.File{source.NewFile("big.topo", text)}
	if r, diags := Compile(file, Options{Libraries: realLibraries}); r.Program == nil {
		b.Fatalf("%+v", diags[0])
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Compile(file, Options{Libraries: realLibraries})
	}
}
