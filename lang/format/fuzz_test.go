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
	for _, text := range []string{"/*", "/%", "a &&\nb", "a \"b\r#", "a \"b\r// c"} {
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

// tokens returns a text's tokens, comments and ends of statements, a line each. An end before a `}` means nothing: blocks
// may be drawn apart.
func tokens(text string) string {
	all, _ := parser.Tokens(source.NewFile("", text))
	var b strings.Builder
	end := false
	for _, t := range all {
		switch t.Kind {
		case parser.End:
			end = true
			continue
		case parser.Space:
			t.Text = strings.Join(strings.Fields(strings.ReplaceAll(t.Text, "\uFEFF", "")), " ")
			if t.Text == "" {
				continue
			}
		}
		if t.Kind != parser.Comment {
			if end && t.Text != "}" {
				b.WriteString("end of statement\n")
			}
			end = false
		}
		b.WriteString(strings.TrimRight(t.Text, " \t\r"))
		b.WriteByte('\n')
	}
	return b.String()
}
