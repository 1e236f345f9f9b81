package compiler

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/topo-lang/topo/lang/source"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, code, message string }{
		{"missing", filepath.Join(dir, "missing.topo"), cannotRead, "does not exist"},
		{"no .topo", write(t, dir, "a.txt", "x"), cannotRead, "is no .topo file"},
		{"empty folder", empty, noTopoFiles, "no .topo file in"},
		{"too large", write(t, dir, "large.topo", strings.Repeat(" ", MaxFile+1)), fileTooLarge, "larger than 16 MB"},
		{"NUL", write(t, dir, "nul.topo", "topology a\x00b"), notText, "a NUL byte"},
		{"not UTF-8", write(t, dir, "latin.topo", "// caf\xe9"), notText, "0xe9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, diags := Load(c.path)
			if len(diags) != 1 || diags[0].Code != c.code || !strings.Contains(diags[0].Message, c.message) {
				t.Errorf("got %+v", diags)
			}
		})
	}
}

func TestLoadSaysWhatWasMeant(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "words.topo", "topology words { }")
	_, diags := Load(filepath.Join(dir, "words"))
	if len(diags) != 1 || !strings.HasSuffix(diags[0].Help, "words.topo?") {
		t.Errorf("got %+v", diags)
	}
}

func TestLoadKnowsTheNeighbours(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "words.topo", "topology words { }")
	for _, name := range []string{"orders", ".ordes"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"ordes":      "did you mean " + filepath.Join(dir, "orders") + "?",
		"ordes/":     "did you mean " + filepath.Join(dir, "orders") + "?",
		"wrods.topo": "did you mean " + filepath.Join(dir, "words.topo") + "?",
		"nothing":    "see what is there: ls " + dir,
		"no/thing":   "see what is there: ls " + dir,
		"xyz.topo":   "see what is there: ls " + filepath.Join(dir, "*.topo"),
	} {
		if _, diags := Load(dir + "/" + path); len(diags) != 1 || diags[0].Help != want {
			t.Errorf("%s: got %+v, not %s", path, diags, want)
		}
	}
}

func TestLoadUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	path := write(t, t.TempDir(), "a.topo", "topology a { }")
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	_, diags := Load(path)
	if len(diags) != 1 || !strings.Contains(diags[0].Message, "permission denied") {
		t.Errorf("got %+v", diags)
	}
}

func TestLoadSeveralTopologies(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c"} {
		write(t, dir, name+".topo", "topology "+name+" { guarantee none }\n")
	}
	write(t, dir, "lib.topo", "library lib\n")
	_, diags := Load(dir)
	if len(diags) != 1 || diags[0].Code != severalTopologies || !strings.HasSuffix(diags[0].Message, "has 3 topologies: a.topo, b.topo, c.topo") {
		t.Errorf("got %+v", diags)
	}
}

func TestLoadLeavesLibrariesOut(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.topo", "topology a { guarantee none }\n")
	write(t, dir, "b.topo", "const x = 1\n")
	write(t, dir, "lib.topo", "// What all need.\nlibrary lib\n")
	files, diags := Load(dir)
	if len(diags) != 0 || len(files) != 2 {
		t.Errorf("got %d files, %+v", len(files), diags)
	}
	for _, name := range []string{"lib", "lib.topo"} {
		if files, diags := LoadLibrary(filepath.Join(dir, name)); len(diags) != 0 || len(files) != 1 {
			t.Errorf("%s: got %d files, %+v", name, len(files), diags)
		}
	}
}

func TestLoadFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "b.topo", "topology b { guarantee none }")
	write(t, dir, "a.topo", "const A = 1")
	write(t, dir, ".hidden.topo", "nonsense")
	write(t, dir, "notes.md", "nonsense")
	files, diags := Load(dir)
	if len(diags) > 0 || len(files) != 2 {
		t.Fatalf("%d files, %v", len(files), diags)
	}
	if filepath.Base(files[0].Name) != "a.topo" || filepath.Base(files[1].Name) != "b.topo" {
		t.Errorf("the order is %s, %s", files[0].Name, files[1].Name)
	}
}

func TestCheckText(t *testing.T) {
	for text, want := range map[string]int{"// fine ü\n": 0, "// \xff\n": 1, "a\x00": 1} {
		if got := CheckText(source.NewFile("x.topo", text)); len(got) != want || want > 0 && got[0].Code != notText {
			t.Errorf("%q: %v", text, got)
		}
	}
}
