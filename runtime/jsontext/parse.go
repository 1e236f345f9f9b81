// Package jsontext holds values of the type json: text that is known to be valid JSON, without white space
// between its parts. Paths into it are found by looking, so that nothing is built and nothing allocated.
//
// "" is null too: it is Go's zero value. Where an object has a name twice, the last one counts, as in
// JavaScript, Python and PostgreSQL.
package jsontext

import (
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
)

// What a text may have.
const (
	MaxDepth = 1000
	MaxSize  = 64 << 20
)

// Problem says why a text is not JSON; the zero value says that it is. It becomes a text only where somebody asks.
type Problem struct {
	why string
	at  int // byte, counted from 0; -1: nowhere in particular
}

// OK reports whether there is no problem.
func (p Problem) OK() bool { return p.why == "" }

// String is the reason, or "".
func (p Problem) String() string {
	if p.why == "" || p.at < 0 {
		return p.why
	}
	return "not JSON: " + p.why + " at byte " + strconv.Itoa(p.at+1)
}

// Parse returns the value that a text is. Where it has white space to leave out, the result is made in the arena.
func Parse(a *arena.Arena, s string) (string, Problem) {
	spaces, p := check(s)
	if !p.OK() {
		return "", p
	}
	if spaces == 0 {
		return s, p
	}
	return a.Commit(appendCompact(a.Bytes(len(s)-spaces), s)), p
}

// Compact returns the value that a text is as a new string, or the text itself where nothing is to be left out.
func Compact(s string) (string, Problem) {
	spaces, p := check(s)
	if !p.OK() || spaces == 0 {
		return s, p
	}
	return string(appendCompact(make([]byte, 0, len(s)-spaces), s)), p
}

// appendCompact appends valid JSON without its white space.
func appendCompact(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '"':
			end := skipString(s, i)
			dst = append(dst, s[i:end]...)
			i = end
		case isSpace(c):
			i++
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// checker reads a text from its beginning to its end, once.
type checker struct {
	s      string
	i      int
	spaces int
	// objects has a bit for each open bracket: set for `{`. Its size bounds the depth.
	objects [(MaxDepth + 63) / 64]uint64
	depth   int
	base    int // the brackets around the part that is looked at; 0: it is the whole text
}

// check reports what keeps a text from being JSON, and counts its white space.
func check(s string) (spaces int, p Problem) {
	if len(s) > MaxSize {
		return 0, Problem{"the text is larger than 64MB", -1}
	}
	c := checker{s: s}
	p = c.value()
	return c.spaces, p
}

func (c *checker) space() {
	for c.i < len(c.s) && isSpace(c.s[c.i]) {
		c.i++
		c.spaces++
	}
}

func (c *checker) problem(why string) Problem {
	if c.i >= len(c.s) {
		return Problem{"not JSON: the text ends too early", -1}
	}
	return Problem{why, c.i}
}

// value reads a value with all that is in it, and then the end of the text, unless the value is a part of it. It does not call itself: a
// deep text costs no stack.
func (c *checker) value() Problem {
	c.space()
	if c.i == len(c.s) {
		return Problem{"not JSON: the text is empty", -1}
	}
	for {
		// Here a value begins.
		c.space()
		if c.i >= len(c.s) {
			return c.problem("")
		}
		switch ch := c.s[c.i]; ch {
		case '{', '[':
			if c.depth == MaxDepth {
				return Problem{"deeper than " + strconv.Itoa(MaxDepth) + " brackets", c.i}
			}
			bit := uint64(1) << (c.depth % 64)
			c.objects[c.depth/64] &^= bit
			if ch == '{' {
				c.objects[c.depth/64] |= bit
			}
			c.depth++
			c.i++
			c.space()
			if c.i < len(c.s) && c.s[c.i] == ch+2 { // } and ] stand two behind { and [
				break
			}
			if ch == '{' {
				if p := c.name(); !p.OK() {
					return p
				}
			}
			continue
		case '"':
			if p := c.str(); !p.OK() {
				return p
			}
		case 't':
			if !c.word("true") {
				return c.problem("no value begins like this")
			}
		case 'f':
			if !c.word("false") {
				return c.problem("no value begins like this")
			}
		case 'n':
			if !c.word("null") {
				return c.problem("no value begins like this")
			}
		default:
			if ch != '-' && (ch < '0' || ch > '9') {
				return c.problem("no value begins like this")
			}
			if p := c.number(); !p.OK() {
				return p
			}
		}
		// Here a value has ended, or a bracket closes.
		if done, p := c.after(); done || !p.OK() {
			return p
		}
	}
}

// after reads what follows a value: closing brackets, and a comma where another value comes.
func (c *checker) after() (done bool, p Problem) {
	for {
		if c.base > 0 && c.depth == c.base {
			return true, p
		}
		c.space()
		if c.depth == 0 {
			if c.i < len(c.s) {
				return true, c.problem("more text behind the value")
			}
			return true, p
		}
		if c.i >= len(c.s) {
			return true, c.problem("")
		}
		top := c.depth - 1
		object := c.objects[top/64]>>(top%64)&1 == 1
		switch ch := c.s[c.i]; {
		case ch == '}' && object, ch == ']' && !object:
			c.depth--
			c.i++
		case ch == ',':
			c.i++
			if object {
				c.space()
				return false, c.name()
			}
			return false, p
		case object:
			return true, c.problem("`,` or `}` is missing")
		default:
			return true, c.problem("`,` or `]` is missing")
		}
	}
}

// name reads `"name":`.
func (c *checker) name() Problem {
	if c.i >= len(c.s) || c.s[c.i] != '"' {
		return c.problem("a name in quotes is missing")
	}
	if p := c.str(); !p.OK() {
		return p
	}
	c.space()
	if c.i >= len(c.s) || c.s[c.i] != ':' {
		return c.problem("`:` is missing")
	}
	c.i++
	return Problem{}
}

func (c *checker) word(w string) bool {
	if len(c.s)-c.i >= len(w) && c.s[c.i:c.i+len(w)] == w {
		c.i += len(w)
		return true
	}
	return false
}

func (c *checker) digits() bool {
	from := c.i
	for c.i < len(c.s) && c.s[c.i] >= '0' && c.s[c.i] <= '9' {
		c.i++
	}
	return c.i > from
}

func (c *checker) number() Problem {
	if c.s[c.i] == '-' {
		c.i++
	}
	if c.i < len(c.s) && c.s[c.i] == '0' {
		c.i++
	} else if !c.digits() {
		return c.problem("a digit is missing")
	}
	if c.i < len(c.s) && c.s[c.i] == '.' {
		c.i++
		if !c.digits() {
			return c.problem("a digit is missing")
		}
	}
	if c.i < len(c.s) && (c.s[c.i] == 'e' || c.s[c.i] == 'E') {
		c.i++
		if c.i < len(c.s) && (c.s[c.i] == '+' || c.s[c.i] == '-') {
			c.i++
		}
		if !c.digits() {
			return c.problem("a digit is missing")
		}
	}
	return Problem{}
}

func (c *checker) str() Problem {
	for c.i++; c.i < len(c.s); {
		switch ch := c.s[c.i]; {
		case ch == '"':
			c.i++
			return Problem{}
		case ch < 0x20:
			return c.problem("a control character stands in a string")
		case ch == '\\':
			if p := c.escape(); !p.OK() {
				return p
			}
		case ch < utf8.RuneSelf:
			c.i++
		default:
			r, n := utf8.DecodeRuneInString(c.s[c.i:])
			if r == utf8.RuneError && n == 1 {
				return c.problem("a string is not UTF-8")
			}
			c.i += n
		}
	}
	return c.problem("")
}

func (c *checker) escape() Problem {
	c.i++
	if c.i >= len(c.s) {
		return c.problem("")
	}
	switch c.s[c.i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		c.i++
		return Problem{}
	case 'u':
		for range 4 {
			c.i++
			if c.i >= len(c.s) || hexDigit(c.s[c.i]) < 0 {
				return c.problem("`\\u` needs four hexadecimal digits")
			}
		}
		c.i++
		return Problem{}
	}
	return c.problem("no escape begins like this")
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// FromRaw returns the value that a json.RawMessage of a user's Go code is; it panics where that is no JSON, which fails the tuple.
func FromRaw(raw []byte) string {
	if len(raw) == 0 {
		return "null"
	}
	text, problem := Compact(string(raw))
	if !problem.OK() {
		panic(errors.New("json.RawMessage: " + problem.String()))
	}
	return text
}

// Whole returns a value that generic Go of a user's gave: its zero value, an empty text, is null.
func Whole(text string) string {
	if text == "" {
		return "null"
	}
	return text
}
