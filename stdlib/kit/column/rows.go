package column

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/jsontext"
	"github.com/topo-lang/topo/runtime/value"
)

// What a sink writes into the columns of a table: as state is written, and for a field of a type `T?` a NULL where the value is missing.

// Field is a field of the tuples that a sink takes, and the column that it is written to.
type Field struct {
	Name string
	// Kind is that of the values, where they are there.
	Kind component.Kind
	// Optional says that a value may be missing.
	Optional bool
}

// Fields are those of a schema. Taken are the names that no column may have.
func Fields(schema []component.Column, taken ...string) ([]Field, error) {
	seen := map[string]string{}
	for _, name := range taken {
		seen[strings.ToLower(name)] = name
	}
	out := make([]Field, len(schema))
	for i, c := range schema {
		low := strings.ToLower(c.Name)
		if first, ok := seen[low]; ok {
			return nil, fault.New("rename the field, in a bolt before the sink", "fields %s and %s would have one column in the table", first, c.Name)
		}
		seen[low] = c.Name
		out[i] = Field{Name: c.Name, Kind: c.Kind}
		if c.Optional {
			out[i].Kind, out[i].Optional = c.Of, true
		}
	}
	return out, nil
}

// Type is what the column of a field holds.
func (f Field) Type() Type {
	switch f.Kind {
	case component.Bool:
		return Bool
	case component.Int, component.Duration:
		return Int
	case component.Float:
		return Float
	case component.Bytes:
		return Bytes
	}
	return Text
}

// String names the type of a field as it is declared.
func (f Field) String() string {
	name := [...]string{component.Bool: "bool", component.Int: "int", component.Float: "float", component.String: "string", component.Bytes: "bytes", component.Time: "time",
		component.Duration: "duration", component.JSON: "json", component.Decimal: "decimal"}[f.Kind]
	if f.Optional {
		name += "?"
	}
	return name
}

// The tags of values in a row.
const (
	isNull = iota
	isBool
	isInt
	isFloat
	isText
	isBytes
)

// AppendRow appends a row, as Values reads it.
func AppendRow(dst []byte, rows *component.Columns, row int) ([]byte, error) {
	for i := range rows.Cols {
		c := &rows.Cols[i]
		var err error
		if c.Optional {
			dst, err = appendOptional(dst, c.Of, c.Strings[row])
		} else {
			dst = appendValue(dst, c, row)
		}
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", c.Name, err)
		}
	}
	return dst, nil
}

func appendValue(dst []byte, c *component.Column, row int) []byte {
	switch c.Kind {
	case component.Bool:
		return codec.AppendBool(append(dst, isBool), c.Bools[row])
	case component.Int:
		return codec.AppendInt(append(dst, isInt), c.Ints[row])
	case component.Duration:
		return codec.AppendInt(append(dst, isInt), int64(c.Durations[row]))
	case component.Float:
		return codec.AppendFloat(append(dst, isFloat), c.Floats[row])
	case component.Bytes:
		return codec.AppendBytes(append(dst, isBytes), c.Blobs[row])
	case component.Time:
		return codec.AppendString(append(dst, isText), c.Times[row].UTC().Format(time.RFC3339Nano))
	case component.Decimal:
		return codec.AppendBytes(append(dst, isText), value.AppendDecimal(nil, c.Decimals[row]))
	}
	return codec.AppendString(append(dst, isText), escape(c.Strings[row]))
}

// appendOptional appends a value that stands as JSON.
func appendOptional(dst []byte, kind component.Kind, text string) ([]byte, error) {
	if jsontext.IsNull(text) {
		return append(dst, isNull), nil
	}
	bad := func() ([]byte, error) { return nil, fmt.Errorf("%.60s is no %s", text, Field{Kind: kind}) }
	switch kind {
	case component.Bool:
		return codec.AppendBool(append(dst, isBool), text == "true"), nil
	case component.Int:
		n, ok := jsontext.Int(text)
		if !ok {
			return bad()
		}
		return codec.AppendInt(append(dst, isInt), n), nil
	case component.Float:
		f, ok := jsontext.Float(text)
		if !ok {
			return bad()
		}
		return codec.AppendFloat(append(dst, isFloat), f), nil
	case component.Decimal:
		d, ok := jsontext.Decimal(text)
		if !ok {
			return bad()
		}
		return codec.AppendBytes(append(dst, isText), value.AppendDecimal(nil, d)), nil
	case component.Time:
		t, ok := jsontext.Time(text)
		if !ok {
			return bad()
		}
		return codec.AppendString(append(dst, isText), t.UTC().Format(time.RFC3339Nano)), nil
	case component.Duration:
		d, ok := jsontext.Duration(text)
		if !ok {
			return bad()
		}
		return codec.AppendInt(append(dst, isInt), int64(d)), nil
	case component.JSON:
		return codec.AppendString(append(dst, isText), escape(text)), nil
	}
	s, ok := jsontext.String(&arena.Arena{}, text)
	if !ok {
		return bad()
	}
	if kind == component.Bytes {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return bad()
		}
		return codec.AppendBytes(append(dst, isBytes), b), nil
	}
	return codec.AppendString(append(dst, isText), escape(s)), nil
}

// Values reads a row: of each column nil, bool, int64, float64, string or []byte. Bytes are views.
func Values(dst []any, row []byte) ([]any, error) {
	r := codec.NewReader(row)
	for r.More() {
		switch tag := r.Uvarint(); tag {
		case isNull:
			dst = append(dst, nil)
		case isBool:
			dst = append(dst, r.Bool())
		case isInt:
			dst = append(dst, r.Int())
		case isFloat:
			dst = append(dst, r.Float())
		case isText:
			dst = append(dst, r.String())
		case isBytes:
			b := r.Bytes()
			if b == nil {
				b = []byte{}
			}
			dst = append(dst, b)
		default:
			return nil, fmt.Errorf("a value of the unknown kind %d", tag)
		}
	}
	return dst, r.Close()
}

// Tuple is a row as the JSON object that messages show of a tuple.
func Tuple(fields []Field, row []byte) string {
	values, err := Values(nil, row)
	if err != nil || len(values) != len(fields) {
		return ""
	}
	out := []byte{'{'}
	for i, f := range fields {
		if i > 0 {
			out = append(out, ',')
		}
		name, _ := json.Marshal(f.Name)
		v := values[i]
		if x, ok := v.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
			v = strconv.FormatFloat(x, 'g', -1, 64)
		}
		text, _ := json.Marshal(v)
		if s, ok := v.(string); ok && f.Kind == component.JSON {
			text = []byte(s)
		}
		out = append(append(append(out, name...), ':'), text...)
	}
	return string(append(out, '}'))
}
