package text

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/fault"
)

// Trim returns s without the white space around it.
func Trim(s string) string { return strings.TrimSpace(s) }

// TrimPrefix returns s without the prefix, where it has it.
func TrimPrefix(s, prefix string) string { return strings.TrimPrefix(s, prefix) }

// TrimSuffix returns s without the suffix, where it has it.
func TrimSuffix(s, suffix string) string { return strings.TrimSuffix(s, suffix) }

// Contains reports whether part stands in s.
func Contains(s, part string) bool { return strings.Contains(s, part) }

// StartsWith reports whether s begins with prefix.
func StartsWith(s, prefix string) bool { return strings.HasPrefix(s, prefix) }

// EndsWith reports whether s ends with suffix.
func EndsWith(s, suffix string) bool { return strings.HasSuffix(s, suffix) }

// Find returns at which byte of s part begins first.
func Find(s, part string) (int64, error) {
	i := strings.Index(s, part)
	if i < 0 {
		return 0, errMissing
	}
	return int64(i), nil
}

// Made once: that a text is missing is no surprise, and happens tuple after tuple.
var errMissing = fault.New("", "not found")

// Before returns what stands before the first separator, all of s where there is none.
func Before(s, sep string) string {
	before, _, _ := strings.Cut(s, sep)
	return before
}

// After returns what stands after the first separator, nothing where there is none.
func After(s, sep string) string {
	_, after, _ := strings.Cut(s, sep)
	return after
}

// Replace returns s with each part old replaced; s itself where there is none, or where old is empty.
func Replace(a *arena.Arena, s, old, with string) string {
	if old == "" {
		return s
	}
	n := strings.Count(s, old)
	if n == 0 {
		return s
	}
	b := a.Bytes(len(s) + n*(len(with)-len(old)))
	for range n {
		i := strings.Index(s, old)
		b = append(append(b, s[:i]...), with...)
		s = s[i+len(old):]
	}
	return a.Commit(append(b, s...))
}

// maxMade bounds what Repeat and the pads make, in bytes: a number in the data must not use up the memory.
const maxMade = 16 << 20

// Repeat returns s n times over.
func Repeat(a *arena.Arena, s string, n int64) (string, error) {
	if n < 0 {
		return "", fmt.Errorf("can't repeat a text %d times", n)
	}
	if n == 0 || s == "" {
		return "", nil
	}
	if n > maxMade/int64(len(s)) {
		return "", fmt.Errorf("a text of %d bytes, %d times over, is more than 16MB", len(s), n)
	}
	b := a.Bytes(len(s) * int(n))
	for range n {
		b = append(b, s...)
	}
	return a.Commit(b), nil
}

// PadStart returns s with as much of fill before it as makes it width characters long.
func PadStart(a *arena.Arena, s string, width int64, fill string) string {
	return pad(a, s, width, fill, true)
}

// PadEnd returns s with as much of fill after it as makes it width characters long.
func PadEnd(a *arena.Arena, s string, width int64, fill string) string {
	return pad(a, s, width, fill, false)
}

func pad(a *arena.Arena, s string, width int64, fill string, before bool) string {
	missing := min(width, maxMade/utf8.UTFMax) - int64(utf8.RuneCountInString(s))
	if missing <= 0 || fill == "" {
		return s
	}
	b := a.Bytes(len(s) + int(missing)*utf8.UTFMax)
	if !before {
		b = append(b, s...)
	}
	for rest := fill; missing > 0; missing-- {
		_, size := utf8.DecodeRuneInString(rest)
		b = append(b, rest[:size]...)
		if rest = rest[size:]; rest == "" {
			rest = fill
		}
	}
	if before {
		b = append(b, s...)
	}
	return a.Commit(b)
}

// RuneCount returns how many characters (Unicode code points) s has.
func RuneCount(s string) int64 { return int64(utf8.RuneCountInString(s)) }

// Substring returns the characters of s from `from` up to and without `to`, as far as there are any.
func Substring(s string, from, to int64) string {
	begin := skip(s, from)
	if to <= from {
		return ""
	}
	return s[begin : begin+skip(s[begin:], to-max(from, 0))]
}

// skip returns where the n-th character of s begins, or the end of s.
func skip(s string, n int64) int {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return i
}

// Reverse returns the characters of s last to first.
func Reverse(a *arena.Arena, s string) string {
	b := a.Bytes(len(s))
	for end := len(s); end > 0; {
		_, size := utf8.DecodeLastRuneInString(s[:end])
		b = append(b, s[end-size:end]...)
		end -= size
	}
	return a.Commit(b)
}
