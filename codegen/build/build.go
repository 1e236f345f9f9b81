// Package build turns a generated program into one static binary with the go command.
//
// It needs no Go module around and no repository beside it: the runtime's source, which topoc carries, is written
// once to the user's cache folder, and the generated files are laid over it for one run of the go command. The
// same program gives the same bytes, from whichever folder.
package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/toolchain"
)

// Options say what to build.
type Options struct {
	Output   string // path of the binary; written whole or not at all
	OS, Arch string // "" for this machine's
	Sources  []*source.File
	// Module is the folder of a topology that names Go code: it is built in the module of that folder. "" builds with the runtime alone.
	Module  string
	Stderr  io.Writer // progress of a first build; the go command itself where Verbose
	Verbose bool
	// Quick compiles the generated package fast, and not well: for a program that runs once.
	Quick bool
}

// Error is a build that failed for a reason outside of the topology's text.
type Error = toolchain.Error

// packageDir is where the generated package main lies, as the go command is told.
const packageDir = "topology"

// Binary builds the generated files (codegen.Generate) into opts.Output. Go's own errors come back as diagnostics
// that point at .topo lines; err is for the rest (no go command, no network for the first build, a full disk).
func Binary(ctx context.Context, files map[string][]byte, opts Options) ([]diag.Diagnostic, error) {
	goCommand, err := toolchain.Go()
	if err != nil {
		return nil, err
	}
	src, err := toolchain.SourceTree()
	if err != nil {
		return nil, err
	}
	// The go command runs in the source tree.
	if opts.Output, err = filepath.Abs(opts.Output); err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "topoc-")
	if err != nil {
		return nil, &Error{What: err.Error(), Way: "make room in, or set TMPDIR to, a folder that can be written"}
	}
	defer os.RemoveAll(tmp)
	in, err := enter(src, tmp, files, opts)
	if err != nil {
		return nil, err
	}
	out, err := reserve(opts.Output)
	if err != nil {
		return nil, err
	}
	defer os.Remove(out) // gone already where it became the output

	args := append(append([]string{"build"}, in.args...), "-ldflags", "-s -w -buildid=", "-o", out, in.pkg)
	if opts.Quick {
		args = slices.Insert(args, 1, "-gcflags=-N -l -dwarf=false")
	}
	cmd := exec.CommandContext(ctx, goCommand, args...)
	cmd.Dir = in.dir
	cmd.Env = in.env
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if opts.Verbose {
		fmt.Fprintf(opts.Stderr, "cd %s && go %s\n", in.dir, quoted(args))
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
		return nil, &Error{What: err.Error(), Way: "choose another path with -o"}
	}
	return nil, nil
}

// place is what the go command is run in and asked for.
type place struct {
	dir, pkg  string
	args, env []string
}

// enter lays the generated files over the runtime's source, or over the user's module: nothing is written there, so that builds at
// the same time do not meet.
func enter(src, tmp string, files map[string][]byte, opts Options) (place, error) {
	if opts.Module == "" {
		overlay, err := layOver(filepath.Join(src, packageDir), tmp, files, nil)
		return place{src, "./" + packageDir, append(slices.Clone(toolchain.Flags), "-overlay="+overlay), toolchain.Environment(opts.OS, opts.Arch)}, err
	}
	m, err := toolchain.OpenModule(opts.Module)
	if err != nil {
		return place{}, err
	}
	main := m.MainFolder()
	overlay, err := layOver(filepath.Join(m.Folder, main), tmp, files, m)
	return place{m.Folder, "./" + main, m.Arguments(overlay, "readonly"), m.Environment(m.Folder, opts.OS, opts.Arch)}, err
}

// layOver writes the generated files to tmp and returns an overlay file that puts them into a folder.
func layOver(folder, tmp string, files map[string][]byte, m *toolchain.Module) (string, error) {
	replace := map[string]string{}
	for name, text := range files {
		path := filepath.Join(tmp, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, lineDirectives(text), 0o644)); err != nil {
			return "", &Error{What: err.Error(), Way: "make room in, or set TMPDIR to, a folder that can be written"}
		}
		replace[filepath.Join(folder, filepath.FromSlash(name))] = path
	}
	if m == nil {
		m = &toolchain.Module{}
	}
	return m.Overlay(tmp, replace)
}

// reserve makes an empty file beside the output, for the go command to write to: a build that
// fails leaves the output as it was.
func reserve(output string) (string, error) {
	if info, err := os.Stat(output); err == nil && info.IsDir() {
		return "", &Error{What: fmt.Sprintf("%s is a folder", output), Way: "name a file with -o"}
	}
	f, err := os.CreateTemp(filepath.Dir(output), "."+filepath.Base(output)+".*")
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return "", &Error{What: fmt.Sprintf("the binary cannot be written to %s: %v", filepath.Dir(output), err), Way: "choose another path with -o"}
	}
	return f.Name(), f.Close()
}

// announce says what takes so long, where it does: the first build for a system compiles the runtime and its server. A file
// beside the source remembers that it was done.
func announce(opts Options, src string) (stop func(built bool)) {
	done := fmt.Sprintf("%s-built-%s-%s", src, opts.OS, opts.Arch)
	if opts.Module != "" {
		done += "-module" // the runtime is another module's there
	}
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
