package format_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// TestRespaced formats good texts with other white space than their authors gave them, which fuzzing
// bytes seldom leaves good: their tokens stay, and formatting again changes nothing.
func TestRespaced(t *testing.T) {
	names, err := filepath.Glob("testdata/topologies/*.topo")
	if err != nil || len(names) == 0 {
		t.Fatal("no topologies", err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			other := respaced(r, string(text))
			once := formatted(name, other)
			if tokens(once) != tokens(other) {
				t.Fatalf("%s: tokens changed\ntext:\n%s\nonce:\n%s", name, other, once)
			}
			if twice := formatted(name, once); twice != once {
				t.Fatalf("%s: not stable\ntext:\n%s\nonce:\n%s\ntwice:\n%s", name, other, once, twice)
			}
		}
	}
}

// respaced gives the text other white space: lines end where they did, and inside of round and square brackets elsewhere too.
func respaced(r *rand.Rand, text string) string {
	all, _ := parser.Tokens(source.NewFile("", text))
	var b strings.Builder
	depth, last := 0, parser.Token{}
	for i, t := range all {
		switch {
		case t.Kind == parser.End:
		case t.Kind == parser.Space && strings.Contains(t.Text, "\n"):
			b.WriteString(strings.Repeat("\n", strings.Count(t.Text, "\n")+r.IntN(2)))
			if next := all[min(i+1, len(all)-1)]; t.Text[len(t.Text)-1] == ' ' || next.Text == "}" {
				b.WriteString(strings.Repeat(" ", 1+r.IntN(6)))
			}
		case t.Kind == parser.Space:
			b.WriteString(strings.Repeat(" ", 1+r.IntN(2)*r.IntN(4)))
		default:
			if t.Kind == parser.Sign && strings.Contains("()[],=:{}", t.Text) && r.IntN(4) == 0 {
				b.WriteString(strings.Repeat(" ", r.IntN(3)))
				if depth > 0 && t.Text != "{" && last.Kind != parser.Sign && r.IntN(4) == 0 {
					b.WriteString("\n ")
				}
			}
			b.WriteString(t.Text)
			switch t.Text {
			case "(", "[":
				depth++
			case ")", "]":
				depth--
			}
			last = t
		}
	}
	return b.String()
}
