package main

import (
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/plan"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

func checkCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "prove a topology sound, without building it",
		ArgsUsage: "[PATH...]",
		Description: `Reads each topology and shows everything that is wrong with it, in one run: where, why, and the way
out. Exits with status 1 where there is an error; warnings alone leave it 0.

  topoc check                       the topology in this folder
  topoc check examples/*            several
  topoc check common                a library, by itself
  topoc check --guarantee           what can hold from each spout to each sink, and at which hop it ends
  topoc check --fix                 applies the fixes that need no decision, and prints what it changed
  topoc check --sarif               for code hosts: SARIF 2.1.0
  topoc check --json wordcount.topo for a program: a list of diagnostics with byte offsets, lines and columns`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", DisableDefaultText: true, Usage: "show all diagnostics, however many"},
			&cli.BoolFlag{Name: "fix", DisableDefaultText: true, Usage: "apply the fixes that need no decision, and print what changed"},
			&cli.BoolFlag{Name: "sarif", DisableDefaultText: true, Usage: "print the diagnostics as SARIF 2.1.0"},
			&cli.BoolFlag{Name: "guarantee", DisableDefaultText: true, Usage: "show what can hold on each path, and its weakest hop"},
			&cli.BoolFlag{Name: "json", DisableDefaultText: true, Usage: "print the diagnostics as JSON"},
		},
		Action: func(ctx *cli.Context) error {
			paths := ctx.Args().Slice()
			if len(paths) == 0 {
				paths = []string{"."}
			}
			if ctx.Bool("json") {
				return checkJSON(c, paths)
			}
			if ctx.Bool("sarif") {
				return checkSARIF(c, paths)
			}
			failed := false
			for _, path := range paths {
				all, err := checkAll(c, path, ctx.Bool("fix"))
				if err != nil {
					return err
				}
				for _, one := range all {
					if ctx.Bool("all") {
						diag.RenderAll(c.err, one.files, one.diags, c.colour)
					} else {
						c.show(one.files, one.diags)
					}
					failed = failed || one.failed
					if !one.failed {
						one.praise(c, ctx.Bool("guarantee"))
					}
				}
			}
			if failed {
				return errReported
			}
			return nil
		},
	}
}

// checked is a topology, or a library, and what there is to say about it.
type checked struct {
	*topology
	diags  []diag.Diagnostic
	failed bool
}

// checkAll compiles what is at path: of a folder first the libraries that lie beside its topology, each by itself, as they are also where nobody
// uses them, or only tests do.
func checkAll(c *console, path string, fix bool) ([]checked, error) {
	t, diags, err := checkAt(c, path, fix)
	if err != nil {
		return nil, err
	}
	own := checked{t, diags, hasErrors(diags)}
	if !isFolder(path) || t.result == nil || t.result.Library != nil {
		return []checked{own}, nil
	}
	var out []checked
	for _, files := range compiler.LibrariesIn(path) {
		lib, diags := compileFiles(files)
		out = append(out, checked{lib, diags, hasErrors(diags)})
		own.diags = slices.DeleteFunc(own.diags, func(d diag.Diagnostic) bool {
			return slices.ContainsFunc(files, func(f *source.File) bool { return f.Name == d.Span.File })
		})
	}
	return append(out, own), nil
}

// praise says that something is sound.
func (k checked) praise(c *console, guarantee bool) {
	if lib := k.result.Library; lib != nil {
		fmt.Fprintf(c.out, "library %s is sound: %s\n", lib.Name, sizeOf(lib))
		return
	}
	fmt.Fprintf(c.out, "%s is sound: %s, guarantee %s\n", k.name(), k.size(), k.program().Guarantee)
	if guarantee {
		fmt.Fprint(c.out, plan.PathsText(plan.Paths(k.program())))
	}
}

// checkAt compiles the topology at path, after what can be fixed was, where that is wanted.
func checkAt(c *console, path string, fix bool) (*topology, []diag.Diagnostic, error) {
	if fix {
		return fixAt(c, path)
	}
	t, diags := compileAt(path)
	return t, diags, nil
}
