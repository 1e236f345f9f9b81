package app

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/value"
)

// kind is how a type of param is spoken of.
type kind struct {
	a    string // with its article
	arg  string // what stands for a value in help
	want string // what is expected
}

func kindOf(of any) kind {
	if isList(of) {
		return kindOfList(of)
	}
	switch of := of.(type) {
	case choice:
		return kind{"one of its values", "NAME", whichOf(of)}
	case **regexp.Regexp:
		return kind{"a regular expression", "REGEX", "one such as ^[a-z]+$"}
	case *int64:
		return kind{"an int", "N", "a whole number, such as 42 or 512MB"}
	case *float64:
		return kind{"a float", "X", "a number, such as 0.5"}
	case *value.Decimal:
		return kind{"a decimal", "X", "a number of up to 19 digits, such as 12.50"}
	case *bool:
		return kind{"a bool", "BOOL", "true or false"}
	case *time.Duration:
		return kind{"a duration", "DURATION", "a number with a unit, such as 100ms, 10s, 1h30m or 2d"}
	case *time.Time:
		return kind{"a time", "TIME", "a time such as 2026-01-02T15:04:05Z, or a day such as 2026-01-02"}
	}
	return kind{"a string", "TEXT", "a text"}
}

func argOf(p *Param) string { return kindOf(p.Value).arg }

// assign sets a param's value from text, and returns what was expected where the text is not that.
func assign(to any, text string) (want string) {
	ok := true
	switch v := to.(type) {
	case choice:
		if !v.choose(text) {
			return whichOf(v)
		}
	case *string:
		*v = text
	case **regexp.Regexp:
		re, err := regexp.Compile(text)
		if err != nil {
			return kindOf(to).want + "; " + strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		}
		*v = re
	case *int64:
		*v, ok = parseInt(text)
	case *float64:
		var err error
		*v, err = strconv.ParseFloat(text, 64)
		ok = err == nil && !math.IsNaN(*v) && !math.IsInf(*v, 0)
	case *value.Decimal:
		var err error
		*v, err = value.ParseDecimal(text)
		ok = err == nil
	case *bool:
		var err error
		*v, err = strconv.ParseBool(text)
		ok = err == nil
	case *time.Duration:
		*v, ok = parseDuration(text)
	case *time.Time:
		*v, ok = parseTime(text)
	default:
		ok = assignList(to, text)
	}
	if ok {
		return ""
	}
	return kindOf(to).want
}

// sizes are the units that an int may carry in a topology's text, and so here; longer ones first.
var sizes = []struct {
	unit  string
	bytes int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"TB", 1 << 40}, {"B", 1},
}

func parseInt(text string) (int64, bool) {
	factor := int64(1)
	for _, s := range sizes {
		if number, ok := strings.CutSuffix(text, s.unit); ok {
			text, factor = number, s.bytes
			break
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > math.MaxInt64/factor || n < math.MinInt64/factor {
		return 0, false
	}
	return n * factor, true
}

// parseDuration is time.ParseDuration with days in front.
func parseDuration(text string) (time.Duration, bool) {
	days, rest, ok := strings.Cut(text, "d")
	if !ok {
		d, err := time.ParseDuration(text)
		return d, err == nil
	}
	d, err := time.ParseDuration(days + "h")
	if err != nil || strings.ContainsAny(days, "hmsnuµ") || d > math.MaxInt64/24 || d < math.MinInt64/24 {
		return 0, false
	}
	d *= 24
	if rest == "" {
		return d, true
	}
	r, err := time.ParseDuration(rest)
	if err != nil || r < 0 || rest[0] == '+' || d > math.MaxInt64-r {
		return 0, false
	}
	if strings.HasPrefix(days, "-") {
		r = -r
	}
	return d + r, true
}

func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
