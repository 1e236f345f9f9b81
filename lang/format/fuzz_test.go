package format_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/topo-lang/topo/lang/format"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// FuzzFormat sees that formatting keeps every token and comment, and that doing it twice changes nothing more.
func FuzzFormat(f *testing.F) {
	for _, pattern := range []string{"../../examples/*/*.topo", "../../stdlib/*/*.topo", "testdata/topologies/*.topo", "testdata/*.txtar", "../parser/testdata/*.txtar"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			// Archives are cut at their files: each is a text too.
			for _, part := range strings.Split(string(text), "\n-- ") {
				_, body, ok := strings.Cut(part, " --\n")
				if !ok {
					body = part
				}
				f.Add(body)
			}
		}
	}
	for _, text := range []string{"/*", "/%", "a &&\nb"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("fuzz.topo", text)
		tree, _ := parser.Parse(file)
		once := format.Format(tree)
		if want, got := tokens(text), tokens(once); want != got {
			t.Fatalf("tokens changed\ntext: %q\nformatted: %q\nbefore: %q\nafter:  %q", text, once, want, got)
		}
		if twice := formatted("fuzz.topo", once); twice != once {
			t.Fatalf("not stable\ntext: %q\nonce:\n%s\ntwice:\n%s", text, once, twice)
		}
	})
}

// tokens returns a text's tokens and comments, a line each; statements end in the same places too.
func tokens(text string) string {
	all, _ := parser.Tokens(source.NewFile("", text))
	var b strings.Builder
	for _, t := range all {
		switch t.Kind {
		case parser.End:
			continue
		case parser.Space:
			t.Text = strings.Join(strings.Fields(strings.ReplaceAll(t.Text, "\uFEFF", "")), " ")
			if t.Text == "" {
				continue
			}
		}
		b.WriteString(strings.TrimRight(t.Text, " \t\r"))
		b.WriteByte('\n')
	}
	return b.String()
}
