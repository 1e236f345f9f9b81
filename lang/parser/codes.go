package parser

import "github.com/topo-lang/topo/lang/diag"

// The codes of the parser's errors.
const (
	codeBadCharacter = "E0101"
	codeBadText      = "E0102"
	codeUnclosed     = "E0103"
	codeBadNumber    = "E0104"
	codeBadEscape    = "E0105"
	codeHabit        = "E0106"

	codeExpected    = "E0201"
	codeDeclaration = "E0202"
	codeBracket     = "E0203"
	codeTooDeep     = "E0204"
	codeReserved    = "E0205"
)

func init() {
	diag.Register(map[string]string{
		codeBadCharacter: "a character that means nothing",
		codeBadText:      "bytes that are not UTF-8",
		codeUnclosed:     "a string that is not closed",
		codeBadNumber:    "a number with an unknown unit",
		codeBadEscape:    "an unknown escape in a string",
		codeHabit:        "a sign of another language",
		codeExpected:     "something else was expected",
		codeDeclaration:  "a line that begins no declaration",
		codeBracket:      "a bracket that is not closed",
		codeTooDeep:      "too deeply nested",
		codeReserved:     "a reserved word used as a name",
	})
}
