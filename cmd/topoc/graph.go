package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/compiler/graph"
	"github.com/topo-lang/topo/compiler/ir"
)

func graphCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "graph",
		Usage:     "draw a topology: DOT, Mermaid or SVG",
		ArgsUsage: "[PATH]",
		Description: `Draws the components of a topology and the streams between them. No other program is needed, for SVG either.

  topoc graph -o wordcount.svg        the end of the file's name says the format
  topoc graph --format mermaid        for a README
  topoc graph --serve                 live in a browser, beside the text: click a node to see its declaration
  topoc graph | dot -Tpng > wc.png    with Graphviz`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "draw in `FORMAT`: dot, mermaid or svg; without it dot, or what -o says"},
			&cli.BoolFlag{Name: "unfold", DisableDefaultText: true, Usage: "draw what the instances of graphs are made of, not one box for each"},
			&cli.BoolFlag{Name: "serve", DisableDefaultText: true, Usage: "print the address of a page on this machine that shows the graph beside the text, and keep it up to date"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, TakesFile: true, Usage: "write to `FILE`"},
		},
		Action: func(ctx *cli.Context) error {
			path, err := onePath(ctx)
			if err != nil {
				return err
			}
			if ctx.Bool("serve") {
				return serveGraph(ctx.Context, c, path)
			}
			output := ctx.String("output")
			format := ctx.String("format")
			if err := oneOf("format", format); err != nil {
				return err
			}
			if format == "" {
				if format, err = formatOf(output); err != nil {
					return err
				}
			}
			t, err := load(c, path)
			if err != nil {
				return err
			}
			t.plain = true
			texts, err := t.texts()
			if err != nil {
				return err
			}
			text := map[string]string{"dot": texts.DOT, "mermaid": texts.Mermaid, "svg": texts.SVG}[format]
			if ctx.Bool("unfold") {
				draw := map[string]func(*ir.Program) string{"dot": graph.DOT, "mermaid": graph.Mermaid, "svg": graph.SVG}
				text = draw[format](t.program())
			}
			if output != "" {
				return writeWhole(output, []byte(text))
			}
			_, err = c.out.Write([]byte(text))
			return err
		},
	}
}

// formatOf reads the format off the end of a file's name.
func formatOf(file string) (string, error) {
	switch ext := strings.ToLower(filepath.Ext(file)); ext {
	case ".svg":
		return "svg", nil
	case ".mmd", ".mermaid":
		return "mermaid", nil
	case "", ".dot", ".gv", ".txt":
		return "dot", nil
	default:
		base := strings.TrimSuffix(file, filepath.Ext(file))
		help := fmt.Sprintf("by its end the file's name says the format: %s.svg, %s.dot, %s.mmd", base, base, base)
		switch ext {
		case ".png", ".jpg", ".jpeg", ".pdf", ".gif", ".webp":
			help += fmt.Sprintf("; Graphviz makes others: topoc graph | dot -T%s > %s", ext[1:], file)
		case ".json":
			help += "; for programs there is topoc plan --json"
		default:
			help += "; or name it: --format dot"
		}
		return "", &usageError{text: fmt.Sprintf("topoc draws no %s: it has DOT, Mermaid and SVG", strings.TrimPrefix(ext, ".")), help: help}
	}
}
