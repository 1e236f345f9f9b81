package encode

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/value"
)

var at = time.Date(2026, 1, 2, 15, 4, 5, 6000, time.FixedZone("x", 3600))

func row(s string) *component.Columns {
	return &component.Columns{N: 1, Cols: []component.Column{
		{Name: "s", Kind: component.String, Strings: []string{s}},
		{Name: "b", Kind: component.Bool, Bools: []bool{true}},
		{Name: "i", Kind: component.Int, Ints: []int64{math.MinInt64}},
		{Name: "f", Kind: component.Float, Floats: []float64{0.1}},
		{Name: "p", Kind: component.Bytes, Blobs: [][]byte{{0, 255}}},
		{Name: "t", Kind: component.Time, Times: []time.Time{at}},
		{Name: "d", Kind: component.Duration, Durations: []time.Duration{90 * time.Second}},
		{Name: "j", Kind: component.JSON, Strings: []string{`["x",1]`}},
		{Name: "text", Kind: component.String, PerTuple: true, Strings: []string{"no part of it"}},
	}}
}

func TestFormats(t *testing.T) {
	for format, want := range map[Format]string{
		TSV:  "a\\tb\\n\\,\"\ttrue\t-9223372036854775808\t0.1\tAP8=\t2026-01-02T14:04:05.000006Z\t1m30s\t[\"x\",1]\n",
		CSV:  "\"a\tb\n\\,\"\"\",true,-9223372036854775808,0.1,AP8=,2026-01-02T14:04:05.000006Z,1m30s,\"[\"\"x\"\",1]\"\n",
		JSON: `{"s":"a\tb\n\\,\"","b":true,"i":-9223372036854775808,"f":0.1,"p":"AP8=","t":"2026-01-02T14:04:05.000006Z","d":"1m30s","j":["x",1]}` + "\n",
		Text: "a\tb\n\\,\" true -9223372036854775808 0.1 \x00\xff 2026-01-02T14:04:05.000006Z 1m30s [\"x\",1]\n",
	} {
		rows := row("a\tb\n\\,\"")
		if got := string(New(format, rows.Cols).AppendLine(nil, rows, 0)); got != want {
			t.Errorf("%d:\n%q, want\n%q", format, got, want)
		}
	}
	if got := string(New(CSV, row("").Cols).AppendHeader(nil)); got != "s,b,i,f,p,t,d,j\n" {
		t.Errorf("%q", got)
	}
	if got := string(New(JSON, nil).Append(nil, &component.Columns{N: 1}, 0)); got != "{}" {
		t.Errorf("%q", got)
	}
}

func TestFloats(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", 1: "1", -2.5: "-2.5", 1e20: "100000000000000000000", 1e21: "1e+21", 1e-7: "1e-07", math.Inf(-1): "-Inf",
	} {
		if got := string(value.AppendFloat(nil, f)); got != want {
			t.Errorf("%v: %s", f, got)
		}
	}
	nan := &component.Columns{N: 1, Cols: []component.Column{{Name: "f", Kind: component.Float, Floats: []float64{math.NaN()}}}}
	if got := string(New(JSON, nan.Cols).Append(nil, nan, 0)); got != `{"f":null}` {
		t.Error(got)
	}
}

func TestParseFormat(t *testing.T) {
	if f, err := ParseFormat("csv", TSV, CSV); err != nil || f != CSV {
		t.Error(f, err)
	}
	if _, err := ParseFormat("text", TSV, CSV); err == nil || !strings.Contains(err.Error(), `"text"`) {
		t.Error(err)
	}
}

// FuzzText proves that what other programs read is what was written.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a", "é\x00\x1f\x7f\u2028", "\xff\xc3", "\"\\\t\r\n", " x "} {
		f.Add(s, s)
	}
	escape := strings.NewReplacer("\t", `\t`, "\n", `\n`, "\r", `\r`)
	f.Fuzz(func(t *testing.T, a, b string) {
		rows := &component.Columns{N: 1, Cols: []component.Column{
			{Name: "a", Kind: component.String, Strings: []string{a}}, {Name: "b", Kind: component.String, Strings: []string{b}},
		}}
		a, b = strings.ToValidUTF8(a, "\ufffd"), strings.ToValidUTF8(b, "\ufffd")
		var parsed map[string]string
		text := New(JSON, rows.Cols).Append(nil, rows, 0)
		if err := json.Unmarshal(text, &parsed); err != nil || runes(parsed["a"]) != runes(a) || runes(parsed["b"]) != runes(b) {
			t.Errorf("json %q: %v, %v", text, parsed, err)
		}
		a, b = rows.Cols[0].Strings[0], rows.Cols[1].Strings[0]
		line := strings.TrimSuffix(string(New(TSV, rows.Cols).AppendLine(nil, rows, 0)), "\n")
		if got := strings.Split(line, "\t"); len(got) != 2 || got[0] != escape.Replace(a) || got[1] != escape.Replace(b) {
			t.Errorf("tsv %q", line)
		}
		// Go's reader takes CRLF in a value for LF.
		got, err := csv.NewReader(strings.NewReader(string(New(CSV, rows.Cols).AppendLine(nil, rows, 0)))).Read()
		want := []string{strings.ReplaceAll(a, "\r\n", "\n"), strings.ReplaceAll(b, "\r\n", "\n")}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("csv %q, %q: %q, %v", a, b, got, err)
		}
	})
}

// runes makes texts the same that differ only in how many U+FFFD stand for a run that is not UTF-8.
func runes(s string) string {
	for strings.Contains(s, "\ufffd\ufffd") {
		s = strings.ReplaceAll(s, "\ufffd\ufffd", "\ufffd")
	}
	return s
}

func TestNoAllocation(t *testing.T) {
	rows := row("some text")
	buf := make([]byte, 0, 1024)
	for format := range Text + 1 {
		e := New(format, rows.Cols)
		if n := testing.AllocsPerRun(100, func() { e.AppendLine(buf, rows, 0) }); n > 1 { // Duration.String
			t.Errorf("format %d: %v", format, n)
		}
	}
}
