package app

import (
	"fmt"
	"strings"
)

// twice finds the keys that stand twice in a config file, where the parser takes the last one in silence. It is used on files that have been parsed.
func twice(path, text string) (problems []problem) {
	first := map[string]int{}
	depth, line := 0, 0
	var quoted byte
	for l := range strings.Lines(text) {
		line++
		rest := strings.TrimSpace(l)
		if depth == 0 && quoted == 0 {
			if key := configKey(rest); key != "" {
				if at := first[key]; at > 0 {
					problems = append(problems, problem{what: fmt.Sprintf("%s:%d: %s stands here a second time, first in line %d", path, line, quote(key), at), help: "take one of them out"})
				} else {
					first[key] = line
				}
			}
		}
		depth, quoted = brackets(rest, depth, quoted)
	}
	return problems
}

// configKey is the key that a line begins with, or "".
func configKey(line string) string {
	if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//") || strings.HasPrefix(line, "include ") || strings.ContainsRune("}])", rune(line[0])) {
		return ""
	}
	if line[0] == '"' || line[0] == '\'' {
		key, _, ok := strings.Cut(line[1:], line[:1])
		if !ok {
			return ""
		}
		return key
	}
	end := strings.IndexAny(line, " \t=:{[")
	if end < 0 {
		return ""
	}
	return line[:end]
}

// brackets follows a line: how deep its end stands in brackets, and in which quotes.
func brackets(line string, depth int, quoted byte) (int, byte) {
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quoted != 0:
			switch c {
			case '\\':
				i++
			case quoted:
				quoted = 0
			}
		case c == '"' || c == '\'':
			quoted = c
		case c == '#', c == '/' && strings.HasPrefix(line[i:], "//"):
			return depth, quoted
		case c == '{' || c == '[' || c == '(':
			depth++
		case c == '}' || c == ']' || c == ')':
			depth--
		}
	}
	if quoted == '\'' { // an apostrophe in a word
		quoted = 0
	}
	return depth, quoted
}
