package app

import (
	"strings"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/engine"
)

// shownTuple is how much of a failed tuple is shown, in bytes.
const shownTuple = 300

// failed tells of tuples that failed while the run goes on.
func (a *app) failed(f engine.Report) {
	where := f.Component
	if f.Place != "" {
		where += " at " + f.Place
	}
	if f.Count > 1 || f.Tuple == "" {
		a.stderr.line("warning: %s: %s failed: %s", where, tuples(f.Count), cut(f.Reason, shownTuple))
		return
	}
	help := "\n  help: read those that fail as the stream " + f.Component + ".failed; how many there are is said at the end"
	if _, told := a.helped.LoadOrStore(where, true); told {
		help = ""
	}
	a.stderr.line("warning: %s: a tuple failed: %s\n  tuple: %s%s", where, cut(f.Reason, shownTuple), cut(f.Tuple, shownTuple), help)
}

// cut shortens a text at the end of a rune, and makes one line of it.
func cut(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) <= limit {
		return s
	}
	end := limit
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "..."
}
