package jsontext

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/value"
)

// tuple is what code made for a shape reads; quick and careful are as codegen/objects.go writes them.
type tuple struct {
	b bool
	i int64
	f float64
	s string
	d value.Decimal
	t time.Time
	j string
}

func (v *tuple) quick(a *arena.Arena, text string) bool {
	var seen uint64
	i := OpenAt(text)
	for uint(i) < uint(len(text)) {
		name, at := NameAt(text, i)
		bit := uint64(0)
		switch name {
		case "b":
			bit = 1
			v.b, at = BoolAt(text, at)
		case "i":
			bit = 2
			v.i, at = IntAt(text, at)
		case "f":
			bit = 4
			v.f, at = FloatAt(text, at)
		case "s":
			bit = 8
			v.s, at = TextAt(a, text, at)
		case "d":
			bit = 16
			v.d, at = DecimalAt(text, at)
		case "t":
			bit = 32
			v.t, at = TimeAt(text, at)
		case "j":
			bit = 64
			v.j, at = ValueAt(a, text, at)
		default:
			at = SkipAt(text, at)
		}
		if seen&bit != 0 {
			return false
		}
		seen |= bit
		i = NextAt(text, at)
	}
	return i >= 0 && seen == 127
}

func (v *tuple) careful(a *arena.Arena, text string) error {
	whole, err := Tuple(a, text)
	if err != nil {
		return err
	}
	f := map[string]string{}
	for o := Object(whole); o.Next(); {
		f[o.Name(a)] = o.Value
	}
	d := &Decoder{Arena: a}
	d.Top("b")
	v.b = d.Bool(f["b"])
	d.Top("i")
	v.i = d.Int(f["i"])
	d.Top("f")
	v.f = d.Float(f["f"])
	d.Top("s")
	v.s = d.String(f["s"])
	d.Top("d")
	v.d = d.Decimal(f["d"])
	d.Top("t")
	v.t = d.Time(f["t"])
	d.Top("j")
	v.j = Text(f["j"])
	return d.Err()
}

// same holds the quick reader against the careful one, and this against encoding/json.
func same(t *testing.T, text string) (quick bool) {
	t.Helper()
	var a arena.Arena
	var q, c tuple
	quick = q.quick(&a, text)
	err := c.careful(&a, text)
	if quick && (err != nil || q != c && (q.f == c.f || !math.IsNaN(q.f))) {
		t.Errorf("%q\nquick   %+v\ncareful %+v, %v", text, q, c, err)
	}
	valid := json.Valid([]byte(text)) && utf8.ValidString(text) && strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{")
	if err == nil && !valid || quick && !valid {
		t.Errorf("%q is taken: %v", text, err)
	}
	if err == nil {
		var want map[string]json.RawMessage
		var s string
		var f float64
		if json.Unmarshal([]byte(text), &want) != nil || json.Unmarshal(want["s"], &s) != nil || s != c.s || json.Unmarshal(want["f"], &f) != nil || f != c.f {
			t.Errorf("%q: %+v, want %q, %v", text, c, s, f)
		}
	}
	// What is skipped is looked at as closely as what is read.
	if end := SkipAt(text, 0); end == len(text) && (!json.Valid([]byte(text)) || !utf8.ValidString(text)) {
		t.Errorf("%q is passed over", text)
	}
	return quick
}

var objectTexts = []string{
	`{"b":true,"i":-12,"f":1.5,"s":"text of some length","d":0.1,"t":"2026-01-02T15:04:05Z","j":{"a":[1,2,"x"]}}`,
	` { "j" : [ 1 , { } ] , "t" : "2026-01-02T15:04:05.123456789+02:00" , "x" : "y" , "d" : "12.50" , "s" : "é\n\ud83d\ude42" , "f" : -0.001 , "i" : 0 , "b" : false } `,
	`{"b":true,"i":0,"f":0,"s":"","d":1e3,"t":"2026-01-02T15:04:05Z","j":null,"n":null,"m":[[],{}],"k":-1.5e+10,"o":"\u0000"}`,
}

func TestQuick(t *testing.T) {
	for _, text := range objectTexts {
		if !same(t, text) {
			t.Errorf("%s is left to the careful reader", text)
		}
	}
	// Changed in one byte, or cut.
	for _, text := range objectTexts {
		for i := range text {
			same(t, text[:i])
			for _, c := range []byte("\"\\{}[],:0e.- tx\x00\x1f\x7f\x80\xe2") {
				same(t, text[:i]+string([]byte{c})+text[i+1:])
				same(t, text[:i]+string([]byte{c})+text[i:])
			}
		}
	}
	same(t, `{"a":`+strings.Repeat("[", MaxDepth-1)+strings.Repeat("]", MaxDepth-1)+`}`)
	deep := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	if i := SkipAt(`{"a":`+deep+`}`, 5); i >= 0 {
		t.Errorf("deeper than the careful reader allows: %d", i)
	}
}

func TestNumbersAt(t *testing.T) {
	for _, s := range []string{"0", "-0", "7", "-7", "123456789012345678", "1234567890123456789", "9223372036854775807", "01", "-", "", "1.5", "0.1", "-0.25", "123456789012345",
		"12345678901234.5", "1234567890123456.5", "0.000000000000001", "3.141592653589793", "1e5", "1.", ".5", "1.5e3", "00.5", "8e", "+1"} {
		if n, at := IntAt(s, 0); at == len(s) {
			if want, err := strconv.ParseInt(s, 10, 64); err != nil || want != n {
				t.Errorf("%q: %d", s, n)
			}
		}
		if x, at := FloatAt(s, 0); at == len(s) && s != "" {
			if want, err := strconv.ParseFloat(s, 64); err != nil || math.Float64bits(want) != math.Float64bits(x) || !json.Valid([]byte(s)) {
				t.Errorf("%q: %v, %v", s, x, want)
			}
		}
	}
}

// The place of the first byte that is not plain is found at each distance, whatever stands behind it.
func TestSpecial(t *testing.T) {
	for _, c := range []byte{'"', '\\', 0, 0x1f, 0x80, 0xff, '\n'} {
		for at := range 20 {
			for _, behind := range []string{"", "\"", "\x00\x80", "aaaaaaaaaaaaaaaa"} {
				s := strings.Repeat("#", at) + string([]byte{c}) + behind
				if got := special(s, 0); got != at {
					t.Fatalf("%q: %d", s, got)
				}
			}
		}
	}
	for c := range 0x80 {
		if c >= 0x20 && c != '"' && c != '\\' && special(strings.Repeat(string(rune(c)), 9), 0) != 9 {
			t.Errorf("%q does not stand for itself", rune(c))
		}
	}
}

func FuzzQuick(f *testing.F) {
	for _, text := range objectTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { same(t, text) })
}

func BenchmarkQuick(b *testing.B) {
	var a arena.Arena
	var v tuple
	text := objectTexts[0]
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if !v.quick(&a, text) {
			b.Fatal(text)
		}
	}
}
