package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/codegen/build"
	"github.com/topo-lang/topo/runtime/spell"
)

func buildCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "build",
		Usage:     "make one static binary of a topology",
		ArgsUsage: "[PATH]",
		Description: `Compiles the topology in PATH (here: the current folder) into one static binary, with the engine and
the broker inside. It needs Go on this machine, and nothing at all where the binary runs.

  topoc build                              ./NAME, after the topology's name
  topoc build -o wc ./examples/wordcount   choose the file
  topoc build --os windows --arch amd64    for another system
  topoc build --emit-go generated          also write the Go that is compiled, to read
  ./wc run --help                          what the binary takes

The same text gives the same bytes, from any folder. A failed build leaves the old binary as it was.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, TakesFile: true, Usage: "write the binary to `FILE`, or into this folder"},
			&cli.StringFlag{Name: "os", Usage: "build for this `SYSTEM`: linux, darwin, windows"},
			&cli.StringFlag{Name: "arch", Usage: "build for this `PROCESSOR`: amd64, arm64"},
			&cli.StringFlag{Name: "emit-go", TakesFile: true, Usage: "also write the generated Go into `FOLDER`"},
			guaranteeFlag(),
			plainFlag(),
			&cli.BoolFlag{Name: "verbose", DisableDefaultText: true, Aliases: []string{"v"}, Usage: "show the go command"},
		},
		Action: func(ctx *cli.Context) error {
			path, err := onePath(ctx)
			if err != nil {
				return err
			}
			target := target{os: ctx.String("os"), arch: ctx.String("arch")}
			if err := target.check(); err != nil {
				return err
			}
			if err := oneOf("guarantee", ctx.String("guarantee")); err != nil {
				return err
			}
			t, err := load(c, path, toRun(ctx.String("guarantee")))
			if err != nil {
				return err
			}
			t.plain = ctx.Bool("no-optimise")
			files, err := t.generate()
			if err != nil {
				return err
			}
			if folder := ctx.String("emit-go"); folder != "" {
				if err := emitGo(folder, files); err != nil {
					return err
				}
			}
			output, err := outputFile(t, ctx.String("output"), target)
			if err != nil {
				return err
			}
			return compile(ctx.Context, c, t, files, build.Options{
				Output: output, OS: target.os, Arch: target.arch, Verbose: ctx.Bool("verbose"),
			})
		},
	}
}

// compile runs the go command over the generated files.
func compile(ctx context.Context, c *console, t *topology, files map[string][]byte, opts build.Options) error {
	opts.Sources = t.files
	if code := t.program().Go; code != nil {
		opts.Module = code.Folder
	}
	switch {
	case opts.Verbose:
		opts.Stderr = c.err
	case isTerminal(c.err):
		// A script's standard error stays empty, however long the first build takes.
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		line := showWork(c.err, "compiling "+t.name(), ticker.C)
		defer line.end()
		opts.Stderr = line
	}
	// The go command runs in another folder.
	output, err := filepath.Abs(opts.Output)
	if err != nil {
		return err
	}
	opts.Output = output
	diags, err := build.Binary(ctx, files, opts)
	if line, ok := opts.Stderr.(*workLine); ok {
		line.end()
	}
	c.show(t.files, diags)
	if err == nil && hasErrors(diags) {
		err = errReported
	}
	return err
}

// target is the system that a binary is for; "" is this one.
type target struct{ os, arch string }

// check refuses, before anything is compiled, what no topology can be built for.
func (t target) check() error {
	if err := oneOf("os", t.os); err != nil {
		return err
	}
	return oneOf("arch", t.arch)
}

// oneOf refuses a value that is not among the flag's choices.
func oneOf(flag, value string) error {
	if value == "" || slices.Contains(choices[flag], value) {
		return nil
	}
	e := &usageError{
		text: fmt.Sprintf("--%s cannot be %q", flag, value),
		help: "it is one of: " + strings.Join(choices[flag], ", "),
	}
	if near := spell.Suggest(value, choices[flag]); near != "" {
		e.help = fmt.Sprintf("did you mean %s? %s", near, e.help)
	}
	return e
}

func (t target) extension() string {
	if t.os == "windows" || t.os == "" && runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// outputFile says where the binary goes: to the file that was asked for, or one named after the topology.
func outputFile(t *topology, asked string, target target) (string, error) {
	name := t.name() + target.extension()
	if asked == "" {
		if isFolder(name) {
			return "", &helpfulError{
				err:  fmt.Errorf("cannot write the binary %s: a folder has that name", name),
				help: "say where it goes: topoc build -o FILE",
			}
		}
		asked = name
	}
	if isFolder(asked) {
		asked = filepath.Join(asked, name)
	}
	if strings.HasSuffix(asked, ".topo") {
		return "", &helpfulError{
			err:  fmt.Errorf("the binary would stand where a topology's text does: %s", asked),
			help: "-o names the binary to write; the topology to read is named by PATH",
		}
	}
	if folder := filepath.Dir(asked); !isFolder(folder) {
		return "", &helpfulError{
			err:  fmt.Errorf("cannot write %s: there is no folder %s", asked, folder),
			help: "make the folder first",
		}
	}
	if !replaceable(asked) {
		return "", &helpfulError{
			err:  fmt.Errorf("%s is there already, and is no binary", asked),
			help: "choose another file with -o, or remove this one first",
		}
	}
	return asked, nil
}

// replaceable reports whether a binary may take the place of what a name stands for: nothing, another binary, or a device, but
// not a text that somebody wrote.
func replaceable(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return true // nothing is there, or writing will say what is wrong
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return true
	}
	head := make([]byte, 4)
	n, _ := io.ReadFull(f, head)
	for _, magic := range []string{"\x7fELF", "\xcf\xfa\xed\xfe", "MZ"} {
		if strings.HasPrefix(string(head[:n]), magic) {
			return true
		}
	}
	return false
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// emitGo writes the generated files, each only where its bytes differ, so that Go's build cache and editors stay calm.
func emitGo(folder string, files map[string][]byte) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	var failed error
	for name, text := range files {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if old, err := os.ReadFile(file); err == nil && string(old) == string(text) {
			continue
		}
		failed = errors.Join(failed, os.MkdirAll(filepath.Dir(file), 0o777), writeWhole(file, text))
	}
	return failed
}
