package lsp

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// builtTopoc is a topoc for real clients to start, built once.
var builtTopoc = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "topoc-lsp-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "topoc")
	out, err := exec.Command("go", "build", "-o", path, "github.com/topo-lang/topo/cmd/topoc").CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return path, nil
})

const clientTopology = `topology words { guarantee none }

spout lines -> (line string) = stdin.lines()
bolt split(l: lines) -> (word string) { emit (l.line) }
sink out(split) = stdout.print()
`

// speak runs a client, which says what came out.
func speak(t *testing.T, env []string, client func(topoc, folder string) []string, want string) {
	t.Helper()
	topoc, err := builtTopoc()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "main.topo"), []byte(clientTopology), 0o644); err != nil {
		t.Fatal(err)
	}
	words := client(topoc, folder)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // where it hangs
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env = append(append(os.Environ(), env...), "TOPOC="+topoc, "TOPO_FILE="+filepath.Join(folder, "main.topo"), "TOPO_CACHE="+filepath.Join(folder, ".cache"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := strings.ReplaceAll(string(out), "\r", ""); strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Microsoft's own implementation of the protocol, which VS Code uses.
func TestNodeClient(t *testing.T) {
	if testing.Short() {
		t.Skip("builds topoc")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node here")
	}
	modules := nodeModules(t, "vscode-languageserver-protocol")
	speak(t, []string{"TOPO_NODE_MODULES=" + modules}, func(topoc, folder string) []string {
		return []string{node, "testdata/clients/node.mjs", topoc, folder}
	}, `
encoding utf-16
diagnostics none
diagnostics E0303
completion line
hover spout lines -> (line string)
definition 3
rename 2
symbols words lines split out
tokens 0
unknown -32601
exit 0
`)
}

// CodeMirror with its LSP client, in Chromium without a window: a person types in it. TOPO_SCREENSHOT=FOLDER makes pictures, as docs/images has them.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("builds topoc, and starts a browser")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node here")
	}
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		t.Skip("there is no Chromium here")
	}
	modules := nodeModules(t, "vscode-languageserver-protocol", "ws", "@codemirror/lsp-client")
	speak(t, []string{"TOPO_NODE_MODULES=" + modules}, func(topoc, folder string) []string {
		return []string{node, "testdata/clients/browser.mjs", topoc, folder, chromium}
	}, `
diagnostics none
diagnostics 6 l has no field lin
completion lineline string
diagnostics none
diagnostics 6 unknown name x
hover true true
formatted     state n int per word
exit 0
`)
}

// nodeModules is the folder that has packages; without it the test is skipped.
func nodeModules(t *testing.T, packages ...string) string {
	t.Helper()
	modules := os.Getenv("TOPO_NODE_MODULES")
	if modules == "" {
		var err error
		if modules, err = filepath.Abs("testdata/clients/node_modules"); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range packages {
		if _, err := os.Stat(filepath.Join(modules, filepath.FromSlash(name))); err != nil {
			t.Skip(name + " is not here: npm install in lsp/testdata/clients")
		}
	}
	return modules
}

// Neovim without a window, from 0.7 on.
func TestNeovim(t *testing.T) {
	if testing.Short() {
		t.Skip("builds topoc")
	}
	nvim, err := exec.LookPath("nvim")
	if err != nil {
		t.Skip("there is no nvim here")
	}
	speak(t, nil, func(string, string) []string {
		return []string{nvim, "--headless", "-u", "NONE", "-n", "-S", "testdata/clients/neovim.lua"}
	}, `
diagnostics none
diagnostics E0303@4:55
diagnostics none
hover bolt split(l: lines) -> (word string)
definition 3
completion line
formatted bolt split(l: lines) -> (word string) { emit ("ß" + l.line) }
stopped true
`)
}
