package parser

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/runtime/spell"
)

// scanner cuts a text into tokens. What it cannot make sense of it reports, and leaves out or reads
// as what was probably meant, so that the parser can go on.
type scanner struct {
	file   *source.File
	text   string
	at     int
	end    int
	base   int // what is added to offsets
	tokens []lexer.Token
	diags  []diag.Diagnostic

	brackets []byte      // open ones
	last     lexer.Token // the last token that is no space, comment or EOL
	member   bool        // it stands behind a dot: any word is a name there
	newline  bool        // a line has ended since
	graph    bool        // the declaration is a graph
	item     int         // the column of the first declaration in it; 0 before that
	line     int         // of at, 1-based, and where it begins
	begin    int
}

// scan cuts a whole file.
func scan(f *source.File) ([]lexer.Token, []diag.Diagnostic) {
	// A token of usual text is two or three characters long, the space between counted.
	s := &scanner{file: f, text: f.Text, end: len(f.Text), line: 1, tokens: make([]lexer.Token, 0, len(f.Text)/2+8)}
	if strings.HasPrefix(s.text, "\uFEFF") {
		s.token(tSpace, len("\uFEFF"))
		s.begin = s.at // the mark is no column
	}
	s.run()
	return s.tokens, s.diags
}

// scanPart cuts the inside of an interpolation, which stands at the place given.
func scanPart(text string, at lexer.Position) ([]lexer.Token, []diag.Diagnostic) {
	s := &scanner{file: &source.File{Name: at.Filename}, text: text, end: len(text), base: at.Offset, line: at.Line, begin: 1 - at.Column}
	s.run()
	return s.tokens, s.diags
}

func (s *scanner) run() {
	for s.at < s.end {
		s.step()
	}
	s.tokens = append(s.tokens, lexer.Token{Type: tEOF, Pos: s.pos(s.at)})
}

func (s *scanner) pos(offset int) lexer.Position {
	return lexer.Position{Filename: s.file.Name, Offset: s.base + offset, Line: s.line, Column: offset - s.begin + 1}
}

// token takes n bytes as a token.
func (s *scanner) token(kind lexer.TokenType, n int) {
	text := s.text[s.at : s.at+n]
	t := lexer.Token{Type: kind, Value: text, Pos: s.pos(s.at)}
	if kind != tSpace && kind != tComment {
		s.before(t)
		s.member = s.last.Type == tOp && (s.last.Value == "." || s.last.Value == "?.")
		s.last, s.newline = t, false
	}
	s.tokens = append(s.tokens, t)
	if strings.Contains(text, "\n") {
		s.line += strings.Count(text, "\n")
		s.begin = s.at + strings.LastIndexByte(text, '\n') + 1
		if kind == tSpace || kind == tComment {
			s.newline = true
		}
	}
	s.at += n
	if kind == tOp {
		s.bracket(text)
	}
}

// before ends a statement before t, where a line has ended directly inside a code block, an operand could end
// there, and t does not carry on.
func (s *scanner) before(t lexer.Token) {
	if t.Type == tIdent && t.Pos.Column == 1 && slices.Contains(declarations, t.Value) {
		s.brackets = s.brackets[:0]
		s.graph, s.item = t.Value == "graph", 0
		return
	}
	if len(s.brackets) > 0 && s.brackets[0] == graphBody {
		if s.newline && t.Type == tIdent && s.beginsItem(t) {
			s.brackets = s.brackets[:1]
			if !isToken(&s.last, "{") {
				s.ends(tItem)
			}
			if s.item == 0 {
				s.item = t.Pos.Column
			}
			return
		}
		if len(s.brackets) == 1 {
			return
		}
	}
	if s.closeBrackets(t) {
		s.ends(tEOL)
		return
	}
	if !s.newline || len(s.brackets) == 0 || s.brackets[len(s.brackets)-1] != '{' || !s.member && !endsOperand(s.last) {
		return
	}
	if t.Type == tOp && continues[t.Value] || t.Type == tIdent && continuesWord[t.Value] || t.Type == tHabit {
		return
	}
	s.ends(tEOL)
}

// graphBody stands for the bracket around the declarations of a graph: lines end nothing there, but where a declaration begins.
const graphBody = 'g'

// bound is what stands behind the name of an output that is bound.
var bound = regexp.MustCompile(`^[ \t]*=[^=>]`)

// beginsItem reports whether a word at the start of a line begins a declaration of a graph, or the binding of an output.
// What is not further to the right than the first of them does, whatever it is: it may be misspelt.
func (s *scanner) beginsItem(t lexer.Token) bool {
	declares := slices.Contains(declarations, t.Value)
	if len(s.brackets) > 1 {
		return declares && t.Pos.Column <= s.item
	}
	return declares || s.item == 0 || t.Pos.Column <= s.item || bound.MatchString(s.text[s.at+len(t.Value):s.end])
}

// ends puts the end of a statement, or of a declaration in a graph, right behind the last token.
func (s *scanner) ends(kind lexer.TokenType) {
	end := s.last.Pos
	end.Offset += len(s.last.Value)
	end.Column += len(s.last.Value)
	at := len(s.tokens)
	for at > 0 && (s.tokens[at-1].Type == tSpace || s.tokens[at-1].Type == tComment) {
		at--
	}
	s.tokens = slices.Insert(s.tokens, at, lexer.Token{Type: kind, Pos: end})
}

// endsOperand reports whether a statement could end behind t.
func endsOperand(t lexer.Token) bool {
	switch t.Type {
	case tOp:
		return t.Value == ")" || t.Value == "]" || t.Value == "}" || t.Value == "!" || t.Value == "?"
	case tIdent:
		// `return` and the like end statements too.
		return t.Value == "return" || t.Value == "break" || t.Value == "continue" || t.Value == "true" || t.Value == "false" ||
			t.Value == "none" || !reserved[t.Value]
	case tInt, tFloat, tDuration, tSize, tString, tRaw:
		return true
	case tHabit:
		return meantStep[t.Value] != ""
	}
	return false
}

func (s *scanner) bracket(text string) {
	switch text {
	case "(", "[", "{":
		if text == "{" && s.graph && len(s.brackets) == 0 {
			s.brackets = append(s.brackets, graphBody)
			return
		}
		s.brackets = append(s.brackets, text[0])
	case ")", "]":
		// What is not closed in it stays open: a brace further out is another's.
		if n := len(s.brackets); n > 0 && s.brackets[n-1] != '{' && s.brackets[n-1] != graphBody {
			s.brackets = s.brackets[:n-1]
		}
	case "}":
		for n := len(s.brackets); n > 0; n-- {
			if s.brackets[n-1] == '{' || s.brackets[n-1] == graphBody {
				s.brackets = s.brackets[:n-1]
				break
			}
		}
	}
}

// statementWords begin statements, and stand in no expression.
var statementWords = []string{"let", "var", "emit", "return", "fail", "for", "if", "break", "continue"}

// closeBrackets takes brackets away that are not closed where a statement begins, and reports whether there were any.
func (s *scanner) closeBrackets(t lexer.Token) bool {
	n := len(s.brackets)
	if n == 0 || s.brackets[n-1] == '{' || s.brackets[n-1] == graphBody || !s.newline || t.Type != tIdent || !slices.Contains(statementWords, t.Value) ||
		s.last.Type == tOp && (s.last.Value == "." || s.last.Value == "?.") {
		return false
	}
	if rest := strings.TrimLeft(s.text[s.at+len(t.Value):s.end], " \t"); rest != "" && strings.ContainsRune(":,)", rune(rest[0])) {
		return false // a name
	}
	for n > 0 && s.brackets[n-1] != '{' {
		n--
	}
	if n == 0 {
		return false
	}
	s.brackets = s.brackets[:n]
	return true
}

// step takes the next token.
func (s *scanner) step() {
	rest := s.text[s.at:s.end]
	c, size := utf8.DecodeRuneInString(rest)
	switch {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		n := strings.IndexFunc(rest, func(c rune) bool { return c != ' ' && c != '\t' && c != '\n' && c != '\r' })
		if n < 0 {
			n = len(rest)
		}
		s.token(tSpace, n)
	case strings.HasPrefix(rest, "//"):
		n := strings.IndexByte(rest, '\n')
		if n < 0 {
			n = len(rest)
		}
		s.token(tComment, len(strings.TrimSuffix(rest[:n], "\r")))
	case c == 'f' && s.foreignLoop(rest), c == 'i' && s.foreignIf(rest):
	case isLetter(c):
		s.word(rest)
	case c >= '0' && c <= '9':
		s.number(rest)
	case c == '"':
		s.str(rest)
	case c == '`':
		s.raw(rest)
	case c == utf8.RuneError && size == 1:
		s.report(codeBadText, 1, fmt.Sprintf("the byte 0x%02x is not UTF-8", rest[0]), "topo files are UTF-8 text")
		s.token(tSpace, 1)
	case s.habit(rest):
	default:
		for _, op := range operators {
			if strings.HasPrefix(rest, op) {
				s.token(tOp, len(op))
				return
			}
		}
		name := fmt.Sprintf("`%c`", c)
		if !unicode.IsPrint(c) {
			name = fmt.Sprintf("the character %U", c)
		}
		s.report(codeBadCharacter, size, name+" means nothing here", "")
		s.token(tSpace, size)
	}
}

func isLetter(c rune) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isWordPart(c rune) bool { return isLetter(c) || c >= '0' && c <= '9' }

// word takes a name; the two guarantees with dashes are one word.
func (s *scanner) word(rest string) {
	for _, g := range []string{"at-least-once", "exactly-once"} {
		if strings.HasPrefix(rest, g) && !strings.HasPrefix(rest[len(g):], "_") &&
			(len(rest) == len(g) || !isWordPart(rune(rest[len(g)]))) {
			s.token(tIdent, len(g))
			return
		}
	}
	n := strings.IndexFunc(rest, func(c rune) bool { return !isWordPart(c) })
	if n < 0 {
		n = len(rest)
	}
	// Letters that a name cannot have are reported as part of it: one error, not three.
	if c, _ := utf8.DecodeRuneInString(rest[n:]); n < len(rest) && c >= utf8.RuneSelf && unicode.IsLetter(c) {
		m := strings.IndexFunc(rest, func(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) })
		if m < 0 {
			m = len(rest)
		}
		s.report(codeBadCharacter, m, "a name is made of the letters a to z and A to Z, digits and _", "")
		s.token(tIdent, n)
		s.token(tSpace, m-n)
		return
	}
	s.token(tIdent, n)
}

// separated are numbers whose underscores stand between digits.
var separated = regexp.MustCompile(`^[0-9]+(_[0-9]+)*(\.[0-9]+(_[0-9]+)*)?([eE][+-]?[0-9]+(_[0-9]+)*)?$`)

// number takes an int, float, duration or size.
func (s *scanner) number(rest string) {
	digits := func(i int) int {
		for i < len(rest) && (rest[i] >= '0' && rest[i] <= '9' || rest[i] == '_') {
			i++
		}
		return i
	}
	kind, n := tInt, digits(0)
	if n+1 < len(rest) && rest[n] == '.' && rest[n+1] >= '0' && rest[n+1] <= '9' {
		kind, n = tFloat, digits(n+1)
	}
	if n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
		m := n + 1
		if m < len(rest) && (rest[m] == '+' || rest[m] == '-') {
			m++
		}
		if m < len(rest) && rest[m] >= '0' && rest[m] <= '9' {
			kind, n = tFloat, digits(m)
		}
	}
	unit := func(i int) int {
		for i < len(rest) && isLetter(rune(rest[i])) {
			i++
		}
		return i
	}
	m := unit(n)
	if n > 1 && rest[0] == '0' && kind == tInt && m == n {
		s.report(codeBadNumber, n, "a number does not begin with 0", "write "+cmp.Or(strings.TrimLeft(rest[:n], "0_"), "0"))
	}
	if n == 1 && rest[0] == '0' && m > n && strings.ContainsRune("xXbBoO", rune(rest[n])) {
		m = n + strings.IndexFunc(rest[n:]+" ", func(c rune) bool { return !isWordPart(c) })
		s.report(codeBadNumber, m, "numbers are written in decimal", "")
		s.token(kind, m)
		return
	}
	if digits := strings.ReplaceAll(rest[:n], "_", ""); n != len(digits) && !separated.MatchString(rest[:n]) {
		s.report(codeBadNumber, n, "an underscore stands between two digits", "write "+digits)
	}
	switch u := rest[n:m]; {
	case u == "":
		s.token(kind, n)
		return
	case slices.Contains(sizeUnits, u) && kind == tInt:
		kind = tSize
	case slices.Contains(durationUnits, u):
		kind = tDuration
		// 1h30m: more parts may follow.
		for m < len(rest) && rest[m] >= '0' && rest[m] <= '9' {
			k := digits(m)
			next := unit(k)
			if !slices.Contains(durationUnits, rest[k:next]) {
				break
			}
			m = next
		}
	case slices.Contains(sizeUnits, u):
		s.report(codeBadNumber, m, "a size is a whole number", "write it in a smaller unit: 1536KB for 1.5MB")
	default:
		help := "durations have ns, us, ms, s, m, h, d; sizes B, KB, MB, GB, TB"
		near := foreignUnits[strings.TrimSuffix(strings.ToLower(u), "s")]
		if near == "" && len(u) > 1 {
			near = spell.Suggest(u, append(slices.Clone(durationUnits), sizeUnits...))
		}
		if near != "" {
			help = fmt.Sprintf("did you mean %s%s? %s", rest[:n], near, help)
		}
		s.report(codeBadNumber, m, fmt.Sprintf("%s is not a unit", u), help)
	}
	s.token(kind, m)
}

// raw takes `text`, over as many lines as it has.
func (s *scanner) raw(rest string) {
	n := strings.IndexByte(rest[1:], '`')
	if n < 0 {
		end := strings.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		s.report(codeUnclosed, end, "the raw string is not closed", "it ends with another `")
		s.token(tRaw, end)
		return
	}
	s.token(tRaw, n+2)
}

// report notes an error in the next n bytes.
func (s *scanner) report(code string, n int, message, help string) {
	s.diags = append(s.diags, diag.Diagnostic{Code: code, Message: message, Help: help,
		Span: source.Span{File: s.file.Name, Start: s.base + s.at, End: s.base + s.at + n}})
}

// definition tells participle of our tokens; texts reach its parsers already cut.
type definition struct{}

// Symbols implements lexer.Definition.
func (definition) Symbols() map[string]lexer.TokenType { return symbols }

// Lex implements lexer.Definition.
func (definition) Lex(name string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	tokens, _ := scan(source.NewFile(name, string(text)))
	return &cut{tokens: tokens}, nil
}

// cut hands out tokens that are there already.
type cut struct{ tokens []lexer.Token }

// Next implements lexer.Lexer.
func (c *cut) Next() (lexer.Token, error) {
	t := c.tokens[0]
	if len(c.tokens) > 1 {
		c.tokens = c.tokens[1:]
	}
	return t, nil
}

// peeking makes the tokens ready for participle.
func peeking(tokens []lexer.Token) *lexer.PeekingLexer {
	lex, err := lexer.Upgrade(&cut{tokens: tokens}, tSpace, tComment)
	if err != nil {
		panic(err) // cut.Next gives none
	}
	return lex
}
