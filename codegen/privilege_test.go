package codegen_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/stdlib"
)

// plainText uses four standard libraries, with all that a signature can say but `ends`: see copied.
const plainText = `topology same { guarantee none }

param format string = "json"

spout rows -> (id int, name string, at time?) = csv.read(path: "in.csv")
spout objects -> (id int, name string) = file.json(path: "in.jsonl")
spout texts -> (line string) = file.lines(path: "in.html", invalid: "skip")

bolt titles(t: texts) -> (title string, links []string, text string) {
    let page = to_bytes(t.line)
    emit (html.title(page) ?? "none", html.links(page, "http://here.org"), html.text(page))
}

sink out(rows)         = file.write(path: "out", format: format)
sink titled(titles)    = csv.write(path: "titles")
sink told(objects)     = log.info(text: "{objects.id}: {objects.name}")
sink lost(rows.failed) = file.append(path: "lost", format: "csv", header: true)
`

// TestNoPrivilege copies libraries of the standard library into a user's folder, under other names, and sees that the same topology does the
// same with them.
func TestNoPrivilege(t *testing.T) {
	if testing.Short() {
		t.Skip("builds binaries")
	}
	standard := runIn(t, &txtar.Archive{Files: []txtar.File{{Name: "main.topo", Data: []byte(plainText)}}})
	own := runIn(t, copied(t, "csv", "file", "html", "log"))
	for name, want := range standard {
		got := own[name]
		if name == "stderr" { // where several tasks speak
			got, want = sortedLines(got), sortedLines(want)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is with copies of the libraries\n%s\nand with themselves\n%s", name, got, want)
		}
	}
	if !strings.Contains(string(standard["out"]), `"name":"Ann"`) || !strings.Contains(string(standard["stderr"]), "info: told: 2: Bob") ||
		!strings.Contains(string(standard["titles"]), "http://here.org/b") || len(standard["lost"]) == 0 {
		t.Errorf("%q", standard)
	}
}

// TestLibrariesAreAnyones copies each library of the standard library into a user's folder, and sees that the compiler takes its declarations with
// their Go, which it compares by types there: all that they say any library may say.
func TestLibrariesAreAnyones(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	dir := t.TempDir()
	write := func(name string, text []byte) {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", []byte("module copies.test\n\ngo 1.24\n"))
	var names []string
	err := fs.WalkDir(stdlib.Signatures, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") || !strings.Contains(name, "/") {
			return err
		}
		text, err := fs.ReadFile(stdlib.Signatures, name)
		if strings.HasSuffix(name, ".topo") {
			text = bytes.Replace(text, []byte("library "), []byte("library my_"), 1)
			names = append(names, path.Dir(name))
		}
		write("my_"+name, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		files, diags := compiler.LoadLibrary(filepath.Join(dir, "my_"+name))
		r, more := compiler.Compile(files, compiler.Options{Libraries: libraries, Go: true})
		if r.Library == nil || r.Library.Components+r.Library.Funcs == 0 {
			t.Errorf("%s declares nothing", name)
		}
		for _, d := range append(diags, more...) {
			t.Errorf("%s: %s %s", name, d.Code, d.Message)
		}
	}
}

// copied is the topology with copies of libraries in a module of its own, their Go as it is. What they share, stdlib/kit, is everybody's.
func copied(t *testing.T, libs ...string) *txtar.Archive {
	a := &txtar.Archive{Files: []txtar.File{{Name: "go.mod", Data: []byte("module copies.test\n\ngo 1.24\n")}}}
	main, uses := plainText, ""
	add := func(name string, text []byte) {
		a.Files = append(a.Files, txtar.File{Name: name, Data: text})
	}
	take := func(fsys fs.FS, from, to string) {
		files, err := fs.Glob(fsys, from+"/*.*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if text, err := fs.ReadFile(fsys, name); err != nil {
				t.Fatal(err)
			} else if !strings.HasSuffix(name, "_test.go") {
				add(to+"/"+path.Base(name), bytes.Replace(text, []byte("library "), []byte("library my_"), 1))
			}
		}
	}
	for _, lib := range libs {
		take(stdlib.Signatures, lib, "my_"+lib)
		uses += "use \"./my_" + lib + "\"\n"
		main = regexp.MustCompile(`\b`+lib+`\.`).ReplaceAllString(main, "my_"+lib+".")
	}
	add("main.topo", []byte(strings.Replace(main, "\n\nparam", "\n\n"+uses+"\nparam", 1)))
	return a
}

// runIn builds a topology and runs it; it returns what it wrote.
func runIn(t *testing.T, a *txtar.Archive) map[string][]byte {
	t.Helper()
	binary, dir := buildCase(t, a), t.TempDir()
	for name, text := range map[string]string{
		"in.csv":   "id,name,at\n1,Ann,2026-01-02T15:04:05Z\n2,\"Bob, B.\",\nx,Cid,\n",
		"in.jsonl": `{"id":1,"name":"Ann"}` + "\n" + `{"name":"Bob","id":2}` + "\n",
		"in.html":  "<title>A page</title><a href=/b>words</a>\n\xff\nno page\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(binary, "run")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	out := map[string][]byte{"stderr": stderr.Bytes()}
	for _, name := range []string{"out", "titles", "lost"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = text
	}
	return out
}

// sortedLines is a text with its lines in order.
func sortedLines(text []byte) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	slices.SortFunc(lines, bytes.Compare)
	return bytes.Join(lines, nil)
}
