package metrics

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Text writes samples in the text format that Prometheus reads, version 0.0.4.
type Text struct{ b strings.Builder }

// Label is a name and a value.
type Label struct{ Name, Value string }

// Family begins a metric: its samples follow. Kind is counter, gauge or histogram.
func (t *Text) Family(name, kind, help string) {
	t.b.WriteString("# HELP " + name + " " + helpEscaper.Replace(help) + "\n# TYPE " + name + " " + kind + "\n")
}

// Int writes a sample.
func (t *Text) Int(name string, v int64, labels ...Label) {
	t.sample(name, labels, strconv.FormatInt(v, 10))
}

// Seconds writes a sample in seconds.
func (t *Text) Seconds(name string, d time.Duration, labels ...Label) {
	t.sample(name, labels, seconds(d))
}

// The bounds of a histogram's buckets are powers of four of nanoseconds, from a quarter of a microsecond to more than a minute.
const (
	firstBound = 8
	lastBound  = 36
)

// Histogram writes a histogram's samples.
func (t *Text) Histogram(name string, s Snapshot, labels ...Label) {
	for bit := firstBound; bit <= lastBound; bit += 2 {
		d := time.Duration(1) << bit
		t.sample(name+"_bucket", append(labels[:len(labels):len(labels)], Label{"le", seconds(d)}), strconv.FormatInt(s.Below(d), 10))
	}
	t.sample(name+"_bucket", append(labels[:len(labels):len(labels)], Label{"le", "+Inf"}), strconv.FormatInt(s.Count, 10))
	t.sample(name+"_sum", labels, seconds(s.Sum))
	t.sample(name+"_count", labels, strconv.FormatInt(s.Count, 10))
}

func (t *Text) sample(name string, labels []Label, value string) {
	t.b.WriteString(name)
	for i, l := range labels {
		lead := ","
		if i == 0 {
			lead = "{"
		}
		t.b.WriteString(lead + l.Name + `="` + labelEscaper.Replace(l.Value) + `"`)
	}
	if len(labels) > 0 {
		t.b.WriteByte('}')
	}
	t.b.WriteString(" " + value + "\n")
}

// String is what was written.
func (t *Text) String() string { return t.b.String() }

var (
	helpEscaper  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

func seconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Second), 'g', -1, 64)
}

// Share is a part of a whole, from 0 to 1, with three digits.
func Share(part, whole time.Duration) float64 {
	if whole <= 0 {
		return 0
	}
	return math.Round(float64(part)/float64(whole)*1000) / 1000
}
