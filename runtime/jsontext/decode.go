package jsontext

import (
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/value"
)

// Decoder makes values of declared types of a json, for generated code. After the first that is not of its type, what it makes does not count.
// Text that it makes stands in the json's text, or in the arena.
type Decoder struct {
	Arena *arena.Arena
	top   string // the field of a tuple that is looked at
	field string // the field of a record
	bad   string // the value that is not of its type
	want  string
}

// OK reports whether everything was of its type.
func (d *Decoder) OK() bool { return d.want == "" }

// Why is the reason why not.
func (d *Decoder) Why() string {
	if d.OK() {
		return ""
	}
	at := ""
	if d.top != "" {
		at = "field " + d.top + ": "
	}
	if d.field != "" {
		at += "field " + d.field + ": "
	}
	if d.bad == "" {
		return at + "it is missing"
	}
	return at + Not(d.bad, d.want)
}

// Field names the field that is looked at next.
func (d *Decoder) Field(name string) {
	if d.OK() {
		d.field = name
	}
}

// Tuple reads the text of an object, for a tuple's fields; the error says why it is none.
func Tuple(a *arena.Arena, text string) (string, error) {
	object, problem := Parse(a, text)
	switch {
	case !problem.OK():
		return "", errors.New(problem.String())
	case object[0] != '{':
		return "", errNoObject
	}
	return object, nil
}

var errNoObject = errors.New("not a JSON object")

// Top names the field of a tuple that is looked at next.
func (d *Decoder) Top(name string) {
	if d.OK() {
		d.top, d.field = name, ""
	}
}

// Err is the reason why something was not of its type, or nil.
func (d *Decoder) Err() error {
	if d.OK() {
		return nil
	}
	return errors.New(d.Why())
}

// fail keeps the first value that is not what was wanted.
func (d *Decoder) fail(v, want string) {
	if d.OK() {
		d.bad, d.want = v, want
	}
}

// Bool reads true or false.
func (d *Decoder) Bool(v string) bool {
	b, ok := Bool(v)
	if !ok {
		d.fail(v, "true or false")
	}
	return b
}

// Int reads a whole number.
func (d *Decoder) Int(v string) int64 {
	n, ok := Int(v)
	if !ok {
		d.fail(v, "a whole number that an int holds")
	}
	return n
}

// Float reads a number.
func (d *Decoder) Float(v string) float64 {
	f, ok := Float(v)
	if !ok {
		d.fail(v, "a number that a float holds")
	}
	return f
}

// Decimal reads a number, or a string that holds one.
func (d *Decoder) Decimal(v string) value.Decimal {
	x, ok := Decimal(v)
	if !ok {
		d.fail(v, "a number that a decimal holds (19 digits)")
	}
	return x
}

// String reads a string.
func (d *Decoder) String(v string) string {
	s, ok := String(d.Arena, v)
	if !ok {
		d.fail(v, "a string")
	}
	return s
}

// Bytes reads a string in base64.
func (d *Decoder) Bytes(v string) []byte {
	s, ok := String(d.Arena, v)
	b, err := base64.StdEncoding.DecodeString(s)
	if !ok || err != nil {
		d.fail(v, "base64")
	}
	return b
}

// Time reads a string that is a time.
func (d *Decoder) Time(v string) time.Time {
	t, ok := Time(v)
	if !ok {
		d.fail(v, "a time such as \"2026-01-02T15:04:05Z\"")
	}
	return t
}

// Duration reads a string that is a duration.
func (d *Decoder) Duration(v string) time.Duration {
	x, ok := Duration(v)
	if !ok {
		d.fail(v, "a duration such as \"1m30s\"")
	}
	return x
}

// JSON reads any value; what is missing is null.
func (d *Decoder) JSON(v string) string { return v }

// Object reports whether v is an object, and fails where it is not.
func (d *Decoder) Object(v string) bool {
	if v == "" || v[0] != '{' {
		d.fail(v, "an object")
		return false
	}
	return true
}

// ReadEnum reads a string that is the name of a value of an enum; want lists them.
func ReadEnum[E any](d *Decoder, v string, parse func(string) (E, error), want string) E {
	var none E
	name, ok := String(d.Arena, v)
	if !ok {
		d.fail(v, want)
		return none
	}
	e, err := parse(name)
	if err != nil {
		d.fail(v, want)
		return none
	}
	return e
}

// ReadList reads an array.
func ReadList[T any](d *Decoder, v string, item func(*Decoder, string) T) []T {
	if v == "" || v[0] != '[' {
		d.fail(v, "an array")
		return nil
	}
	var list []T
	for l := Array(v); l.Next() && d.OK(); {
		list = append(list, item(d, l.Value))
	}
	return list
}

// ReadMap reads an object as a map; key makes a key of a name.
func ReadMap[K comparable, V any](d *Decoder, v string, key func(*Decoder, string) K, item func(*Decoder, string) V) map[K]V {
	m := map[K]V{}
	if !d.Object(v) {
		return m
	}
	for o := Object(v); o.Next() && d.OK(); {
		k := key(d, o.Name(d.Arena))
		m[k] = item(d, o.Value)
	}
	return m
}

// Name is the key of a map of strings.
func (d *Decoder) Name(name string) string { return name }

// IntName is the key of a map of ints.
func (d *Decoder) IntName(name string) int64 {
	n, err := value.ParseInt(name)
	if err != nil {
		d.fail(strconv.Quote(name), "the name of an int")
	}
	return n
}

// ReadOption reads a value that may be missing, or null.
func ReadOption[T any](d *Decoder, v string, item func(*Decoder, string) T) arena.Option[T] {
	if IsNull(v) {
		return arena.Option[T]{Why: "null"}
	}
	return arena.Option[T]{V: item(d, v), OK: true}
}
