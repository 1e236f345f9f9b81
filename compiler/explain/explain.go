// Package explain holds the page of each diagnostic code: why the rule is there, an example that breaks it and one
// that keeps it. `topoc explain` shows them; a test compiles every example.
//
// A page is pages/CODE.md: the story, then under "Wrong:" and "Right:" fenced examples. Before an example that has no
// header stand a header, and a spout `lines` where it reads one, unless its fence says `bare`; a fence with a
// file's name is another file beside it, of topo or of Go. In a wrong example `//~` ends the line that errs.
package explain

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed pages/*.md
var files embed.FS

// What stands before examples.
const (
	header = "topology docs { guarantee none }\n"
	spout  = "spout lines -> (line string) = stdin.lines()\n"
)

// Page explains a code.
type Page struct {
	Code         string
	Story        string
	Wrong, Right []File // none where no text could show it
}

// File is one file of an example.
type File struct {
	Name string // example.topo, or of a library that it uses
	Text string
	Bare bool // no prelude goes before it
}

// language is what a fence around the file says.
func (f File) language() string {
	if strings.HasSuffix(f.Name, ".topo") {
		return "topo"
	}
	return "go"
}

// Whole is the text as it is compiled.
func (f File) Whole() string {
	if f.Bare || f.Name != mainFile || strings.HasPrefix(f.Text, "topology ") || strings.Contains(f.Text, "\ntopology ") {
		return f.Text
	}
	if reads.MatchString(f.Text) {
		return header + spout + f.Text
	}
	return header + f.Text
}

// reads finds `lines` where it is read: not file.lines.
var reads = regexp.MustCompile(`[ (]lines\b`)

const mainFile = "example.topo"

// Of returns the page of a code, or nil.
func Of(code string) *Page {
	text, err := files.ReadFile("pages/" + code + ".md")
	if err != nil {
		return nil
	}
	return parse(code, string(text))
}

// Codes lists the codes that have a page, in order.
func Codes() []string {
	entries, _ := files.ReadDir("pages")
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".md"))
	}
	slices.Sort(out)
	return out
}

// fence is a fenced example.
var fence = regexp.MustCompile("(?ms)^```(?:topo|go)([^\n]*)\n(.*?)^```\n?")

func parse(code, text string) *Page {
	p := &Page{Code: code}
	story, rest, _ := strings.Cut(text, "\nWrong:\n")
	p.Story = strings.TrimSpace(story)
	wrong, right, _ := strings.Cut(rest, "\nRight:\n")
	p.Wrong, p.Right = examples(wrong), examples(right)
	return p
}

func examples(text string) []File {
	var out []File
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		f := File{Name: mainFile, Text: m[2]}
		switch tag := strings.TrimSpace(m[1]); tag {
		case "":
		case "bare":
			f.Bare = true
		default:
			f.Name = tag
		}
		out = append(out, f)
	}
	return out
}

// Text is the page for a terminal, its lines no wider than width where words allow.
func (p *Page) Text(title string, width int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", p.Code, title)
	for para := range strings.SplitSeq(p.Story, "\n\n") {
		line := ""
		for word := range strings.FieldsSeq(para) {
			if line != "" && len(line)+1+len(word) > width {
				b.WriteString(line + "\n")
				line = ""
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
		b.WriteString(line + "\n")
	}
	show := func(head string, list []File) {
		if len(list) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n%s:\n", head)
		for _, f := range list {
			b.WriteString("\n")
			if f.Name != mainFile {
				fmt.Fprintf(&b, "    // in %s\n", f.Name)
			}
			for line := range strings.SplitSeq(strings.TrimRight(f.Text, "\n"), "\n") {
				line = strings.TrimRight(strings.Replace(line, "//~", "// <- "+p.Code, 1), " ")
				if line != "" {
					line = "    " + line
				}
				b.WriteString(line + "\n")
			}
		}
	}
	show("Wrong", p.Wrong)
	show("Right", p.Right)
	return b.String()
}

// Markdown is the page without its title, as Markdown.
func (p *Page) Markdown() string {
	var b strings.Builder
	b.WriteString(p.Story + "\n")
	show := func(head string, list []File) {
		for i, f := range list {
			if i == 0 {
				fmt.Fprintf(&b, "\n%s:\n", head)
			}
			if f.Name != mainFile {
				fmt.Fprintf(&b, "\n`%s`:\n", f.Name)
			}
			fmt.Fprintf(&b, "\n```%s\n%s```\n", f.language(), strings.ReplaceAll(f.Text, "//~", "// <- "+p.Code))
		}
	}
	show("Wrong", p.Wrong)
	show("Right", p.Right)
	return b.String()
}

// Mentions reports whether every word stands in the page's story, in any case.
func (p *Page) Mentions(words []string) bool {
	story := strings.ToLower(p.Story)
	for _, w := range words {
		if !strings.Contains(story, strings.ToLower(w)) {
			return false
		}
	}
	return true
}
