package jsontext

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
)

// FuzzParse compares with encoding/json: what is JSON, its compact form, its members and items.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"a": [1, 2.5e-3, "x\u0041\\", null, true, false], "b": {}}`, "", " ", "[", "]", "{", "{}", "[]", "[,]", `{"a"}`, `{"a":}`, `{"a":1,}`, "[1,]", "01", "1.", "-", "1e",
		`"\ud83d\ude00"`, `"\ud800"`, "\"\xff\"", "\"\x01\"", `"\x"`, `"\u12"`, "nul", "null x", "[1}", "{]", "\ufeff1", `{"a":1,"a":2}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var a arena.Arena
		got, p := Parse(&a, s)
		valid := json.Valid([]byte(s)) && utf8.ValidString(s)
		if strings.Count(s, "[")+strings.Count(s, "{") > MaxDepth {
			return
		}
		if p.OK() != valid {
			t.Fatalf("%q: %v, encoding/json says %v", s, p, valid)
		}
		if !valid {
			return
		}
		again, p := Compact(got)
		if !p.OK() || again != got {
			t.Fatalf("%q: %q is not compact", s, got)
		}
		var want any
		if err := json.Unmarshal([]byte(s), &want); err != nil {
			return // a number beyond a float
		}
		if back := tree(&a, got); !reflect.DeepEqual(back, want) {
			t.Fatalf("%q is read as %v, want %v", s, back, want)
		}
		if !Equal(got, got+"") || Equal(got, "["+got+"]") {
			t.Fatalf("%q is not equal to itself, or to a list of it", s)
		}
	})
}

// tree is a value as encoding/json reads it, by the functions of this package.
func tree(a *arena.Arena, v string) any {
	if IsNull(v) {
		return nil
	}
	if b, ok := Bool(v); ok {
		return b
	}
	if f, ok := Float(v); ok {
		return f
	}
	if s, ok := String(a, v); ok {
		return s
	}
	if items, ok := List(a, v); ok {
		out := []any{}
		for i, item := range items {
			if at, ok := At(v, int64(i)); !ok || at != item {
				panic("At differs from List")
			}
			out = append(out, tree(a, item))
		}
		return out
	}
	m, ok := Entries(a, v)
	if !ok {
		panic("nothing is " + v)
	}
	out := map[string]any{}
	for k, w := range m {
		if got, ok := Key(v, k); !ok || got != w {
			panic("Key differs from Entries")
		}
		out[k] = tree(a, w)
	}
	return out
}

func TestProblemsSayWhere(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "not JSON: the text is empty",
		"{":                             "not JSON: the text ends too early",
		`{"a" 1}`:                       "not JSON: `:` is missing at byte 6",
		`{a: 1}`:                        "not JSON: a name in quotes is missing at byte 2",
		`[1 2]`:                         "not JSON: `,` or `]` is missing at byte 4",
		`{"a":1 "b"`:                    "not JSON: `,` or `}` is missing at byte 8",
		`1 2`:                           "not JSON: more text behind the value at byte 3",
		`nope`:                          "not JSON: no value begins like this at byte 1",
		`"\q"`:                          "not JSON: no escape begins like this at byte 3",
		"\"a\xff\"":                     "not JSON: a string is not UTF-8 at byte 3",
		"\"\n\"":                        "not JSON: a control character stands in a string at byte 2",
		`-x`:                            "not JSON: a digit is missing at byte 2",
		strings.Repeat("[", MaxDepth+1): "not JSON: deeper than 1000 brackets at byte 1001",
		strings.Repeat(" ", MaxSize+1):  "the text is larger than 64MB",
	} {
		if _, p := Compact(text); p.String() != want {
			t.Errorf("%.20q: %q, want %q", text, p, want)
		}
	}
	deep := strings.Repeat(`{"a":[`, MaxDepth/2) + strings.Repeat("]}", MaxDepth/2)
	if _, p := Compact(deep); !p.OK() {
		t.Error(p)
	}
}

func TestConversions(t *testing.T) {
	for v, want := range map[string]int64{
		"0": 0, "-0": 0, "7": 7, "-7": -7, "7.0": 7, "70e-1": 7, "7E+2": 700, "9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64,
		"-9223372036854775808.0": math.MinInt64, "9.223372036854775807e18": math.MaxInt64, "0e999999999999": 0, "0.0": 0,
	} {
		if got, ok := Int(v); !ok || got != want {
			t.Errorf("Int(%s) = %d, %v", v, got, ok)
		}
	}
	for _, v := range []string{"", "null", "true", `"1"`, "1.5", "9223372036854775808", "-9223372036854775809", "9223372036854775808.0", "1e19", "1e99999999999", "1e-1", "[]", "{}"} {
		if got, ok := Int(v); ok {
			t.Errorf("Int(%s) = %d", v, got)
		}
	}
	if _, ok := Float("1e400"); ok {
		t.Error("1e400 is a float")
	}
	if got, ok := Float("1e-400"); !ok || got != 0 {
		t.Error("1e-400 is no float")
	}
	if at, ok := Time(`"2026-01-02T15:04:05.5+02:00"`); !ok || !at.Equal(time.Date(2026, 1, 2, 13, 4, 5, 5e8, time.UTC)) || at.Location() != time.UTC {
		t.Error(at, ok)
	}
	for _, v := range []string{"", "1", `"2026-01-02"`, `""`, `"\u0032"`} {
		if at, ok := Time(v); ok {
			t.Errorf("Time(%s) = %v", v, at)
		}
	}
	if d, ok := Duration(`"1m30s"`); !ok || d != 90*time.Second {
		t.Error(d, ok)
	}
}

func TestEqual(t *testing.T) {
	for _, pair := range [][2]string{
		{"", "null"}, {"1", "1.0"}, {"10e-1", "1"}, {"-0", "0"}, {"1E5", "100000"}, {`"\u0041"`, `"A"`}, {`"\u0041b"`, `"A\u0062"`}, {`"\ud83d\ude00"`, `"😀"`},
		{`{"a":1,"b":2}`, `{"b":2.0,"a":1}`}, {`{"a":1,"a":2}`, `{"a":2}`}, {`{"a":1,"a":2}`, `{"a":3,"a":2}`}, {`{"\u0061":1}`, `{"a":1}`}, {`[{"a":[1]}]`, `[{"a":[1.0]}]`},
		{"123456789012345678901234567890", "1.2345678901234567890123456789e29"},
	} {
		if !Equal(pair[0], pair[1]) || !Equal(pair[1], pair[0]) {
			t.Errorf("%s is not %s", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{
		{"1", "2"}, {"1", "-1"}, {"1", `"1"`}, {"null", "false"}, {"[]", "{}"}, {"[1]", "[1,1]"}, {"[1,2]", "[2,1]"}, {`{"a":1}`, `{"a":1,"b":1}`}, {`{"a":1,"b":2}`, `{"b":1,"a":2}`},
		{`"a\u0000"`, `"a"`}, {"true", "false"}, {`{"a":1,"a":2}`, `{"a":2,"a":1}`}, {"9007199254740993", "9007199254740992"},
	} {
		if Equal(pair[0], pair[1]) || Equal(pair[1], pair[0]) {
			t.Errorf("%s is %s", pair[0], pair[1])
		}
	}
	// Deep values that differ at their end, in whatever order: each is compared once at each depth.
	x, y := "1", "2"
	for range MaxDepth / 2 {
		x, y = `{"a":`+x+`,"b":0}`, `{"b":0,"a":`+y+`}`
	}
	if Equal(x, y) || Equal(y, x) {
		t.Error("deep values that differ are equal")
	}
}

func TestReasons(t *testing.T) {
	for got, want := range map[string]string{
		NoKey(`{"a":1}`, "b"): `the object has no "b"`, NoKey("3", "b"): `a number has no "b"`, NoKey("", "b"): `null has no "b"`,
		NoItem("[]", 3): "the array has no item 3", NoItem("true", 0): "true has no item 0",
		Not(`"x"`, "a number"): `a string ("x") is not a number`, Not("[1]", "a number"): "an array is not a number", Not("1.5", "an int"): "a number (1.5) is not an int",
		Because(true, "own", "other"): "other", Because(false, "own", "other"): "own",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPathsAllocateNothing(t *testing.T) {
	v := `{"x":[1,2,{"y":"z"}],"us\u0065r":{"name":"Ann","age":41.0},"t":"2026-01-02T15:04:05Z"}`
	var a arena.Arena
	if n := testing.AllocsPerRun(100, func() {
		user, ok := Key(v, "user")
		name, ok2 := Key(user, "name")
		text, ok3 := String(&a, name)
		item, ok4 := At(v, 2)
		_, ok5 := Key(v, "none")
		if !ok || !ok2 || !ok3 || text != "Ann" || ok4 || item != "" || ok5 {
			t.Fatal(text)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzAnyText looks into texts that are no JSON, as a damaged frame could bring them: what is found does not matter, nothing panics.
func FuzzAnyText(f *testing.F) {
	for _, s := range []string{`{"`, `{"a`, `{"a"`, `{"a":`, `{"a":1`, `{,`, `[`, `[,`, `["`, `"`, `"\`, `"\u`, `"\u12"`, "-", "1e", "1.", "t", "{}", `{""`, `{"\":1}`, `{a:1}`} {
		f.Add(s, `{"a":[1]}`)
	}
	f.Fuzz(func(t *testing.T, v, w string) {
		var a arena.Arena
		for _, s := range []string{v, w} {
			_, _ = Key(s, "a")
			_, _ = At(s, 1)
			_, _ = List(&a, s)
			_, _ = Entries(&a, s)
			_, _ = Int(s)
			_, _ = Float(s)
			_, _ = Decimal(s)
			_, _ = String(&a, s)
			_, _ = Time(s)
			_, _ = Duration(s)
			_, _, _ = NoKey(s, "a"), NoItem(s, 1), Not(s, "b")
			d := Decoder{Arena: &a}
			_ = ReadMap(&d, s, (*Decoder).Name, func(d *Decoder, v string) []int64 { return ReadList(d, v, (*Decoder).Int) })
			_ = d.Why()
		}
		_ = Equal(v, w)
	})
}
