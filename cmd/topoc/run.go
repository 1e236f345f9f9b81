package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/codegen/build"
	"github.com/topo-lang/topo/lang/diag"
)

func runCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "build a topology and run it",
		ArgsUsage: "[PATH [flags of the topology...]]",
		Description: `Builds the topology in PATH (without one: in the current folder) into topoc's cache, and runs it. Whatever
stands after PATH is handed to the topology; its exit status is topoc's.

  topoc run                                     the topology in this folder
  topoc run ./examples/wordcount                another one
  topoc run ./examples/wordcount --input FILE   set its param input
  topoc run . --help                            what this topology can be told
  topoc run . --transport nats                  the same through the embedded broker
  topoc run --explain                           what would run: the plan
  topoc run --watch                             start it anew when its text, or Go beside it, has changed
  echo "to be or not" | topoc run ./words       standard input and output are the topology's

Files that a topology names are looked for in the current folder, then beside its text. Ctrl-C asks
it to drain and stop; a second one stops it at once.`,
		Flags: []cli.Flag{
			guaranteeFlag(),
			plainFlag(),
			&cli.BoolFlag{Name: "watch", DisableDefaultText: true, Aliases: []string{"w"}, Usage: "build and start anew on change, as soon as what changed is right"},
			&cli.BoolFlag{Name: "explain", DisableDefaultText: true, Usage: "show the plan, and run nothing"},
			&cli.BoolFlag{Name: "verbose", DisableDefaultText: true, Aliases: []string{"v"}, Usage: "show the go command"},
		},
		Action: func(ctx *cli.Context) error {
			path, rest := ".", ctx.Args().Slice()
			if len(rest) > 0 {
				path, rest = rest[0], rest[1:]
			}
			if err := oneOf("guarantee", ctx.String("guarantee")); err != nil {
				return err
			}
			if ctx.Bool("watch") {
				return watchRun(ctx.Context, c, path, rest, ctx.String("guarantee"), ctx.Bool("no-optimise"), ctx.Bool("verbose"))
			}
			t, warnings, err := loadQuietly(c, path, toRun(ctx.String("guarantee")))
			if err != nil {
				return err
			}
			t.plain = ctx.Bool("no-optimise")
			if ctx.Bool("explain") {
				c.show(t.files, warnings)
				texts, err := t.texts()
				if err != nil {
					return err
				}
				_, err = c.out.Write([]byte(texts.Plan))
				return err
			}
			binary, err := cachedBinary(ctx.Context, c, t, warnings, ctx.Bool("verbose"))
			if err != nil {
				return err
			}
			env, err := runEnvironment(path)
			if err != nil {
				return err
			}
			return execute(ctx.Context, c, binary, append([]string{"run"}, rest...), env)
		},
	}
}

// cachedBinary returns the topology's binary, built now or found where an earlier run left it. That one has shown the warnings.
func cachedBinary(ctx context.Context, c *console, t *topology, warnings []diag.Diagnostic, verbose bool) (string, error) {
	files, err := t.generate()
	if err != nil {
		return "", err
	}
	slot, err := newSlot(files, t.name(), t.program().Go)
	if err != nil {
		return "", err
	}
	if slot.found() {
		return slot.binary, nil
	}
	c.show(t.files, warnings)
	if err := slot.prepare(); err != nil {
		return "", err
	}
	if err := compile(ctx, c, t, files, build.Options{Output: slot.binary, Verbose: verbose}); err != nil {
		return "", err
	}
	slot.built()
	slot.prune()
	return slot.binary, nil
}

// runEnvironment tells the topology where its text stands, so that it finds files named relative to it.
func runEnvironment(path string) ([]string, error) {
	folder := path
	if !isFolder(path) {
		folder = filepath.Dir(path)
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	return append(os.Environ(), "TOPO_BASE_DIR="+absolute), nil
}

// execute runs the binary in topoc's place. Where the system lets one program become another, it does: the
// terminal's signals then reach the topology exactly once, and its exit status is the process's own.
func execute(ctx context.Context, c *console, binary string, args, env []string) error {
	if c.own {
		err := become(binary, append([]string{binary}, args...), env)
		if !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	return runChild(ctx, c, binary, args, env)
}
