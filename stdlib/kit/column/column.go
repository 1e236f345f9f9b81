// Package column is what libraries share that keep state in the tables of a database: a column for each field of the key and each state, so that whoever reads the table by SQL finds
// what he would expect, and values that come back exactly as they were.
//
//	bool            boolean, in SQLite 0 or 1
//	int, duration   a whole number; of a duration, its nanoseconds
//	float           a number; NaN is a text in SQLite, which has none
//	string          a text; one that is no UTF-8, holds a NUL, or begins with \x is written \x and its bytes in hexadecimal
//	decimal, time   a text, 12.50 or 2026-01-02T15:04:05.000000001Z, exact to the last digit
//	bytes           bytes
//	enum            a text, its name
//	all others      a text, their JSON as `state show` has it
package column

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/shape"
	"github.com/topo-lang/topo/runtime/store"
)

// Type is what a column holds.
type Type int

// The types of columns.
const (
	Bool Type = iota
	Int
	Float
	Text
	Bytes
)

// Of is the type of the column of a field.
func Of(t *shape.Type) Type {
	switch t.Kind {
	case shape.Bool:
		return Bool
	case shape.Int, shape.Duration:
		return Int
	case shape.Float:
		return Float
	case shape.Bytes:
		return Bytes
	}
	return Text
}

// The columns beside those of fields.
const (
	Txid = "topo_txid"
	Prev = "topo_prev"
)

// Quote writes a name as SQL has it.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Names are the quoted names of fields.
func Names(fields []shape.Field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = Quote(f.Name)
	}
	return out
}

// Check sees that all columns of a table have names of their own.
func Check(t store.Table) error {
	seen := map[string]bool{Txid: true, Prev: true}
	for _, fields := range [][]shape.Field{t.Key, t.States} {
		for _, f := range fields {
			name := strings.ToLower(f.Name)
			if seen[name] {
				return fault.New("rename the state", "there would be two columns %s in the table", f.Name)
			}
			seen[name] = true
		}
	}
	return nil
}

// Append reads values that stand one behind the other and appends each as what its column takes: bool, int64, float64, string or []byte.
func Append(dst []any, fields []shape.Field, src []byte) ([]any, error) {
	r := codec.NewReader(src)
	for _, f := range fields {
		v, err := valueOf(f.Type, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		dst = append(dst, v)
	}
	return dst, r.Close()
}

func valueOf(t *shape.Type, r *codec.Reader) (any, error) {
	switch t.Kind {
	case shape.Bool:
		return r.Bool(), r.Err()
	case shape.Int, shape.Duration:
		return r.Int(), r.Err()
	case shape.Float:
		return r.Float(), r.Err()
	case shape.Bytes:
		return append([]byte{}, r.Bytes()...), r.Err()
	case shape.String:
		return escape(r.String()), r.Err()
	}
	text, err := t.JSON(nil, r)
	if err != nil {
		return nil, err
	}
	switch t.Kind {
	case shape.Time, shape.Decimal, shape.Enum:
		return string(text[1 : len(text)-1]), nil // plain characters in quotes
	}
	return escape(string(text)), nil
}

// Read is Append the other way round: it appends the values to dst as package codec writes them.
func Read(dst []byte, fields []shape.Field, values []any) ([]byte, error) {
	for i, f := range fields {
		var err error
		if dst, err = read(dst, f.Type, values[i]); err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
	}
	return dst, nil
}

func read(dst []byte, t *shape.Type, v any) ([]byte, error) {
	bad := func() ([]byte, error) { return nil, fmt.Errorf("%.60v is no %s", v, t) }
	if text, ok := v.([]byte); ok && t.Kind != shape.Bytes {
		v = string(text)
	}
	switch t.Kind {
	case shape.Bool:
		switch b := v.(type) {
		case bool:
			return codec.AppendBool(dst, b), nil
		case int64:
			if b == 0 || b == 1 {
				return codec.AppendBool(dst, b == 1), nil
			}
		}
		return bad()
	case shape.Int, shape.Duration:
		if n, ok := v.(int64); ok {
			return codec.AppendInt(dst, n), nil
		}
		return bad()
	case shape.Float:
		switch f := v.(type) {
		case float64:
			return codec.AppendFloat(dst, f), nil
		case int64:
			return codec.AppendFloat(dst, float64(f)), nil
		case string:
			if f == "NaN" {
				return codec.AppendFloat(dst, math.NaN()), nil
			}
		}
		return bad()
	case shape.Bytes:
		switch b := v.(type) {
		case []byte:
			return codec.AppendBytes(dst, b), nil
		case string:
			return codec.AppendString(dst, b), nil
		}
		return bad()
	}
	text, ok := v.(string)
	if !ok {
		return bad()
	}
	switch t.Kind {
	case shape.String:
		text, err := unescape(text)
		if err != nil {
			return bad()
		}
		return codec.AppendString(dst, text), nil
	case shape.Time, shape.Decimal, shape.Enum:
		if strings.ContainsAny(text, "\"\\") {
			return bad()
		}
		return t.FromJSON(dst, []byte(`"`+text+`"`))
	}
	text, err := unescape(text)
	if err != nil {
		return bad()
	}
	return t.FromJSON(dst, []byte(text))
}

// escape makes a text of any string, so that every database takes it.
func escape(s string) string {
	if strings.HasPrefix(s, `\x`) || strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return `\x` + hex.EncodeToString([]byte(s))
	}
	return s
}

func unescape(s string) (string, error) {
	code, ok := strings.CutPrefix(s, `\x`)
	if !ok {
		return s, nil
	}
	b, err := hex.DecodeString(code)
	return string(b), err
}
