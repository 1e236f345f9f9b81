package parser_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// long is a topology of at least so many lines: the declarations of a real one again and again, under other names.
func long(b *testing.B, lines int) *source.File {
	text, err := os.ReadFile("../../examples/weblog/weblog.topo")
	if err != nil {
		b.Fatal(err)
	}
	var out strings.Builder
	for i := 0; strings.Count(out.String(), "\n") < lines; i++ {
		out.WriteString(strings.ReplaceAll(string(text), "parse", fmt.Sprintf("parse_%d", i)))
	}
	return source.NewFile("long.topo", out.String())
}

func BenchmarkParse(b *testing.B) {
	f := long(b, 10_000)
	b.SetBytes(int64(len(f.Text)))
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if _, diags := parser.Parse(f); len(diags) > 0 {
			b.Fatal(diags[0].Message)
		}
	}
}
