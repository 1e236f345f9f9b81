package main

import (
	"bytes"
	"errors"
	"fmt"
	goformat "go/format"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/format"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// topoBlock is a fenced example.
var topoBlock = regexp.MustCompile("(?ms)^```topo\n(.*?)^```$")

// TestDocumentedTopologies compiles every example of the documentation, and holds it to the format.
func TestDocumentedTopologies(t *testing.T) {
	for _, page := range []string{"README.md", "docs/language.md", "docs/proofs.md", "docs/go.md"} {
		text, err := os.ReadFile(repository(page))
		if err != nil {
			t.Fatal(err)
		}
		blocks := topoBlock.FindAllStringSubmatchIndex(string(text), -1)
		if len(blocks) == 0 {
			t.Errorf("%s has no examples", page)
		}
		libraries := map[string]string{}
		for _, b := range blocks {
			line := 1 + strings.Count(string(text[:b[2]]), "\n")
			t.Run(fmt.Sprintf("%s:%d", page, line), func(t *testing.T) {
				folder := t.TempDir()
				goBeside(t, string(text), folder)
				testExample(t, string(text[b[2]:b[3]]), folder, libraries)
			})
		}
	}
}

// libraryLine says that an example is a library; those that follow it may use it.
var libraryLine = regexp.MustCompile(`(?m)^library (\w+)$`)

// goBlock is a fenced example in Go whose first line names its file.
var goBlock = regexp.MustCompile("(?ms)^```go\n// ([a-z/]+\\.go)\n(.*?)^```$")

// goBeside writes a page's Go into a folder, where its topologies find it.
func goBeside(t *testing.T, page, folder string) {
	for _, m := range goBlock.FindAllStringSubmatch(page, -1) {
		name := filepath.Join(folder, filepath.FromSlash(m[1]))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(m[2]), 0o666)); err != nil {
			t.Fatal(err)
		}
		if formatted, err := goformat.Source([]byte(m[2])); err != nil || string(formatted) != m[2] {
			t.Errorf("%s is not as gofmt writes it: %v", m[1], err)
		}
	}
}

func testExample(t *testing.T, example, dir string, libraries map[string]string) {
	tree, _ := parser.Parse(source.NewFile("example.topo", example))
	if got := format.Format(tree); got != example {
		t.Errorf("the example is not formatted; topoc fmt makes it\n%s", got)
	}
	for name, text := range libraries {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, name+".topo"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	whole := example
	library := libraryLine.FindStringSubmatch(example)
	if library != nil {
		libraries[library[1]] = example
	} else if !strings.Contains(example, "\ntopology ") && !strings.HasPrefix(example, "topology ") {
		whole = "topology docs {\n    guarantee none\n}\n\nspout lines -> (line string) = stdin.lines()\n\n" + example
	}
	name := filepath.Join(dir, "example.topo")
	if library != nil {
		// Beside its Go.
		name = filepath.Join(dir, library[1], library[1]+".topo")
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(name, []byte(whole), 0o666); err != nil {
		t.Fatal(err)
	}
	compiled, diags := compileAt(name)
	var shown strings.Builder
	diag.Render(&shown, compiled.files, diags, false)
	if len(diags) > 0 {
		t.Fatalf("the example gives\n%s", &shown)
	}
	if library != nil {
		return
	}
	if _, err := compiled.generate(); err != nil {
		t.Error(err)
	}
	testExampleTests(t, name, compiled)
	runExample(t, name, compiled)
}

// exampleLines are what an example is given to read: as standard input, and as each file that it names.
const exampleLines = "ann,31\nthe quick the lazy\n{\"id\": 1, \"at\": \"2026-01-02T15:04:05Z\", \"items\": [], \"more\": null}\n\n12\n"

// runExample builds an example and runs it over some lines. Tuples of it may fail; it may not.
func runExample(t *testing.T, name string, compiled *topology) {
	if testing.Short() {
		return
	}
	dir := filepath.Dir(name)
	args := []string{"run", name, "--store", filepath.Join(dir, "store")}
	for _, p := range compiled.program().Params {
		if p.Default == nil {
			args = append(args, "--"+p.Name, "3")
		}
	}
	for _, c := range compiled.program().Components {
		if c.Kind != ir.Spout || c.Call == nil {
			continue
		}
		for _, a := range c.Call.Args {
			value := a.Value
			if ref, ok := value.(*ir.ParamRef); ok {
				value = ref.Param.Default
			}
			path, _ := ir.Constant(value)
			if text, ok := path.(string); ok && a.Name == "path" {
				at := filepath.Join(dir, text)
				if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o777), os.WriteFile(at, []byte(exampleLines), 0o666)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	t.Chdir(dir)
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), args, strings.NewReader(exampleLines), &stdout, &stderr)
	// What tells at the end how many tuples failed is no mistake.
	said := regexp.MustCompile(`(?m)^error: \d+ tuples? failed.*`).ReplaceAllString(stderr.String(), "")
	if status > statusError || regexp.MustCompile(`(?m)^error|panic`).MatchString(said) {
		t.Errorf("status %d\n%s%s", status, &stdout, &stderr)
	}
}

// testExampleTests runs the tests that an example has.
func testExampleTests(t *testing.T, name string, compiled *topology) {
	if len(compiled.program().Tests) == 0 || testing.Short() {
		return
	}
	if stdout, stderr, status := topocIn(t, "test", name); status != statusOK {
		t.Errorf("the example's tests fail:\n%s%s", stdout, stderr)
	}
}

// TestDocumentedDiagnostics: what the README shows of `topoc check` is what topoc prints.
func TestDocumentedDiagnostics(t *testing.T) {
	readme, err := os.ReadFile(repository("README.md"))
	if err != nil {
		t.Fatal(err)
	}
	const name = "typo.topo"
	typo, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile(name, typo, 0o666); err != nil {
		t.Fatal(err)
	}
	_, stderr, status := topocIn(t, "check", name)
	if status != statusError {
		t.Fatalf("status %d\n%s", status, stderr)
	}
	if !strings.Contains(string(readme), strings.TrimSpace(stderr)) {
		t.Errorf("README.md does not show what topoc check prints:\n%s", stderr)
	}
}

// TestDocumentedOutput: the first lines that the README shows are those of the example.
func TestDocumentedOutput(t *testing.T) {
	words, err := os.ReadFile(repository("examples/wordcount/testdata/words.txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(recount(string(words)), "\n")
	for page, n := range map[string]int{"README.md": 4, "examples/wordcount/README.md": 4} {
		text, err := os.ReadFile(repository(page))
		if err != nil {
			t.Fatal(err)
		}
		// Examples may be indented.
		flat := regexp.MustCompile(`(?m)^ +`).ReplaceAllString(string(text), "")
		if want := strings.Join(lines[:n], ""); !strings.Contains(flat, want) {
			t.Errorf("%s does not show\n%s", page, want)
		}
	}
}
