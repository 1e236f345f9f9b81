// Package trial is what the program of a topology's tests calls: it drives the topology step by step, keeps what its streams
// carried, compares that with what is expected, and says what it found as lines of JSON, which topoc shows.
package trial

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/jsontext"
	"github.com/topo-lang/topo/runtime/value"
)

// Value is a value of any type, to be compared and shown. It shares nothing with where it came from.
type Value struct {
	text   string // as it is written in .topo text; of a value without parts
	kind   kind
	number float64
	names  []string // of a record's parts; the name of the record is text
	parts  []Value
}

type kind int

const (
	plain kind = iota
	number
	document // JSON
	list
	mapping // keys and values in turn
	record
	anything
)

// Any is `_`: equal to every value.
var Any = Value{kind: anything, text: "_"}

// Bool makes a Value.
func Bool(v bool) Value { return Value{text: strconv.FormatBool(v)} }

// Int makes a Value.
func Int(v int64) Value { return Value{text: strconv.FormatInt(v, 10)} }

// Float makes a Value; two that differ by their last digits are the same to a test.
func Float(v float64) Value {
	return Value{kind: number, number: v, text: string(value.AppendFloat(nil, v))}
}

// Decimal makes a Value.
func Decimal(v value.Decimal) Value { return Value{text: string(value.AppendDecimal(nil, v))} }

// String makes a Value.
func String(v string) Value { return Value{text: quote(v)} }

// Bytes makes a Value.
func Bytes(v []byte) Value { return Value{text: "to_bytes(" + quote(string(v)) + ")"} }

// Time makes a Value.
func Time(v time.Time) Value {
	return Value{text: `time("` + v.UTC().Format(time.RFC3339Nano) + `")`}
}

// Duration makes a Value.
func Duration(v time.Duration) Value { return Value{text: v.String()} }

// JSON makes a Value of JSON text.
func JSON(v string) Value { return Value{kind: document, text: strings.Clone(jsontext.Text(v))} }

// Text makes a Value that is shown, and compared, as a text of the caller's.
func Text(v []byte) Value { return Value{text: string(v)} }

// List makes a Value.
func List[T any](v []T, item func(T) Value) Value {
	out := Value{kind: list}
	for _, x := range v {
		out.parts = append(out.parts, item(x))
	}
	return out
}

// Map makes a Value; keys are in their order.
func Map[K comparable, V any](keys []K, v map[K]V, key func(K) Value, val func(V) Value) Value {
	out := Value{kind: mapping}
	for _, k := range keys {
		out.parts = append(out.parts, key(k), val(v[k]))
	}
	return out
}

// Option makes a Value; why there is none makes no difference.
func Option[T any](v arena.Option[T], val func(T) Value) Value {
	if !v.OK {
		return Value{text: "none"}
	}
	return val(v.V)
}

// Record makes a Value.
func Record(name string, names []string, parts ...Value) Value {
	return Value{kind: record, text: name, names: names, parts: parts}
}

// quote writes a string as .topo text does: a brace would begin a value.
func quote(s string) string {
	return strings.NewReplacer("{", `\{`, "}", `\}`).Replace(strconv.Quote(s))
}

// equal reports whether two values are the same.
func equal(a, b Value) bool {
	switch {
	case a.kind == anything || b.kind == anything:
		return true
	case a.kind == number && b.kind == number:
		return near(a.number, b.number)
	case a.kind == document && b.kind == document:
		return jsontext.Equal(a.text, b.text)
	case a.kind != b.kind || len(a.parts) != len(b.parts) || a.kind != record && a.text != b.text:
		return false
	}
	for i := range a.parts {
		if !equal(a.parts[i], b.parts[i]) {
			return false
		}
	}
	return true
}

// near leaves room for the last digits, which depend on the order in which numbers were added.
func near(a, b float64) bool {
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		return true
	}
	return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))
}

// String shows a value as .topo text.
func (v Value) String() string {
	switch v.kind {
	case list:
		return "[" + joined(v.parts) + "]"
	case mapping:
		parts := make([]string, 0, len(v.parts)/2)
		for i := 0; i+1 < len(v.parts); i += 2 {
			parts = append(parts, v.parts[i].String()+": "+v.parts[i+1].String())
		}
		return "map[" + strings.Join(parts, ", ") + "]"
	case record:
		parts := make([]string, len(v.parts))
		for i, p := range v.parts {
			parts[i] = v.names[i] + ": " + p.String()
		}
		return v.text + "(" + strings.Join(parts, ", ") + ")"
	}
	return v.text
}

func joined(values []Value) string {
	parts := make([]string, len(values))
	for i, p := range values {
		parts[i] = p.String()
	}
	return strings.Join(parts, ", ")
}

// Row is a tuple.
type Row []Value

func (r Row) equal(s Row) bool {
	for i := range r {
		if !equal(r[i], s[i]) {
			return false
		}
	}
	return true
}

// texts are the row's cells.
func (r Row) texts() []string {
	out := make([]string, len(r))
	for i, v := range r {
		out[i] = v.String()
	}
	return out
}
