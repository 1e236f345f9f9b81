// Package decode reads tuples out of text: it fills columns of a declared schema, wherever the standard library reads them. It is
// strict: a value is of its field's type, or the tuple is refused with the name of the field.
package decode

import (
	"encoding/base64"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/jsontext"
)

// JSON reads JSON objects, one a tuple: a member for each field, by its name, the last one where a name comes twice. Other members are left alone.
//
// Text that it gives points into the text that it was given, or into its own memory, until Reset.
type JSON struct {
	index  map[string]int
	schema []component.Column
	values []string // of this object, by column; "" where missing
	arena  arena.Arena
}

// NewJSON returns a reader of objects of a schema.
func NewJSON(schema []component.Column) *JSON {
	d := &JSON{index: map[string]int{}, schema: schema, values: make([]string, len(schema))}
	for i, c := range schema {
		d.index[c.Name] = i
	}
	return d
}

// Reset makes the text given so far invalid, and its memory free.
func (d *JSON) Reset() { d.arena.Reset() }

// Append appends the fields of an object to the columns; where it returns an error, the columns are as they were.
func (d *JSON) Append(text string, out *component.Columns) error {
	if err := d.split(text); err != nil {
		return err
	}
	for i, v := range d.values {
		if err := d.value(&out.Cols[i], v); err != nil {
			for j := range i {
				Shorten(&out.Cols[j], out.N)
			}
			return fmt.Errorf("field %s %w", d.schema[i].Name, err)
		}
	}
	return nil
}

var (
	errNoObject = errors.New("not a JSON object")
	errMissing  = errors.New("is missing")
)

// split finds the values of the declared fields.
func (d *JSON) split(text string) error {
	object, problem := jsontext.Parse(&d.arena, text)
	if !problem.OK() {
		return errors.New(problem.String())
	}
	if object[0] != '{' {
		return errNoObject
	}
	clear(d.values)
	for o := jsontext.Object(object); o.Next(); {
		if at, ok := d.index[o.Name(&d.arena)]; ok {
			d.values[at] = o.Value
		}
	}
	return nil
}

// value appends a value of JSON to the column, strictly of its type.
func (d *JSON) value(c *component.Column, v string) error {
	if c.Kind == component.JSON {
		c.Strings = append(c.Strings, jsontext.Text(v)) // what is missing is null
		return nil
	}
	if v == "" {
		return errMissing
	}
	switch c.Kind {
	case component.Bool:
		b, ok := jsontext.Bool(v)
		return put(&c.Bools, b, ok, v, "true or false")
	case component.Int:
		n, ok := jsontext.Int(v)
		return put(&c.Ints, n, ok, v, "a whole number that an int holds")
	case component.Float:
		x, ok := jsontext.Float(v)
		return put(&c.Floats, x, ok, v, "a number that a float holds")
	case component.Decimal:
		x, ok := jsontext.Decimal(v)
		return put(&c.Decimals, x, ok, v, "a number that a decimal holds (19 digits)")
	case component.String:
		s, ok := jsontext.String(&d.arena, v)
		return put(&c.Strings, s, ok, v, "a string")
	case component.Bytes:
		s, ok := jsontext.String(&d.arena, v)
		if !ok {
			return wrong(v, "a string")
		}
		b, err := base64.StdEncoding.DecodeString(s)
		return put(&c.Blobs, b, err == nil, v, "base64")
	case component.Time:
		t, ok := jsontext.Time(v)
		return put(&c.Times, t, ok, v, "a time such as 2026-01-02T15:04:05Z")
	case component.Duration:
		x, ok := jsontext.Duration(v)
		return put(&c.Durations, x, ok, v, "a duration such as 1m30s")
	}
	panic("decode: an unknown kind of column")
}

// put appends x where it is one.
func put[T any](list *[]T, x T, ok bool, v, want string) error {
	if !ok {
		return wrong(v, want)
	}
	*list = append(*list, x)
	return nil
}

// wrong says what a value is, and what it was declared as.
func wrong(v, want string) error {
	const most = 40
	if len(v) > most {
		end := most
		for !utf8.RuneStart(v[end]) {
			end--
		}
		return fmt.Errorf("is %s..., not %s", v[:end], want)
	}
	return fmt.Errorf("is %s, not %s", v, want)
}

// Shorten takes back what was appended to a column beyond n rows.
func Shorten(c *component.Column, n int) {
	switch c.Kind {
	case component.Bool:
		c.Bools = c.Bools[:n]
	case component.Int:
		c.Ints = c.Ints[:n]
	case component.Float:
		c.Floats = c.Floats[:n]
	case component.Decimal:
		c.Decimals = c.Decimals[:n]
	case component.String, component.JSON:
		c.Strings = c.Strings[:n]
	case component.Bytes:
		c.Blobs = c.Blobs[:n]
	case component.Time:
		c.Times = c.Times[:n]
	case component.Duration:
		c.Durations = c.Durations[:n]
	}
}
