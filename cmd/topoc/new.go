package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/runtime/spell"
)

//go:embed template
var templates embed.FS

// placeholder stands for the topology's name in the files of a template, and in their names.
const placeholder = "NAME"

// suffix ends the names of files of a template that would be Go code of ours without it.
const suffix = ".tmpl"

func newCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "new",
		Usage:     "make a folder with a first topology, its input and a README",
		ArgsUsage: "NAME|.",
		Description: `Makes a topology to start from. It writes new files only and never over one that is there.

  topoc new demo                     the folder demo, with demo.topo in it
  topoc new --template route demo    the same, with another beginning
  topoc new .                        into this folder, named after it

Templates:
  wordcount    counts the words of a text: a spout, two bolts, a sink
  route        reads log lines, sends what it cannot read one way and the rest another
  nats         a service behind NATS: takes orders, tells of totals, answers questions
  go           a Go module with a topology in it, its bolts in Go, their tests and a program
  sql          asks a CSV table questions in SQL, answered while it is read`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "template", Aliases: []string{"t"}, Value: "wordcount", Usage: "what to begin with: `NAME` of a template"},
		},
		Action: func(ctx *cli.Context) error {
			words := ctx.Args().Slice()
			if len(words) != 1 {
				return &usageError{text: fmt.Sprintf("topoc new takes one name, not %d", len(words)), help: "topoc new demo"}
			}
			return makeNew(c, words[0], ctx.String("template"))
		},
	}
}

// makeNew writes the files of a template into folder.
func makeNew(c *console, folder, template string) error {
	root := path.Join("template", template)
	if info, err := fs.Stat(templates, root); err != nil || !info.IsDir() {
		return unknownTemplate(template)
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	name, err := topologyName(filepath.Base(absolute))
	if err != nil {
		return err
	}
	as := map[string]string{placeholder: name}
	var files []newFile
	before := ""
	if template == goTemplate {
		if files, before, err = goModule(absolute, name, as); err != nil {
			return err
		}
	}
	more, err := templateFiles(root, as)
	if err != nil {
		return err
	}
	files = append(files, more...)
	if err := refuseToOverwrite(folder, files); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	for _, f := range files {
		at := filepath.Join(folder, f.name)
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			return err
		}
		if err := writeNew(at, f.text); err != nil {
			return err
		}
	}
	for _, f := range files {
		fmt.Fprintf(c.out, "made %s\n", filepath.Join(folder, f.name))
	}
	steps := before + firstSteps(template, name)
	if folder != "." {
		steps = "cd " + quoted(folder) + " && " + steps
	}
	fmt.Fprintf(c.out, "\nnow try: %s\n", steps)
	return nil
}

// firstSteps are what to type in the new folder.
func firstSteps(template, name string) string {
	switch template {
	case goTemplate:
		return "go generate && go test ./... && go run ./cmd/" + name
	case "nats": // it runs until it is stopped
		return "topoc test && topoc run . --store data --listen 127.0.0.1:4222; and, in another terminal there: topoc run send"
	}
	return "topoc run && topoc test"
}

// plainWord is what a shell reads as one word, and as nothing else.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./][A-Za-z0-9_@%+=:,./-]*$`)

// quoted is a name as it is typed into a shell.
func quoted(name string) string {
	if plainWord.MatchString(name) {
		return name
	}
	if strings.HasPrefix(name, "-") {
		name = "./" + name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// newFile is a file to write.
type newFile struct{ name, text string }

// templateFiles are the files of a template, with words replaced in their names and texts.
func templateFiles(root string, as map[string]string) ([]newFile, error) {
	var pairs []string
	for word, by := range as {
		pairs = append(pairs, word, by)
	}
	replace := strings.NewReplacer(pairs...).Replace
	var files []newFile
	err := fs.WalkDir(templates, root, func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := templates.ReadFile(at)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(at, root+"/"), suffix)
		files = append(files, newFile{name: filepath.FromSlash(replace(name)), text: replace(string(text))})
		return nil
	})
	return files, err
}

func unknownTemplate(template string) error {
	entries, err := templates.ReadDir("template")
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	help := "there are: " + strings.Join(names, ", ")
	if near := spell.Suggest(template, names); near != "" {
		help = fmt.Sprintf("did you mean %s? %s", near, help)
	}
	return &usageError{text: fmt.Sprintf("no template is called %q", template), help: help}
}

// refuseToOverwrite fails where a file of the template, or another topology, stands in the folder.
func refuseToOverwrite(folder string, files []newFile) error {
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(folder, f.name)); err == nil {
			return &helpfulError{
				err:  fmt.Errorf("%s is there already, and topoc new never overwrites", filepath.Join(folder, f.name)),
				help: "choose another name, or another folder",
			}
		}
	}
	others, err := filepath.Glob(filepath.Join(folder, "*.topo"))
	if err == nil && len(others) > 0 {
		return &helpfulError{
			err:  fmt.Errorf("%s holds a topology already: %s", folder, filepath.Base(others[0])),
			help: "a folder is one topology; make the new one in a folder of its own",
		}
	}
	return nil
}

func writeNew(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// topologyName makes a name of the language from a folder's name: `my-demo` becomes `my_demo`.
func topologyName(folder string) (string, error) {
	var b strings.Builder
	for _, r := range strings.ToLower(folder) {
		switch {
		case r >= 'a' && r <= 'z', r == '_':
			b.WriteRune(r)
		case r >= '0' && r <= '9':
			if b.Len() == 0 {
				b.WriteString("t")
			}
			b.WriteRune(r)
		case r == '-', r == '.', r == ' ':
			b.WriteRune('_')
		}
	}
	name := strings.Trim(b.String(), "_")
	if name == "" {
		return "", &usageError{
			text: fmt.Sprintf("no name for a topology can be made from %q", folder),
			help: "a name is written with the letters a to z, digits and _",
		}
	}
	return name, nil
}
