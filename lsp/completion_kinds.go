package lsp

import (
	"regexp"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/parser"
)

// declarations completes at column 1.
func (c *completer) declarations() {
	for _, w := range []struct{ word, snippet, what string }{
		{"spout", "spout ${1:name} -> (${2:line string}) = ${0:stdin.lines()}", "a source of tuples"},
		{"bolt", "bolt ${1:name}(${2:in}: ${3:source}) -> (${4:field string}) {\n    $0\n}", "a processing step"},
		{"sink", "sink ${1:name}(${2:source}) = ${0:stdout.print()}", "where tuples leave"},
		{"func", "func ${1:name}(${2:x string}) -> ${3:string} = $0", "a pure function"},
		{"param", "param ${1:name} ${2:string} = ${0:\"\"}", "a setting of the run"},
		{"const", "const ${1:name} = $0", "a constant"},
		{"type", "type ${1:Name}(${2:field string})", "a record"},
		{"enum", "enum ${1:Name} { ${2:value} }", "a fixed set of values"},
		{"graph", "graph ${1:name}(${2:in}: (${3:field string})) -> (${4:field string}) {\n    $0\n    out = $5\n}", "components to use several times"},
		{"test", "test \"${1:what holds}\" {\n    given ${2:spout}: ($3)\n    expect ${4:bolt}: ($0)\n}", "a test of the topology"},
		{"use", "use \"./${0:library}\"", "a library of one's own"},
		{"topology", "topology ${1:name} {\n    guarantee ${2:at-least-once}\n}\n$0", "what a topology begins with"},
		{"library", "library ${0:name}", "what a library begins with"},
	} {
		c.add(w.word, itemKeyword, w.what, "", w.snippet)
	}
	for _, w := range parser.Declarations() {
		c.add(w, itemKeyword, "", "", "")
	}
}

func (c *completer) header(line string) {
	if regexp.MustCompile(`\bguarantee\s+[a-z-]*$`).MatchString(line) {
		c.words("none", "at-least-once", "exactly-once")
		return
	}
	c.words("guarantee", "batch", "timeout", "pending", "attempts", "workers")
}

// dotted completes behind a dot.
func (c *completer) dotted(chain string, component, inBody bool) {
	names := strings.Split(chain, ".")
	if component && len(names) == 1 {
		c.libraryComponents(names[0], "")
		return
	}
	var sym *compiler.Symbol
	for _, v := range c.x.Visible(c.d.path, c.word) {
		if v.Name == names[0] {
			sym = v
			break
		}
	}
	if !inBody {
		// Heads name components and libraries, and no tuples yet; their calls have inputs in sight.
		for _, comp := range c.x.Components(c.d.path, c.word) {
			if comp.Name == names[0] && len(names) == 1 && (sym == nil || sym.Kind == "input") && !strings.Contains(c.part, "=") {
				for _, out := range c.x.Streams(comp) {
					if out.Output() {
						c.add(out.Name, itemEvent, out.Type, "", "")
					}
				}
				c.add("failed", itemEvent, "the tuples that failed", "", "")
				if c.x.HasLate(comp) {
					c.add("late", itemEvent, "the tuples that came too late for their windows", "", "")
				}
				return
			}
		}
	}
	if sym == nil {
		for _, t := range c.x.Types() {
			if t.Name == names[0] && t.Kind == "enum" {
				sym = t
			}
		}
	}
	if sym == nil && len(names) == 1 {
		for _, part := range c.x.Library(names[0]) {
			if part.Kind == "func" || part.Kind == "const" || part.Kind == "type" || part.Kind == "enum" {
				c.symbols([]*compiler.Symbol{part})
			}
		}
		if len(c.items) == 0 {
			c.partialInputs(names[0])
		}
		return
	}
	members := c.x.Members(sym)
	for _, n := range names[1:] {
		var next *compiler.Symbol
		for _, m := range members {
			if m.Name == n {
				next = m
			}
		}
		members = c.x.Members(next)
	}
	if len(members) == 0 {
		members = c.x.MembersAt(c.d.path, c.word-1)
	}
	c.symbols(members)
	if len(c.items) == 0 {
		c.partialInputs(names[0])
	}
}

// partialInputs completes the fields of an input of a declaration that can't be parsed: by the text of its head.
func (c *completer) partialInputs(alias string) {
	m := regexp.MustCompile(`[(,]\s*` + regexp.QuoteMeta(alias) + `\s*(?::\s*([A-Za-z_][\w.]*))?\s*(?:by\b|[,)|])`).FindStringSubmatch(c.part)
	if m == nil {
		return
	}
	name := m[1]
	if name == "" {
		name = alias
	}
	c.sourceFields(name)
}

// stream finds the stream that a source names.
func (c *completer) stream(source string) *compiler.Symbol {
	name, output, _ := strings.Cut(source, ".")
	for _, comp := range c.x.Components(c.d.path, c.word) {
		if comp.Name != name {
			continue
		}
		for _, s := range c.x.Streams(comp) {
			if output == "" && !s.Output() || output != "" && s.Name == output {
				return s
			}
		}
	}
	return nil
}

func (c *completer) sourceFields(source string) {
	if s := c.stream(source); s != nil {
		c.symbols(s.Fields())
	}
}

// fieldsOf completes the fields that a text declares.
func (c *completer) fieldsOf(text string) {
	for f := range strings.SplitSeq(text, ",") {
		if name, typ, ok := strings.Cut(strings.TrimSpace(f), " "); ok {
			c.add(name, itemField, name+" "+strings.TrimSpace(typ), "", "")
		}
	}
}

var lastFields = regexp.MustCompile(`\(([^()]*)\)[^()]*$`)

func (c *completer) outputFields() {
	if m := lastFields.FindStringSubmatch(c.part); m != nil {
		c.fieldsOf(m[1])
	}
}

func (c *completer) groupings() {
	for _, g := range []string{"shuffle", "fields", "all", "global", "local", "partial", "direct", "go"} {
		insert := ""
		switch g {
		case "fields", "partial":
			insert = g + "(${1:field})"
		case "go":
			insert = `go "./${1:folder}".${2:Name}`
		}
		c.add(g, itemKeyword, words[g], "", insert)
	}
}

// keyFields completes the key of state: the fields of the inputs.
func (c *completer) keyFields() {
	for _, v := range c.x.Visible(c.d.path, c.word) {
		if v.Kind == "input" {
			c.symbols(v.Fields())
		}
	}
	c.words("task")
}

func (c *completer) test(line string) {
	switch {
	case streamOfTest.MatchString(line):
		for _, comp := range c.x.Components(c.d.path, c.word) {
			if comp.Kind != "sink" && (strings.Contains(line, "expect") || comp.Kind == "spout") {
				c.symbols([]*compiler.Symbol{comp})
			}
		}
	case strings.TrimSpace(line) == "":
		for _, w := range [][2]string{{"given", "given ${1:spout}: ($0)"}, {"expect", "expect ${1:bolt}: ($0)"}, {"advance", "advance ${0:10s}"}, {"end", ""}, {"fake", "fake ${1:function}($2) = $0"}} {
			c.add(w[0], itemKeyword, words[w[0]], "", w[1])
		}
	default:
		c.words("in any order", "contains", "nothing", "failed")
		c.expression()
	}
}

func (c *completer) types() {
	c.symbols(c.x.Types())
	for _, t := range []string{"string", "int", "float", "bool", "decimal", "time", "duration", "bytes", "json"} {
		c.add(t, itemKeyword, "", "", "")
	}
	c.add("map", itemKeyword, "", "", "map[${1:string}]${2:int}")
	if strings.HasPrefix(strings.TrimSpace(c.part), "param") {
		c.add("regex", itemKeyword, "", "", "")
	}
}

// components completes what a component is made of: libraries, and graphs.
func (c *completer) components(kind string) {
	for _, g := range c.x.Graphs() {
		c.call(g)
	}
	for _, lib := range c.x.Libraries() {
		for _, part := range c.x.Library(lib.Name) {
			if part.Kind == kind || part.Kind == "graph" {
				c.add(lib.Name, itemModule, "library "+lib.Name, lib.Doc, "")
				break
			}
		}
	}
	c.add("go", itemKeyword, "a component written in Go", "", `go "./${1:folder}".${2:Name}`)
}

// libraryComponents completes the components of a library, of the kind that is declared.
func (c *completer) libraryComponents(lib, kind string) {
	if m := headWord.FindStringSubmatch(c.part); m != nil && kind == "" {
		kind = m[1]
	}
	for _, part := range c.x.Library(lib) {
		if part.Kind == kind || part.Kind == "graph" {
			c.call(part)
		}
	}
}

func (c *completer) inGraph() {
	for _, w := range [][2]string{{"bolt", "bolt ${1:name}(${2:in}) -> (${3:field string}) {\n    $0\n}"}, {"spout", ""}, {"sink", ""}, {"const", ""}, {"out", "out = ${0:name}"}} {
		c.add(w[0], itemKeyword, "", "", w[1])
	}
}

// streams completes behind `emit`.
func (c *completer) streams() {
	for _, comp := range c.x.Components(c.d.path, c.word) {
		if last := lastBolt.FindAllStringSubmatch(c.part, -1); len(last) == 0 || last[len(last)-1][1] != comp.Name {
			continue
		}
		for _, s := range c.x.Streams(comp) {
			var args []string
			for _, f := range s.Fields() {
				args = append(args, "${"+string(rune('1'+min(len(args), 8)))+":"+f.Name+"}")
			}
			name := ""
			if s.Output() {
				name = s.Name
			}
			label := name + "(" + fieldList(s) + ")"
			c.add(label, itemEvent, s.Type, "", name+"("+strings.Join(args, ", ")+")")
		}
	}
}

func fieldList(s *compiler.Symbol) string {
	var out []string
	for _, f := range s.Fields() {
		out = append(out, f.Name)
	}
	return strings.Join(out, ", ")
}

var lastBolt = regexp.MustCompile(`\bbolt\s+(\w+)`)

func (c *completer) statements() {
	for _, w := range [][2]string{
		{"emit", "emit ($0)"}, {"let", "let ${1:x} = $0"}, {"if", "if ${1:condition} {\n    $0\n}"}, {"for", "for ${1:x} in ${2:list} {\n    $0\n}"},
		{"match", "match ${1:x} {\n    ${2:value} => $0\n}"}, {"state", "state ${1:name} ${2:int} per ${3:field}"}, {"fail", "fail \"${1:why}\""}, {"var", "var ${1:x} = $0"},
		{"every", "every ${1:10s} {\n    $0\n}"}, {"after", "after ${1:5m} {\n    $0\n}"}, {"finish", "finish {\n    $0\n}"}, {"on", "on ${1:input} {\n    $0\n}"},
		{"return", ""}, {"break", ""}, {"continue", ""},
	} {
		c.add(w[0], itemKeyword, words[w[0]], "", w[1])
	}
	c.rank++
}

// expression completes what has a value.
func (c *completer) expression() {
	c.symbols(c.x.Visible(c.d.path, c.word))
	c.symbols(c.x.Types())
	for _, t := range c.x.Types() {
		if t.Kind == "enum" {
			c.symbols(t.Fields())
		}
	}
	c.symbols(c.x.Functions())
	for _, lib := range c.x.Libraries() {
		for _, part := range c.x.Library(lib.Name) {
			if part.Kind == "func" || part.Kind == "const" {
				c.symbols([]*compiler.Symbol{lib})
				break
			}
		}
	}
	c.words("true", "false", "none", "not", "match")
}

func (c *completer) sources() {
	for _, comp := range c.x.Components(c.d.path, c.word) {
		if comp.Kind == "sink" {
			continue
		}
		for _, s := range c.x.Streams(comp) {
			if s.Output() {
				c.add(comp.Name+"."+s.Name, itemEvent, s.Type, comp.Doc, "")
			} else {
				c.add(comp.Name, itemEvent, s.Type, comp.Doc, "")
			}
		}
	}
	c.words("by", "loop")
}

func (c *completer) options() {
	for _, w := range [][2]string{
		{"tasks", "tasks ${0:2}"}, {"retry", "retry ${0:3}"}, {"backoff", "backoff ${0:100ms}"}, {"timeout", "timeout ${0:5s}"}, {"durable", ""}, {"near", ""},
		{"isolate", ""}, {"cpu", "cpu ${0:50}"}, {"memory", "memory ${0:512MB}"}, {"accept duplicates", ""}, {"latest by", "latest by ${0:field}"}, {"append", ""},
	} {
		c.add(w[0], itemKeyword, words[firstWord(w[0])], "", w[1])
	}
}

func firstWord(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// arguments completes the names of what a call is given, and the values that are allowed.
func (c *completer) arguments() {
	call := callAround(c.x, c.d, c.text)
	if call == nil || call.of == nil {
		return
	}
	if call.named != "" {
		for _, p := range call.of.Parameters() {
			if p.Name == call.named {
				for _, v := range p.Values() {
					c.add(`"`+v+`"`, itemEnumMember, "", "", "")
				}
				if p.Type == "field" {
					for _, v := range c.x.Visible(c.d.path, c.word) {
						if v.Kind == "input" {
							c.symbols(v.Fields())
						}
					}
				}
			}
		}
		return
	}
	for _, p := range call.of.Parameters() {
		if !slices.Contains(call.given, p.Name) && p.Type != "any" {
			c.add(p.Name+":", itemProperty, signatureOf(p), "", p.Name+": $0")
		}
	}
	c.rank++
}
