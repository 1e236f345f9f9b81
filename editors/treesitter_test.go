package editors

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// compiled is the tree-sitter grammar as an editor loads it, in a folder of the test.
func compiled(t *testing.T) string {
	t.Helper()
	cc := ""
	for _, name := range []string{"cc", "gcc", "clang"} {
		if path, err := exec.LookPath(name); err == nil {
			cc = path
			break
		}
	}
	if cc == "" {
		t.Skip("there is no C compiler here")
	}
	out := filepath.Join(t.TempDir(), "topo.so")
	if said, err := exec.CommandContext(t.Context(), cc, "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror", "-Itree-sitter/src", "-o", out,
		"tree-sitter/src/parser.c", "tree-sitter/src/scanner.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return out
}

// grown lets Neovim, which has tree-sitter in it, read files with the grammar, and returns what it says.
func grown(t *testing.T, files []string, env ...string) string {
	t.Helper()
	nvim, err := exec.LookPath("nvim")
	if err != nil {
		t.Skip("there is no nvim here, which has tree-sitter in it")
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	list := filepath.Join(dir, "files")
	if err := os.WriteFile(list, []byte(strings.Join(files, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), nvim, "--headless", "-u", "NONE", "-n", "-S", filepath.Join(here, "testdata", "tree.lua"))
	cmd.Dir = dir
	cmd.Env = append([]string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "TERM=dumb", "PARSER=" + compiled(t), "QUERIES=" + filepath.Join(here, "tree-sitter", "queries"),
		"FILES=" + list}, env...)
	said, err := cmd.CombinedOutput()
	out, readErr := os.ReadFile(filepath.Join(dir, "out.txt"))
	if readErr != nil {
		t.Fatalf("%v, %v\n%s", err, readErr, said)
	}
	return strings.TrimSpace(string(out))
}

var exampleOfDocs = regexp.MustCompile("(?s)```topo\n(.*?)```")

// The tree-sitter grammar reads whatever the compiler's parser reads: every topology of the repository, every text of the tests without a syntax
// error, every example of the documents. Its queries name nothing that is nowhere.
func TestTreeSitter(t *testing.T) {
	dir := t.TempDir()
	var files []string
	names := map[string]string{}
	add := func(name, text string) {
		if _, diags := parser.Parse(source.NewFile(name, text)); len(diags) > 0 {
			return
		}
		path := filepath.Join(dir, fmt.Sprintf("%d.topo", len(files)))
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
		names[path] = name
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "node_modules" || name == ".git" || name == ".cache" {
				return fs.SkipDir
			}
			return nil
		}
		ext := filepath.Ext(path)
		if ext != ".topo" && ext != ".txtar" && ext != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch ext {
		case ".topo":
			add(path, string(text))
		case ".txtar":
			for _, f := range txtar.Parse(text).Files {
				if strings.HasSuffix(f.Name, ".topo") {
					add(path+":"+f.Name, string(f.Data))
				}
			}
		case ".md":
			for i, m := range exampleOfDocs.FindAllStringSubmatch(string(text), -1) {
				add(fmt.Sprintf("%s, example %d", path, i+1), m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	said := grown(t, files)
	lines := strings.Split(said, "\n")
	for _, line := range lines {
		path, place, found := strings.Cut(line, ":")
		switch {
		case found && names[path] != "":
			t.Errorf("%s: ERROR at %s", names[path], place)
		case line != fmt.Sprintf("%d files", len(files)):
			t.Error(line)
		}
	}
	if len(files) < 500 {
		t.Errorf("only %d texts were read", len(files))
	}
}

// The parser is what the grammar says.
func TestTreeSitterGenerated(t *testing.T) {
	grammar, err := os.ReadFile("tree-sitter/grammar.js")
	if err != nil {
		t.Fatal(err)
	}
	of, err := os.ReadFile("tree-sitter/src/grammar.sha256")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(grammar)); got != strings.TrimSpace(string(of)) {
		t.Error("src/parser.c is of another grammar.js: run editors/tree-sitter/generate.sh")
	}
}

var update = flag.Bool("update", false, "write the trees that come out into the corpus")

// What the trees are, and what is made of a text with mistakes, stands in tree-sitter/test/corpus, as tree-sitter's own program tests it.
func TestTreeSitterCorpus(t *testing.T) {
	corpus, err := filepath.Glob("tree-sitter/test/corpus/*.txt")
	if err != nil || len(corpus) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	type example struct{ file, name, text, want, path string }
	dir := t.TempDir()
	var all []*example
	var list []string
	for _, file := range corpus {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// A name between lines of =, a text, ---, and its tree.
		parts := strings.Split("\n"+string(text), "\n====\n")[1:]
		for i := 0; i+1 < len(parts); i += 2 {
			in, tree, found := strings.Cut(parts[i+1], "\n---\n")
			if !found {
				t.Fatalf("%s: no --- below %q", file, parts[i])
			}
			e := &example{file, parts[i], in, strings.TrimSpace(tree), filepath.Join(dir, fmt.Sprintf("%d.topo", len(all)))}
			all, list = append(all, e), append(list, e.path)
			if err := os.WriteFile(e.path, []byte(in+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	trees := filepath.Join(dir, "trees")
	if err := os.WriteFile(trees, []byte(strings.Join(list, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	said := strings.Split(grown(t, nil, "TREES="+trees), "\n")
	files := map[string]string{}
	for _, e := range all {
		i := slices.Index(said, e.path)
		if i < 0 || i+1 >= len(said) {
			t.Fatalf("%s: %s: no tree\n%s", e.file, e.name, strings.Join(said, "\n"))
		}
		got := indented(said[i+1])
		files[e.file] += "====\n" + e.name + "\n====\n" + e.text + "\n---\n" + got + "\n"
		if got != e.want && !*update {
			t.Errorf("%s: %s: got\n%s\nwant\n%s", e.file, e.name, got, e.want)
		}
	}
	if *update {
		for file, text := range files {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// indented is a tree with a line for each node.
func indented(tree string) string {
	var out strings.Builder
	depth := 0
	for word := range strings.FieldsSeq(tree) {
		switch {
		case strings.HasPrefix(word, "(") && !strings.HasSuffix(out.String(), ": "):
			if depth > 0 {
				out.WriteString("\n" + strings.Repeat("  ", depth))
			}
			out.WriteString(word)
		case strings.HasSuffix(word, ":"):
			out.WriteString("\n" + strings.Repeat("  ", depth) + word + " ")
		case strings.HasPrefix(word, "("):
			out.WriteString(word)
		default:
			out.WriteString(" " + word)
		}
		depth += strings.Count(word, "(") - strings.Count(word, ")")
	}
	return out.String()
}
