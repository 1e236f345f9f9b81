package format_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/topo-lang/topo/lang/format"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

func formatted(name, text string) string {
	tree, _ := parser.Parse(source.NewFile(name, text))
	return format.Format(tree)
}

// TestFixpoints sees that the formatter leaves alone what people wrote with care.
func TestFixpoints(t *testing.T) {
	var names []string
	for _, pattern := range []string{"../../examples/*/*.topo", "../../stdlib/*/*.topo", "testdata/topologies/*.topo"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			t.Errorf("no file is %s", pattern)
		}
		names = append(names, found...)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := formatted(name, string(text)); got != string(text) {
			t.Errorf("%s", diff.Diff(name, text, "formatted", []byte(got)))
		}
	}
}
