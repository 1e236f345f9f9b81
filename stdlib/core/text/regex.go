package text

import (
	"regexp"

	"github.com/topo-lang/topo/runtime/fault"
)

// Made once: that nothing matches is no surprise, and happens tuple after tuple.
var errNoMatch = fault.New("", "no match")

// Matches reports whether the regular expression matches a part of s.
func Matches(s string, re *regexp.Regexp) bool { return re.MatchString(s) }

// FindFirst returns the first part of s that matches.
func FindFirst(s string, re *regexp.Regexp) (string, error) {
	found := re.FindString(s)
	// Nothing may have matched, or a match be empty.
	if found == "" && !re.MatchString(s) {
		return "", errNoMatch
	}
	return found, nil
}

// FindAll returns the parts of s that match, which do not overlap.
func FindAll(s string, re *regexp.Regexp) []string { return re.FindAllString(s, -1) }

// ReplaceMatches returns s with each part that matches replaced; in the replacement $1 and ${name} stand for groups.
func ReplaceMatches(s string, re *regexp.Regexp, replacement string) string {
	return re.ReplaceAllString(s, replacement)
}

// SplitMatches returns the parts of s between those that match.
func SplitMatches(s string, re *regexp.Regexp) []string { return re.Split(s, -1) }
