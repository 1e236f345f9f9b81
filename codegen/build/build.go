// Package build turns a generated program into one static binary with the go command.
//
// It needs no Go module around and no repository beside it: the runtime's source, which topoc carries, is written
// once to the user's cache folder, and the generated files are laid over it for one run of the go command. The
// same program gives the same bytes, from whichever folder.
package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// Options say what to build.
type Options struct {
	Output   string // path of the binary; written whole or not at all
	OS, Arch string // "" for this machine's
	Sources  []*source.File
	Stderr   io.Writer // progress of a first build; the go command itself where Verbose
	Verbose  bool
}

// Error is a build that failed for a reason outside of the topology's text.
type Error struct{ what, help string }

// Error implements error.
func (e *Error) Error() string { return e.what }

// Help says the way out.
func (e *Error) Help() string { return e.help }

// packageDir is where the generated package main lies, as the go command is told.
const packageDir = "topology"

// Binary builds the generated files (codegen.Generate) into opts.Output. Go's own errors come back as diagnostics
// that point at .topo lines; err is for the rest (no go command, no network for the first build, a full disk).
func Binary(ctx context.Context, files map[string][]byte, opts Options) ([]diag.Diagnostic, error) {
	goCommand, err := exec.LookPath("go")
	if err != nil {
		return nil, &Error{"the go command is not on the PATH", "install Go from your system's packages or its website: topoc compiles with it"}
	}
	src, err := sourceTree()
	if err != nil {
		return nil, err
	}
	// The go command runs in the source tree.
	if opts.Output, err = filepath.Abs(opts.Output); err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "topoc-")
	if err != nil {
		return nil, &Error{err.Error(), "make room in, or set TMPDIR to, a folder that can be written"}
	}
	defer os.RemoveAll(tmp)
	overlay, err := layOver(src, tmp, files)
	if err != nil {
		return nil, err
	}
	out, err := reserve(opts.Output)
	if err != nil {
		return nil, err
	}
	defer os.Remove(out) // gone already where it became the output

	args := []string{"build", "-trimpath", "-buildvcs=false", "-overlay", overlay, "-ldflags", "-s -w -buildid=", "-o", out, "./" + packageDir}
	cmd := exec.CommandContext(ctx, goCommand, args...)
	cmd.Dir = src
	cmd.Env = environment(opts)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if opts.Verbose {
		fmt.Fprintf(opts.Stderr, "cd %s && go %s\n", src, quoted(args))
	}
	stop := announce(opts, src)
	err = cmd.Run()
	stop(err == nil)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return explain(output.String(), err, opts.Sources)
	}
	if opts.Verbose {
		_, _ = opts.Stderr.Write(output.Bytes())
	}
	if err := os.Chmod(out, 0o755); err != nil {
		return nil, err
	}
	if err := os.Rename(out, opts.Output); err != nil {
		return nil, &Error{err.Error(), "choose another path with -o"}
	}
	return nil, nil
}

// layOver writes the generated files to tmp and returns an overlay file that puts them into the source tree:
// nothing is written there, so that builds at the same time do not meet.
func layOver(src, tmp string, files map[string][]byte) (string, error) {
	replace := map[string]string{}
	for name, text := range files {
		path := filepath.Join(tmp, name)
		if err := os.WriteFile(path, lineDirectives(text), 0o644); err != nil {
			return "", &Error{err.Error(), "make room in, or set TMPDIR to, a folder that can be written"}
		}
		replace[filepath.Join(src, packageDir, name)] = path
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(tmp, "overlay.json")
	return path, os.WriteFile(path, text, 0o644)
}

// reserve makes an empty file beside the output, for the go command to write to: a build that
// fails leaves the output as it was.
func reserve(output string) (string, error) {
	if info, err := os.Stat(output); err == nil && info.IsDir() {
		return "", &Error{fmt.Sprintf("%s is a folder", output), "name a file with -o"}
	}
	f, err := os.CreateTemp(filepath.Dir(output), "."+filepath.Base(output)+".*")
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return "", &Error{fmt.Sprintf("the binary cannot be written to %s: %v", filepath.Dir(output), err), "choose another path with -o"}
	}
	return f.Name(), f.Close()
}

// environment is the go command's: the user's proxy and caches, and nothing that would change the binary.
func environment(opts Options) []string {
	goos, goarch := opts.OS, opts.Arch
	if goos == "" {
		goos = runtime.GOOS
	}
	if goarch == "" {
		goarch = runtime.GOARCH
	}
	return append(os.Environ(),
		"GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0",
		"GOWORK=off", "GOFLAGS=", "GO111MODULE=on", "GOTOOLCHAIN=local", "GOEXPERIMENT=",
		"GOAMD64=v1", "GOARM64=v8.0")
}

// announce says what takes so long, where it does: the first build for a system compiles the runtime and its server. A file
// beside the source remembers that it was done.
func announce(opts Options, src string) (stop func(built bool)) {
	done := fmt.Sprintf("%s-built-%s-%s", src, opts.OS, opts.Arch)
	if _, err := os.Stat(done); err == nil || opts.Stderr == nil {
		return func(bool) {}
	}
	late, finished := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		select {
		case <-time.After(4 * time.Second):
			fmt.Fprintln(opts.Stderr, "topoc: compiling the runtime, which takes about half a minute the first time")
		case <-late:
		}
	}()
	return func(built bool) {
		close(late)
		<-finished
		if built {
			// Where it cannot be written, the next build says the same again.
			_ = os.WriteFile(done, nil, 0o644)
		}
	}
}
