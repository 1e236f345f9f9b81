// Package editors tests the editor packages: with the editors themselves, without a window, where they are installed.
package editors

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/topo-lang/topo/lang/parser"
)

// trial is a topology with a mistake in it.
const trial = `topology words {
    guarantee none
}
spout lines -> (line string) = stdin.lines()
// Words, one by one.
bolt split(l: lines) -> (word string) {
    if len(l.line) > 0 {
        emit ("a {l.line}\n")
    }
    state n int per task
    n += 1
    every 2s {
        fail "no"
    }
}
sink out(splitt) = stdout.print()
`

// builtIn is what is left to be removed.
var builtIn string

// built is the folder of a topoc, built once.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "topoc-editors-")
	if err != nil {
		return "", err
	}
	builtIn = dir
	out, err := exec.Command("go", "build", "-o", dir, "github.com/topo-lang/topo/cmd/topoc").CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if builtIn != "" {
		os.RemoveAll(builtIn)
	}
	os.Exit(code)
}

// try runs an editor in an empty home with a script of testdata, which writes out.txt.
func try(t *testing.T, want string, editor string, args ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds topoc, and starts an editor")
	}
	program, err := exec.LookPath(editor)
	if err != nil {
		t.Skipf("there is no %s here", editor)
	}
	topoc, err := built()
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "main.topo"), []byte(trial), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute) // where it hangs
	defer cancel()
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "testdata", filepath.Join(here, "testdata"))
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "EDITORS=" + here, "PATH=" + topoc + string(os.PathListSeparator) + os.Getenv("PATH"), "TERM=dumb", "TOPO_CACHE=" + filepath.Join(home, "cache")}
	said, err := cmd.CombinedOutput()
	out, readErr := os.ReadFile(filepath.Join(home, "out.txt"))
	if readErr != nil {
		t.Fatalf("%v, %v\n%s", err, readErr, said)
	}
	if got := strings.TrimSpace(strings.ReplaceAll(string(out), home+"/", "")); got != strings.TrimSpace(want) {
		t.Errorf("got\n%s\nwant\n%s\n%s", got, want, said)
	}
}

func TestVim(t *testing.T) {
	try(t, `
filetype topo
topology topoDeclaration
none topoConstant
// Words topoComment
bolt topoDeclaration
string topoType
"a topoString
{ topoEscape
l.line topoInterpolation
2s topoNumber
fail topoControl
indent same
main.topo:16:10 E unknown component splitt
`, "vim", "-N", "-es", "-u", "testdata/vim.vim")
}

func TestNeovim(t *testing.T) {
	try(t, `
filetype topo
diagnostics true
16:10 unknown component splitt
TopoRun 2
TopoTest 2
TopoPlan 2
TopoGraph 2
`, "nvim", "--headless", "-u", "NONE", "-S", "testdata/nvim.lua")
}

// With the tree-sitter grammar, as its install.sh leaves it.
func TestNeovimTree(t *testing.T) {
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("there is no C compiler here")
	}
	try(t, `
installed in .local/share/nvim/site
highlighted true
topology keyword
none constant.builtin
// Words comment
bolt keyword
string type.builtin
"a string
line property
2s number
fail keyword
`, "nvim", "--headless", "-u", "NONE", "-S", "testdata/nvimtree.lua")
}

func TestEmacs(t *testing.T) {
	try(t, `
mode topo-mode
topology font-lock-keyword-face
none font-lock-constant-face
// Words font-lock-comment-delimiter-face
bolt font-lock-keyword-face
string font-lock-type-face
"a font-lock-string-face
state font-lock-keyword-face
indent same
--> main.topo:16:10
next error found
`, "emacs", "--batch", "-Q", "-l", "testdata/emacs.el")
}

// Every word that the parser takes is one to every editor; tree-sitter, which reads the whole language, knows some of them as names in their places.
func TestKeywords(t *testing.T) {
	names := []string{"attempts", "batch", "count", "cross", "outer", "pending", "workers", "duplicates", "direct", "global", "local", "partial", "shuffle",
		"bool", "bytes", "decimal", "float", "int", "json", "regex"}
	for _, file := range []string{"textmate/topo.tmLanguage.json", "vim/syntax/topo.vim", "emacs/topo-mode.el", "tree-sitter/grammar.js"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range parser.Keywords() {
			if strings.HasPrefix(file, "tree-sitter") && slices.Contains(names, word) {
				continue
			}
			if !regexp.MustCompile(`\b` + word + `\b`).Match(text) {
				t.Errorf("%s does not know %s", file, word)
			}
		}
	}
}

// The packages' own files are what they say they are.
func TestJSON(t *testing.T) {
	for _, pattern := range []string{"textmate/*.json", "vscode/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !json.Valid(text) {
				t.Errorf("%s is no JSON", file)
			}
		}
	}
}

// The TextMate grammar reads every .topo file there is.
func TestTextMate(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node here")
	}
	modules := os.Getenv("TOPO_NODE_MODULES")
	if modules == "" {
		modules = filepath.Join("textmate", "node_modules")
	}
	if _, err := os.Stat(filepath.Join(modules, "vscode-textmate")); err != nil {
		t.Skip("vscode-textmate is not here: npm install in editors/textmate")
	}
	var files []string
	for _, pattern := range []string{"../examples/*/*.topo", "../examples/*/*/*.topo", "../stdlib/*/*.topo", "../cmd/topoc/template/*/*.topo"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if out, err := exec.CommandContext(t.Context(), node, append([]string{"textmate/check.mjs"}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	} else {
		t.Logf("%s", out)
	}
}
