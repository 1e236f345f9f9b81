package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// In a real browser: every node is there and can be read, a click on one marks its lines, a click on a line its node, and what is saved is drawn.
func TestPreviewInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node here")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no Chromium here")
	}
	modules := os.Getenv("TOPO_NODE_MODULES")
	if modules == "" {
		modules = "../../lsp/testdata/clients/node_modules"
	}
	if modules, err = filepath.Abs(modules); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "ws")); err != nil {
		t.Skip("ws is not here: npm install in lsp/testdata/clients")
	}
	file := filepath.Join(t.TempDir(), "main.topo")
	if err := os.WriteFile(file, []byte(previewed), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute) // where it hangs
	defer stop()
	said, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	served := make(chan error, 1)
	serving, end := context.WithCancel(ctx)
	go func() {
		served <- serveGraph(serving, &console{out: &output{w: write}}, file)
	}()
	address := make([]byte, 200)
	n, err := said.Read(address)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, node, "testdata/preview.mjs", chromium, strings.TrimSpace(string(address[:n])), file)
	cmd.Env = append(os.Environ(), "TOPO_NODE_MODULES="+modules)
	out, err := cmd.CombinedOutput()
	end()
	if err := <-served; err != nil {
		t.Error(err)
	}
	write.Close()
	const want = `nodes lines split out
cut nothing
beside false
clicked 4 5 6
line 7 out
larger true
mistake error[E0301]: unknown component split true
`
	if err != nil || string(bytes.TrimSpace(out)) != strings.TrimSpace(want) {
		t.Errorf("%v: got\n%s\nwant\n%s", err, out, want)
	}
}
