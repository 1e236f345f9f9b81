package clock

import (
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/arena"
)

func TestParseAndFormat(t *testing.T) {
	var a arena.Arena
	at, err := ParseTime("02/Jan/2026:15:04:05 +0200", "02/Jan/2006:15:04:05 -0700")
	if err != nil || FormatTime(&a, at, time.RFC3339) != "2026-01-02T13:04:05Z" {
		t.Error(at, err)
	}
	if at, err := ParseTime("2026-01-02", "2006-01-02"); err != nil || at != time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC) {
		t.Error(at, err)
	}
	if _, err := ParseTime("yesterday", "2006-01-02"); err == nil || err.Error() != `"yesterday" is not a time like "2006-01-02"` {
		t.Error(err)
	}
	if _, err := ParseTime("2026-02-30", "2006-01-02"); err == nil || err.Error() != `"2026-02-30" is not a time like "2006-01-02": day out of range` {
		t.Error(err)
	}
}

func TestPartsAreThoseOfUTC(t *testing.T) {
	at := time.Date(2026, 3, 1, 0, 30, 15, 0, time.FixedZone("", 3600)) // 28 February, 23:30:15, a Saturday
	got := []int64{Year(at), Month(at), Day(at), Hour(at), Minute(at), Second(at), Weekday(at), Weekday(at.AddDate(0, 0, 1)), Weekday(at.AddDate(0, 0, 2))}
	for i, want := range []int64{2026, 2, 28, 23, 30, 15, 6, 7, 1} {
		if got[i] != want {
			t.Errorf("part %d is %d, want %d", i, got[i], want)
		}
	}
}

func TestUnix(t *testing.T) {
	at := time.Date(1969, 12, 31, 23, 59, 59, 5e8, time.UTC)
	if Unix(at) != -1 || UnixMillis(at) != -500 || !FromUnixMillis(-500).Equal(at) || FromUnix(-1) != at.Truncate(time.Second) {
		t.Error(Unix(at), UnixMillis(at), FromUnixMillis(-500), FromUnix(-1))
	}
}

func TestTruncate(t *testing.T) {
	for _, c := range []struct {
		at   time.Time
		d    time.Duration
		want time.Time
	}{
		{time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), time.Hour, time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)},
		{time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC), 100 * time.Millisecond, time.Date(2026, 1, 2, 3, 4, 5, 600e6, time.UTC)},
		{time.Date(1969, 12, 31, 23, 59, 59, 1, time.UTC), time.Minute, time.Date(1969, 12, 31, 23, 59, 0, 0, time.UTC)},
		{time.Date(1970, 1, 9, 0, 0, 0, 0, time.UTC), 7 * 24 * time.Hour, time.Date(1970, 1, 8, 0, 0, 0, 0, time.UTC)},
		{time.Unix(4, 4e8), 1500 * time.Millisecond, time.Unix(3, 0)},
		{time.Unix(-1, 0), 1500 * time.Millisecond, time.Unix(-2, 5e8)},
		{time.Date(3000, 1, 1, 5, 0, 0, 0, time.UTC), 24 * time.Hour, time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)},
		{time.Unix(7, 7), 0, time.Unix(7, 7)},
	} {
		if got := Truncate(c.at, c.d); !got.Equal(c.want) {
			t.Errorf("%s by %s: %s, want %s", c.at, c.d, got, c.want)
		}
	}
}

func TestDurations(t *testing.T) {
	if d, err := ParseDuration("1h30m"); err != nil || Hours(d) != 1.5 || Minutes(d) != 90 || Seconds(d) != 5400 || Millis(d) != 5_400_000 {
		t.Error(d, err)
	}
	if _, err := ParseDuration("soon"); err == nil || err.Error() != `"soon" is not a duration such as 1h30m or 250ms` {
		t.Error(err)
	}
}
