package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/format"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

func fmtCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "fmt",
		Usage:     "format topologies, the one way",
		ArgsUsage: "[PATH...]",
		Description: `Rewrites .topo files in the one format, and names those that it changed. A folder means every
.topo file in it and below. A file with a syntax error is left as it is.

  topoc fmt                   everything here
  topoc fmt --check           change nothing, name what is not formatted, exit 1 if any is: for CI
  topoc fmt -d wordcount.topo show what would change
  topoc fmt - < in > out      from standard input to standard output`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "list", DisableDefaultText: true, Aliases: []string{"l"}, Usage: "name the files that are not formatted, and change nothing"},
			&cli.BoolFlag{Name: "diff", DisableDefaultText: true, Aliases: []string{"d"}, Usage: "show what would change, and change nothing"},
			&cli.BoolFlag{Name: "check", DisableDefaultText: true, Usage: "like --list, and exit with status 1 where there are any"},
		},
		Action: func(ctx *cli.Context) error {
			f := formatter{c: c, list: ctx.Bool("list") || ctx.Bool("check"), diff: ctx.Bool("diff")}
			if err := f.paths(ctx.Args().Slice()); err != nil {
				return err
			}
			if f.broken || ctx.Bool("check") && f.changed > 0 {
				return errReported
			}
			return nil
		},
	}
}

// formatter formats files and counts what it finds.
type formatter struct {
	c          *console
	list, diff bool // change nothing
	changed    int  // files that were not formatted
	broken     bool // a file had syntax errors
}

func (f *formatter) paths(paths []string) error {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, path := range paths {
		if path == "-" {
			if err := f.stdin(); err != nil {
				return err
			}
			continue
		}
		files, err := topoFiles(path)
		if err != nil {
			return err
		}
		for _, name := range files {
			if err := f.file(name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *formatter) stdin() error {
	old, err := io.ReadAll(f.c.in)
	if err != nil {
		return fmt.Errorf("cannot read standard input: %w", err)
	}
	text, ok := f.format("<stdin>", old)
	if !ok {
		return nil
	}
	if f.list || f.diff {
		f.compare("<stdin>", old, text)
		return nil
	}
	_, err = f.c.out.Write(text)
	return err
}

func (f *formatter) file(name string) error {
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	text, ok := f.format(name, old)
	if !ok || string(text) == string(old) {
		return nil
	}
	f.compare(name, old, text)
	if f.list || f.diff {
		return nil
	}
	return writeWhole(name, text)
}

// compare says that a file is not formatted, as it was asked to.
func (f *formatter) compare(name string, old, text []byte) {
	if string(old) == string(text) {
		return
	}
	f.changed++
	if f.diff {
		f.c.out.Write(diff.Diff(name, old, name+" (formatted)", text))
	} else {
		fmt.Fprintln(f.c.out, name)
	}
}

// format returns the formatted text, or shows what is wrong with it.
func (f *formatter) format(name string, text []byte) ([]byte, bool) {
	file := source.NewFile(name, string(text))
	tree, diags := parser.Parse(file)
	if bad := compiler.CheckText(file); len(bad) > 0 {
		diags = bad
	}
	if hasErrors(diags) {
		f.c.show([]*source.File{file}, diags)
		f.broken = true
		return nil, false
	}
	return []byte(format.Format(tree)), true
}

// topoFiles returns the file, or the .topo files in the folder and below, hidden folders left out.
func topoFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, missing(path, err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".") && name != path
		if d.IsDir() && hidden {
			return filepath.SkipDir
		}
		if !d.IsDir() && !hidden && filepath.Ext(name) == ".topo" {
			files = append(files, name)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = &helpfulError{err: fmt.Errorf("no .topo file in %s", path), help: "name the file or the folder: topoc fmt PATH"}
	}
	return files, err
}

// missing explains a path that cannot be opened.
func missing(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &helpfulError{err: fmt.Errorf("there is no file or folder %s", path), help: "see what is there: ls *.topo"}
	}
	return err
}
