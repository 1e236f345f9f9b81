package nats

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/jsontext"
)

// jsonReader reads messages that are JSON objects. json.Valid has the first look at each, so that the walk over
// its fields after it need not doubt what it meets, and makes nothing but the values that are declared.
type jsonReader struct {
	index  map[string]int
	schema []component.Column
	values [][]byte // of this message, by column: its JSON text, nil where missing
}

func newJSONReader(schema []component.Column) *jsonReader {
	r := &jsonReader{index: map[string]int{}, schema: schema, values: make([][]byte, len(schema))}
	for i, c := range schema {
		r.index[c.Name] = i
	}
	return r
}

// read appends the fields of a message to the columns; where it returns an error, the columns are as they were.
func (r *jsonReader) read(msg *nats.Msg, out *component.Columns) error {
	if err := r.split(msg.Data); err != nil {
		return err
	}
	for i, v := range r.values {
		if err := appendValue(&out.Cols[i], v); err != nil {
			for j := range i {
				shorten(&out.Cols[j], out.N)
			}
			return fmt.Errorf("field %s %w", r.schema[i].Name, err)
		}
	}
	return nil
}

var errNotUTF8 = errors.New("not UTF-8 text")

// split finds the values of the declared fields. Where a name comes twice, the last one counts.
func (r *jsonReader) split(data []byte) error {
	if !utf8.Valid(data) {
		return errNotUTF8
	}
	if !json.Valid(data) {
		var v any
		return fmt.Errorf("not JSON: %w", json.Unmarshal(data, &v)) // which says where
	}
	clear(r.values)
	i := space(data, 0)
	if data[i] != '{' {
		return errors.New("not a JSON object")
	}
	for i = space(data, i+1); data[i] != '}'; {
		end := skip(data, i)
		name, err := unquote(data[i:end])
		if err != nil {
			return err
		}
		i = space(data, end)     // the colon
		from := space(data, i+1) // the value
		end = skip(data, from)   // what follows it
		if at, ok := r.index[name]; ok {
			r.values[at] = data[from:end]
		}
		if i = space(data, end); data[i] == ',' {
			i = space(data, i+1)
		}
	}
	return nil
}

// space returns where white space from i on ends.
func space(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// skip returns where the value that begins at i ends, in valid JSON.
func skip(data []byte, i int) int {
	switch data[i] {
	case '"':
		for i++; data[i] != '"'; i++ {
			if data[i] == '\\' {
				i++
			}
		}
		return i + 1
	case '{', '[':
		for depth := 0; ; {
			switch data[i] {
			case '"':
				i = skip(data, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
	}
	for i < len(data) {
		switch data[i] {
		case ',', '}', ']', ' ', '\n', '\t', '\r':
			return i
		}
		i++
	}
	return i
}

// unquote returns the text of a JSON string: as a view where nothing in it is escaped.
func unquote(v []byte) (string, error) {
	inner := v[1 : len(v)-1]
	for _, c := range inner {
		if c == '\\' {
			var s string
			err := json.Unmarshal(v, &s)
			return s, err
		}
	}
	return arena.View(inner), nil
}

// appendValue appends a value of JSON to the column, strictly of its type.
func appendValue(c *component.Column, v []byte) error {
	if v == nil {
		if c.Kind == component.JSON {
			c.Strings = append(c.Strings, "null")
			return nil
		}
		return errors.New("is missing")
	}
	switch c.Kind {
	case component.JSON:
		text, problem := jsontext.Compact(arena.View(v))
		if !problem.OK() {
			return errors.New(problem.String())
		}
		c.Strings = append(c.Strings, text)
		return nil
	case component.Bool:
		if v[0] != 't' && v[0] != 'f' {
			return wrong(v, "true or false")
		}
		c.Bools = append(c.Bools, v[0] == 't')
		return nil
	case component.Int:
		n, err := strconv.ParseInt(arena.View(v), 10, 64)
		if err != nil {
			return wrong(v, "a whole number that an int holds")
		}
		c.Ints = append(c.Ints, n)
		return nil
	case component.Float:
		x, err := strconv.ParseFloat(arena.View(v), 64)
		if err != nil {
			return wrong(v, "a number that a float holds")
		}
		c.Floats = append(c.Floats, x)
		return nil
	}
	if c.Kind == component.Decimal {
		d, ok := jsontext.Decimal(arena.View(v))
		if !ok {
			return wrong(v, "a number that a decimal holds (19 digits)")
		}
		c.Decimals = append(c.Decimals, d)
		return nil
	}
	if v[0] != '"' {
		return wrong(v, "a string")
	}
	s, err := unquote(v)
	if err != nil {
		return err
	}
	switch c.Kind {
	case component.String:
		c.Strings = append(c.Strings, s)
	case component.Bytes:
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return wrong(v, "base64")
		}
		c.Blobs = append(c.Blobs, b)
	case component.Time:
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return wrong(v, "a time such as 2026-01-02T15:04:05Z")
		}
		c.Times = append(c.Times, t.UTC())
	case component.Duration:
		d, err := time.ParseDuration(s)
		if err != nil {
			return wrong(v, "a duration such as 1m30s")
		}
		c.Durations = append(c.Durations, d)
	}
	return nil
}

// wrong says what a value is, and what it was declared as.
func wrong(v []byte, want string) error {
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

// shorten takes back what was appended to a column beyond n rows.
func shorten(c *component.Column, n int) {
	switch c.Kind {
	case component.Bool:
		c.Bools = c.Bools[:n]
	case component.Int:
		c.Ints = c.Ints[:n]
	case component.Float:
		c.Floats = c.Floats[:n]
	case component.String, component.JSON:
		c.Strings = c.Strings[:n]
	case component.Bytes:
		c.Blobs = c.Blobs[:n]
	case component.Time:
		c.Times = c.Times[:n]
	case component.Duration:
		c.Durations = c.Durations[:n]
	case component.Decimal:
		c.Decimals = c.Decimals[:n]
	}
}
