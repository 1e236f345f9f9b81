package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/describe"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/runtime/spell"
	"github.com/topo-lang/topo/stdlib"
)

func docCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "doc",
		Usage:     "show the documentation of a component, a function or a library",
		ArgsUsage: "[NAME | PATH]",
		Description: `Shows signatures and the comments above them, of the standard library or of a topology or library of yours.

  topoc doc                          what there is
  topoc doc file.lines               a component
  topoc doc lower                    a function
  topoc doc file                     a whole library
  topoc doc ./examples/wordcount     a topology's params, components and functions
  topoc doc --html site              the standard library as web pages
  topoc doc --markdown site ./mine   a topology or library as Markdown`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "html", TakesFile: true, Usage: "write web pages into `FOLDER`"},
			&cli.StringFlag{Name: "markdown", TakesFile: true, Usage: "write Markdown into `FOLDER`"},
		},
		Action: func(ctx *cli.Context) error {
			words := ctx.Args().Slice()
			if len(words) > 1 {
				return &usageError{text: fmt.Sprintf("topoc doc takes one name, not %d", len(words)), help: seeHelp(ctx.Command)}
			}
			word := strings.Join(words, "")
			if html, markdown := ctx.String("html"), ctx.String("markdown"); html != "" || markdown != "" {
				return writeDocs(word, html, markdown)
			}
			return showDocs(c, word)
		},
	}
}

// standardPages are the language's own functions and the standard library.
func standardPages() []*describe.Page {
	pages := []*describe.Page{describe.Language()}
	set := library.New(stdlib.Signatures)
	for _, name := range set.Names() {
		lib := set.Load(name)
		if lib == nil {
			continue
		}
		prefix := name + "."
		if name == library.Prelude {
			prefix = ""
		}
		pages = append(pages, describe.Of([]*ast.File{lib.Tree}, prefix))
	}
	return pages
}

// pageAt is the page of a topology or library of the user's.
func pageAt(path string) (*describe.Page, error) {
	files, diags := compiler.Load(path)
	if hasErrors(diags) {
		return nil, &helpfulError{err: fmt.Errorf("%s", diags[0].Message), help: diags[0].Help}
	}
	var trees []*ast.File
	for _, f := range files {
		tree, _ := parser.Parse(f)
		trees = append(trees, tree)
	}
	return describe.Of(trees, ""), nil
}

func showDocs(c *console, word string) error {
	pages := standardPages()
	if word == "" {
		for _, p := range pages {
			fmt.Fprintf(c.out, "%-10s", p.Name)
			names := make([]string, 0, len(p.Entries))
			for _, e := range p.Entries {
				names = append(names, strings.TrimPrefix(e.Name, p.Name+"."))
			}
			fmt.Fprintln(c.out, indented(names, 10, pageWidth))
		}
		fmt.Fprint(c.out, "\n`topoc doc NAME` shows one of these: topoc doc file.lines\n")
		return nil
	}
	var known []string
	found := false
	for _, p := range pages {
		if p.Name == word {
			fmt.Fprint(c.out, p.Text(pageWidth))
			return nil
		}
		known = append(known, p.Name)
		for _, e := range p.Entries {
			known = append(known, e.Name)
			if e.Name == word {
				if found {
					fmt.Fprintln(c.out)
				}
				fmt.Fprint(c.out, e.Text(pageWidth))
				found = true
			}
		}
	}
	if found {
		return nil
	}
	if _, err := os.Stat(word); err == nil {
		p, err := pageAt(word)
		if err != nil {
			return err
		}
		fmt.Fprint(c.out, p.Text(pageWidth))
		return nil
	}
	e := &helpfulError{err: fmt.Errorf("nothing is called %s", word), help: "`topoc doc` lists what there is; a topology is named by its path"}
	if near := spell.Suggest(word, known); near != "" {
		e.help = fmt.Sprintf("did you mean `topoc doc %s`?", near)
	}
	return e
}

// indented joins names into lines, those after the first one indented.
func indented(names []string, indent, width int) string {
	var b strings.Builder
	column := indent
	for i, n := range names {
		if i > 0 && column+1+len(n) > width {
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		} else if i > 0 {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(n)
		column += len(n)
	}
	return b.String()
}

// writeDocs writes pages as files: of a path, or of the standard library with an index.
func writeDocs(path, html, markdown string) error {
	pages := []*describe.Page(nil)
	if path == "" {
		pages = standardPages()
	} else {
		p, err := pageAt(path)
		if err != nil {
			return err
		}
		pages = []*describe.Page{p}
	}
	links := pages
	if len(pages) == 1 {
		links = nil
	}
	for _, p := range pages {
		if markdown != "" {
			if err := writePage(markdown, p.Name+".md", p.Markdown()); err != nil {
				return err
			}
		}
		if html != "" {
			text, err := p.HTML(links)
			if err != nil {
				return err
			}
			if err := writePage(html, p.Name+".html", text); err != nil {
				return err
			}
		}
	}
	if path != "" {
		return nil
	}
	const title = "The standard library"
	if markdown != "" {
		if err := writePage(markdown, "index.md", describe.Index(title, pages)); err != nil {
			return err
		}
	}
	if html == "" {
		return nil
	}
	text, err := describe.Overview(title, pages).HTML(pages)
	if err != nil {
		return err
	}
	return writePage(html, "index.html", text)
}

func writePage(folder, name, text string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	return writeWhole(filepath.Join(folder, name), []byte(text))
}
