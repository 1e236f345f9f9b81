package main

import (
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/lsp"
	"github.com/topo-lang/topo/stdlib"
	"github.com/topo-lang/topo/toolchain"
)

func lspCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "lsp",
		Usage:     "serve an editor: the Language Server Protocol over standard input and output",
		ArgsUsage: " ",
		Description: `Editors start it; people configure them to. It checks a topology while it is typed, and answers what
an editor asks: formatting, outline, hover, definitions, completion.

  topoc lsp                   speak with the editor that started it

docs/editors.md says how each editor is told.`,
		Flags: []cli.Flag{
			// Many editors add it to whatever they start.
			&cli.BoolFlag{Name: "stdio", DisableDefaultText: true, Usage: "what it does anyway"},
		},
		Action: func(ctx *cli.Context) error {
			if ctx.Args().Present() {
				return &usageError{text: "lsp takes no arguments", help: "the editor says by itself which files it is about"}
			}
			opts := lsp.Options{Libraries: library.New(stdlib.Signatures), Version: versionText(), Go: true}
			if dir, err := toolchain.CacheDir(); err == nil {
				opts.Pages = filepath.Join(dir, "pages-"+toolchain.SourceHash())
			}
			return lsp.Serve(c.in, c.out, opts)
		},
	}
}
