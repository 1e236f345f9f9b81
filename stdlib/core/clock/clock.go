// Package clock is the part of the prelude that works on times and durations.
//
// A time is a moment. Its parts and its text are those of UTC, so that a topology gives the same on every machine.
package clock

import (
	"fmt"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/arena"
)

// ParseTime reads a time that is written as the layout is: the layout shows how
// Mon Jan 2 15:04:05 2006 -0700 would be written, as in Go. Without a zone it is UTC.
func ParseTime(s, layout string) (time.Time, error) {
	t, err := time.ParseInLocation(layout, s, time.UTC)
	if e, ok := err.(*time.ParseError); ok {
		// Of the two texts the error shares, the program's own goes without saying.
		return time.Time{}, fmt.Errorf("%q is not a time like %q%s", s, layout, strings.TrimSuffix(": "+strings.TrimPrefix(e.Message, ": "), ": "))
	}
	return t.UTC(), err
}

// FormatTime writes a time as the layout is: see ParseTime.
func FormatTime(a *arena.Arena, t time.Time, layout string) string {
	return a.Commit(t.UTC().AppendFormat(a.Bytes(len(layout)+16), layout))
}

// Unix returns the seconds since 1970 began, UTC.
func Unix(t time.Time) int64 { return t.Unix() }

// FromUnix returns the moment so many seconds after 1970 began, UTC.
func FromUnix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// UnixMillis returns the milliseconds since 1970 began, UTC.
func UnixMillis(t time.Time) int64 { return t.UnixMilli() }

// FromUnixMillis returns the moment so many milliseconds after 1970 began, UTC.
func FromUnixMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// Year returns the year.
func Year(t time.Time) int64 { return int64(t.UTC().Year()) }

// Month returns the month, from 1.
func Month(t time.Time) int64 { return int64(t.UTC().Month()) }

// Day returns the day of the month, from 1.
func Day(t time.Time) int64 { return int64(t.UTC().Day()) }

// Hour returns the hour, from 0 to 23.
func Hour(t time.Time) int64 { return int64(t.UTC().Hour()) }

// Minute returns the minute, from 0 to 59.
func Minute(t time.Time) int64 { return int64(t.UTC().Minute()) }

// Second returns the second, from 0 to 59.
func Second(t time.Time) int64 { return int64(t.UTC().Second()) }

// Weekday returns the day of the week: Monday is 1, Sunday 7 (ISO 8601).
func Weekday(t time.Time) int64 { return int64(t.UTC().Weekday()+6)%7 + 1 }

// Truncate returns the last moment not after t that is a whole number of d since 1970 began, UTC; t where d is not positive.
func Truncate(t time.Time, d time.Duration) time.Time {
	t = t.UTC()
	if d <= 0 {
		return t
	}
	// time.Truncate counts from the year 1, which is the same for d that divide a day, and not for weeks.
	sec, nsec := t.Unix(), int64(t.Nanosecond())
	s, n := int64(d/time.Second), int64(d%time.Second)
	if n == 0 {
		rest := (sec%s + s) % s
		return time.Unix(sec-rest, 0).UTC()
	}
	if s == 0 && int64(time.Second)%n == 0 {
		return time.Unix(sec, nsec-nsec%n).UTC()
	}
	since := t.Sub(time.Unix(0, 0)) // odd periods reach as far as a duration does: 292 years
	return t.Add(-((since%d + d) % d))
}

// ParseDuration reads a duration such as 1h30m or 250ms.
func ParseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration such as 1h30m or 250ms", s)
	}
	return d, nil
}

// Hours returns a duration in hours.
func Hours(d time.Duration) float64 { return d.Hours() }

// Minutes returns a duration in minutes.
func Minutes(d time.Duration) float64 { return d.Minutes() }

// Seconds returns a duration in seconds.
func Seconds(d time.Duration) float64 { return d.Seconds() }

// Millis returns the whole milliseconds of a duration.
func Millis(d time.Duration) int64 { return d.Milliseconds() }
