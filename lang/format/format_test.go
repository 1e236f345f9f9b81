package format_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/lang/format"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

var update = flag.Bool("update", false, "rewrite the golden file")

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

// TestGolden holds what becomes of each NAME.topo of testdata/cases.txtar to the NAME.out behind it.
func TestGolden(t *testing.T) {
	const name = "testdata/cases.txtar"
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	golden := map[string]string{}
	for _, f := range archive.Files {
		golden[f.Name] = string(f.Data)
	}
	out := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		base, isText := strings.CutSuffix(f.Name, ".topo")
		if !isText {
			continue
		}
		got := formatted(f.Name, string(f.Data))
		out.Files = append(out.Files, f, txtar.File{Name: base + ".out", Data: []byte(got)})
		if want := golden[base+".out"]; got != want && !*update {
			t.Errorf("%s\n%s", f.Name, diff.Diff("want", []byte(want), "got", []byte(got)))
		}
		if again := formatted(f.Name, got); again != got {
			t.Errorf("%s changes again\n%s", f.Name, diff.Diff("once", []byte(got), "twice", []byte(again)))
		}
		// What a text says, it says with line ends of Windows too.
		if crlf := formatted(f.Name, strings.ReplaceAll(string(f.Data), "\n", "\r\n")); crlf != got && !strings.Contains(got, "`") {
			t.Errorf("%s with CRLF\n%s", f.Name, diff.Diff("LF", []byte(got), "CRLF", []byte(crlf)))
		}
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEnds sees that a file ends with one line end, and begins without a byte order mark.
func TestEnds(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "\n\n": "", "  ": "", "\uFEFF": "", "\uFEFFuse \"./a\"": "use \"./a\"\n", "library a\n\n\n": "library a\n",
		"// only a comment": "// only a comment\n", "\n\nlibrary a": "library a\n",
	} {
		if got := formatted("x.topo", text); got != want {
			t.Errorf("%q became %q, not %q", text, got, want)
		}
	}
}
