package lsp

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lsp/protocol"
)

// The kinds of completions.
const (
	itemFunction   = 3
	itemField      = 5
	itemVariable   = 6
	itemClass      = 7
	itemModule     = 9
	itemProperty   = 10
	itemEnum       = 13
	itemKeyword    = 14
	itemFile       = 17
	itemEnumMember = 20
	itemConstant   = 21
	itemStruct     = 22
	itemEvent      = 23
)

// completionItem is what could stand at a place.
type completionItem struct {
	Label         string                  `json:"label"`
	Kind          int                     `json:"kind"`
	Detail        string                  `json:"detail,omitempty"`
	Documentation *protocol.MarkupContent `json:"documentation,omitempty"`
	SortText      string                  `json:"sortText,omitempty"`
	FilterText    string                  `json:"filterText,omitempty"`
	Format        int                     `json:"insertTextFormat,omitempty"` // 2: a snippet
	TextEdit      *protocol.TextEdit      `json:"textEdit,omitempty"`
}

type completionList struct {
	IsIncomplete bool             `json:"isIncomplete"`
	Items        []completionItem `json:"items"`
}

// completer gathers what could stand at a place.
type completer struct {
	s     *server
	d     *document
	x     *compiler.Index
	at    int
	word  int    // where the word at the place begins
	text  string // before that word
	part  string // of that, the declaration that it stands in
	items []completionItem
	rank  int
	seen  map[string]bool
}

// completion lists what can stand at a place, by what stands before it: the text there is seldom one that can be parsed.
func completion(s *server, d *document, at int) (completionList, error) {
	u := s.unit(d)
	text := d.source()
	start, _ := wordAt(text, at)
	start = min(start, at)
	c := &completer{s: s, d: d, x: u.session.Index(), at: at, word: start, text: text[:start], seen: map[string]bool{}}
	cuts := parser.Split(text)
	base := 0
	for _, cut := range cuts {
		if cut <= start {
			base = cut
		}
	}
	c.part = c.text[base:]
	c.complete()
	if c.items == nil {
		c.items = []completionItem{}
	}
	return completionList{Items: c.items}, nil
}

// add adds an item; insert is a snippet, "" for the label itself. What is added first is shown first.
func (c *completer) add(label string, kind int, detail, doc, insert string) {
	if c.seen[label] || label == "" {
		return
	}
	c.seen[label] = true
	item := completionItem{Label: label, Kind: kind, Detail: detail, SortText: fmt.Sprintf("%04d", c.rank)}
	if doc != "" {
		m := c.s.markup(doc)
		item.Documentation = &m
	}
	item.TextEdit = &protocol.TextEdit{Range: c.d.rangeOf(c.word, c.at), NewText: label}
	if insert != "" {
		if c.s.client.TextDocument.Completion.CompletionItem.SnippetSupport {
			item.Format, item.TextEdit.NewText = 2, insert
		} else if plain := placeholder.ReplaceAllString(insert, "$1"); !strings.Contains(plain, "$") {
			item.TextEdit.NewText = plain
		}
	}
	c.items = append(c.items, item)
}

var placeholder = regexp.MustCompile(`\$\{\d+:([^}]*)\}|\$\d+`)

func (c *completer) symbols(list []*compiler.Symbol) {
	for _, sym := range list {
		kind := map[string]int{
			"field": itemField, "input": itemVariable, "local": itemVariable, "state": itemProperty, "param": itemConstant, "const": itemConstant, "parameter": itemVariable,
			"enum": itemEnum, "type": itemStruct, "value": itemEnumMember, "stream": itemEvent, "library": itemModule, "func": itemFunction, "builtin": itemFunction,
		}[sym.Kind]
		insert := ""
		if sym.Kind == "func" || sym.Kind == "builtin" {
			insert = sym.Name + "($0)"
		}
		doc := sym.Doc
		if e, ok := languageFunc(sym); ok {
			doc = e.Doc
		}
		c.add(sym.Name, cmp.Or(kind, itemClass), signatureOf(sym), doc, insert)
	}
	c.rank++
}

// call is a component, or a graph, with what it must be given.
func (c *completer) call(sym *compiler.Symbol) {
	var args []string
	for _, p := range sym.Parameters() {
		if p.Needed() {
			args = append(args, fmt.Sprintf("%s: ${%d:%s}", p.Name, len(args)+1, p.Name))
		}
	}
	c.add(sym.Name, itemClass, signatureOf(sym), sym.Doc, sym.Name+"("+strings.Join(args, ", ")+")$0")
}

func (c *completer) words(list ...string) {
	for _, w := range list {
		c.add(w, itemKeyword, "", words[w], "")
	}
	c.rank++
}

var (
	afterDot     = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_.]*)\??\.$`)
	goDot        = regexp.MustCompile(`go\s+"([^"\n]*)"\s*\.$`)
	inPath       = regexp.MustCompile(`(?:^use|\bgo)\s+"([^"\n]*)$`)
	afterBy      = regexp.MustCompile(`\bby\s+$`)
	latestBy     = regexp.MustCompile(`\blatest\s+by\s+(?:\w+\s*,\s*)*$`)
	byFields     = regexp.MustCompile(`([A-Za-z_][\w.]*)(?:\s+loop\s+max\s+\w+)?\s+by\s+(?:fields|partial)\(\s*(?:\w+\s*,\s*)*$`)
	graphFields  = regexp.MustCompile(`\(([^()]*)\)(?:\s+latest\s+by\s+[\w ,]+)?\s+by\s+(?:fields|partial)\(\s*(?:\w+\s*,\s*)*$`)
	componentEnd = regexp.MustCompile(`(?s)^(?:\s*//[^\n]*\n)*\s*(spout|bolt|sink)\s+\w+.*=\s*$`)
	headWord     = regexp.MustCompile(`^(?:\s*//[^\n]*\n)*\s*([a-z]+)\b`)
	afterType    = regexp.MustCompile(`[(,]\s*\w+\s+(?:\[\])*$|\bmap\[[^\]]*\]$|\[\]$|\bstate\s+\w+\s+(?:\[\])*$|\bparam\s+\w+\s+$|\bvar\s+\w+\s+$|->\s*(?:\w+\s*:\s*)?$|\)\s*->\s*(?:\[\])*$`)
	perField     = regexp.MustCompile(`\bper\s+(?:\w+\s*,\s*)*$`)
	streamOfTest = regexp.MustCompile(`(?m)^\s*(?:given|expect)\s+$`)
	emitStream   = regexp.MustCompile(`\bemit\s+$`)
)

// complete looks at what stands before the word.
func (c *completer) complete() {
	if c.inComment() {
		return
	}
	line := c.text[strings.LastIndexAny(c.text, "\n")+1:]
	if m := inPath.FindStringSubmatch(line + c.d.source()[c.word:c.at]); m != nil {
		c.path(m[1], strings.HasPrefix(line, "use"))
		return
	}
	if m := goDot.FindStringSubmatch(line); m != nil {
		for _, n := range c.s.unit(c.d).session.GoNames(c.d.path, m[1]) {
			c.add(n.Name, itemFunction, n.Text, "", "")
		}
		return
	}
	if inString(line) {
		return
	}
	stack := brackets(c.part)
	head := ""
	if m := headWord.FindStringSubmatch(c.part); m != nil {
		head = m[1]
	}
	if strings.TrimSpace(c.part) == "" || strings.HasSuffix(c.text, "\n") && !slices.Contains(stack, '{') && !slices.Contains(stack, '(') || c.text == "" {
		c.declarations()
		return
	}
	if m := afterDot.FindStringSubmatch(line); m != nil {
		c.dotted(m[1], componentCall(c.part[:len(c.part)-len(m[0])]), slices.Contains(stack, '{'))
		return
	}
	inBody := slices.Contains(stack, '{')
	switch {
	case head == "topology":
		c.header(line)
	case latestBy.MatchString(c.part):
		c.outputFields()
	case afterBy.MatchString(c.part) && (!inBody || head == "graph"):
		c.groupings()
	case byFields.MatchString(c.part):
		c.sourceFields(byFields.FindStringSubmatch(c.part)[1])
	case graphFields.MatchString(c.part):
		c.fieldsOf(graphFields.FindStringSubmatch(c.part)[1])
	case perField.MatchString(c.part):
		c.keyFields()
	case head == "test" && inBody:
		c.test(line)
	case afterType.MatchString(c.part) && (!inBody || statementType.MatchString(line)):
		c.types()
	case componentEnd.MatchString(c.part) && !inBody:
		c.components(componentEnd.FindStringSubmatch(c.part)[1])
	case head == "graph" && inBody && len(stack) == 1:
		c.inGraph()
	case head == "graph" && inBody && strings.Count(string(stack), "{") == 1 && !componentCall(lastLine(c.part[:callOpen(c.part)])):
		c.sources()
	case inBody && emitStream.MatchString(line):
		c.streams()
	case strings.Count(line, `"`)%2 != 0: // a value in a text
		c.expression()
	case inBody && (strings.TrimSpace(line) == "" || strings.HasSuffix(strings.TrimSpace(line), "{") || strings.HasSuffix(strings.TrimSpace(line), "}")):
		c.statements()
		c.expression()
	case !inBody && len(stack) > 0 && componentCall(c.part[:callOpen(c.part)]):
		c.arguments()
		c.expression()
	case inBody || strings.HasSuffix(strings.TrimRight(c.part, " "), "=") || head == "func" && strings.Contains(c.part, "="):
		c.arguments()
		c.expression()
	case head == "spout" || head == "bolt" || head == "sink" || head == "graph":
		if len(stack) > 0 {
			c.sources()
		} else {
			c.options()
		}
	}
}

var statementType = regexp.MustCompile(`\b(?:state|var)\s+\w+\s+\S*$`)

// componentCall reports whether a text ends where the name of a component stands: `spout x = file`.
func componentCall(text string) bool {
	i := strings.LastIndex(text, "=")
	return i >= 0 && componentEnd.MatchString(text[:i+1]) && !strings.Contains(text[:i], "{") && strings.Trim(text[i+1:], " \tabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") == ""
}

// brackets are the brackets that are open at the end of a text, outermost first.
func brackets(text string) []rune {
	var stack []rune
	quoted := false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted && b == '\n':
			quoted = false
		case quoted:
		case b == '/' && strings.HasPrefix(text[i:], "//"):
			if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
				i += n
			} else {
				i = len(text)
			}
		case b == '(' || b == '[' || b == '{':
			stack = append(stack, rune(b))
		case (b == ')' || b == ']' || b == '}') && len(stack) > 0:
			stack = stack[:len(stack)-1]
		}
	}
	return stack
}

func (c *completer) inComment() bool {
	line := c.text[strings.LastIndexByte(c.text, '\n')+1:]
	i := strings.Index(line, "//")
	return i >= 0 && strings.Count(line[:i], `"`)%2 == 0
}

// inString reports whether a line ends in a text, and not in a value that stands in it.
func inString(line string) bool {
	quoted, open := false, 0
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\':
			i++
		case line[i] == '"' && open == 0:
			quoted = !quoted
		case quoted && line[i] == '{':
			open++
		case quoted && line[i] == '}' && open > 0:
			open--
		}
	}
	return quoted && open == 0
}

// path completes folders: of libraries behind `use`, with Go behind `go`.
func (c *completer) path(typed string, library bool) {
	dir := filepath.Join(filepath.Dir(c.d.path), filepath.FromSlash(typed[:strings.LastIndex(typed, "/")+1]))
	if !strings.HasPrefix(typed, ".") {
		c.add("./", itemFile, "beside this file", "", "")
		return
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			suffix := ".go"
			if library {
				suffix = ".topo"
			}
			if _, tip := fileBelow(path, []string{suffix}); tip != "" {
				c.add(e.Name(), itemFile, "", "", "")
			}
		case library && filepath.Ext(path) == ".topo" && path != c.d.path:
			if doc := c.s.document(path); doc != nil && compiler.HeaderOf(doc.source()) == "library" {
				c.add(strings.TrimSuffix(e.Name(), ".topo"), itemFile, "", "", "")
			}
		}
	}
}

// lastLine is what a text ends with, behind its last line end.
func lastLine(text string) string { return text[strings.LastIndexByte(text, '\n')+1:] }
