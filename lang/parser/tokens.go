package parser

import "github.com/alecthomas/participle/v2/lexer"

// The kinds of tokens. White space and comments are tokens too, which participle leaves out: so that a
// node ends where its last token does.
const (
	tEOF lexer.TokenType = lexer.EOF
)

const (
	tIdent lexer.TokenType = iota + 1
	tInt
	tFloat
	tDuration
	tSize
	tString
	tRaw
	tOp
	tHabit // a sign of another language: reported, and read as what was meant
	tEOL   // the end of a statement: has no text
	tItem  // the end of a declaration in a graph: has no text
	tSpace
	tComment
)

// symbols names the kinds for participle's grammar tags.
var symbols = map[string]lexer.TokenType{
	"EOF": tEOF, "Ident": tIdent, "Int": tInt, "Float": tFloat, "Duration": tDuration, "Size": tSize,
	"String": tString, "Raw": tRaw, "Op": tOp, "Habit": tHabit, "EOL": tEOL, "Item": tItem, "Space": tSpace, "Comment": tComment,
}

// declarations are the words that begin a declaration where they stand at column 1.
var declarations = []string{
	"topology", "library", "use", "param", "const", "type", "enum", "func", "aggregate", "spout", "bolt", "sink", "store", "graph", "query", "test",
}

// Declarations returns the words that begin declarations.
func Declarations() []string { return declarations }

// notYet are words that will begin declarations, and are read as text until then.
var notYet = map[string]bool{"backend": true}

// durationUnits and sizeUnits are the units that a number may carry.
var (
	durationUnits = []string{"ns", "us", "ms", "s", "m", "h", "d"}
	sizeUnits     = []string{"B", "KB", "MB", "GB", "TB"}
	// foreignUnits are what others write for them, in lower case and without the s of a plural.
	foreignUnits = map[string]string{
		"sec": "s", "second": "s", "min": "m", "minute": "m", "hr": "h", "hour": "h", "day": "d", "milli": "ms", "msec": "ms",
		"k": "KB", "kib": "KB", "mib": "MB", "g": "GB", "gib": "GB", "tib": "TB", "byte": "B",
	}
)

// operators are the signs of the language, longer ones first.
var operators = []string{
	"->", "=>", "==", "!=", "<=", ">=", "+=", "-=", "*=", "??", "?.", "..",
	"(", ")", "[", "]", "{", "}", ",", ":", ".", "=", "<", ">", "+", "-", "*", "/", "!", "?", "|",
}

// continues are the signs and words that carry a statement on where a line begins with one. A leading `-`
// or `(` begins a statement, and so does `[`.
var continues = map[string]bool{
	".": true, "?.": true, "??": true, "==": true, "!=": true, "<": true, "<=": true, ">": true, ">=": true,
	"..": true, "+": true, "*": true, "/": true, "=": true, "+=": true, "-=": true, "*=": true, "=>": true, "->": true,
	"|": true, ",": true, ":": true, ")": true, "]": true,
}

var continuesWord = map[string]bool{"and": true, "or": true, "div": true, "mod": true, "else": true}

// reserved are the words that mean something at the start of a statement or in an expression, and so cannot be bare names.
var reserved = map[string]bool{
	"let": true, "var": true, "if": true, "else": true, "for": true, "in": true, "emit": true, "return": true, "fail": true,
	"break": true, "continue": true, "match": true, "state": true, "on": true, "every": true, "finish": true, "after": true,
	"and": true, "or": true, "not": true, "div": true, "mod": true, "true": true, "false": true, "none": true, "map": true,
}

// Reserved reports whether a word cannot be a bare name: it begins a statement, or is an operator or a literal.
func Reserved(word string) bool { return reserved[word] }

// functionWords are those statement words that may name a function all the same: in an expression none of
// them can begin a statement, and `after(s, sep)` reads well.
var functionWords = map[string]bool{"after": true, "every": true, "finish": true, "on": true, "state": true}
