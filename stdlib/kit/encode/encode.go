// Package encode writes tuples as text, a line each: tsv, csv, json and text are the same wherever the standard
// library writes them.
//
//	tsv   values between tabs; in them \t \n \r stand for tab, line feed and carriage return
//	csv   RFC 4180: values between commas, quoted where they hold a comma, a quote or the end of a line
//	json  an object, its fields in the schema's order; NaN and the infinities, which JSON lacks, are null
//	text  values between spaces, as they are
//
// Times are RFC 3339 in UTC, durations as in 1m30s, bytes base64 (in text: as they are), and lists, maps, records and optionals JSON; but in
// csv an optional is its value as it is, or empty.
package encode

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/jsontext"
	"github.com/topo-lang/topo/runtime/value"
)

// Format is one of the formats.
type Format int

// The formats.
const (
	TSV Format = iota
	CSV
	JSON
	Text
)

// ParseFormat reads the argument `format`; known are the formats that the component offers.
func ParseFormat(s string, known ...Format) (Format, error) {
	names := []string{"tsv", "csv", "json", "text"}
	var offered []string
	for _, f := range known {
		if names[f] == s {
			return f, nil
		}
		offered = append(offered, strconv.Quote(names[f]))
	}
	return 0, fault.New("choose one of "+strings.Join(offered, ", "), "format: %q is not known here", s)
}

// Encoder writes the tuples of one schema.
type Encoder struct {
	format Format
	keys   []string // json: `{"a":`, `,"b":`
	names  []string
	arena  arena.Arena
}

// New returns an encoder for a schema. Columns that were computed per tuple are not part of the tuple and must come last.
func New(format Format, schema []component.Column) *Encoder {
	e := &Encoder{format: format}
	for i, c := range schema {
		if c.PerTuple {
			break
		}
		open := byte(',')
		if i == 0 {
			open = '{'
		}
		e.keys = append(e.keys, string(append(AppendJSONString([]byte{open}, c.Name), ':')))
		e.names = append(e.names, c.Name)
	}
	return e
}

// AppendHeader appends the line of names with which csv and tsv files may begin.
func (e *Encoder) AppendHeader(b []byte) []byte {
	for i, name := range e.names {
		b = e.separate(b, i)
		b = e.appendText(b, name)
	}
	return append(b, '\n')
}

// AppendLine appends a tuple and the end of a line.
func (e *Encoder) AppendLine(b []byte, rows *component.Columns, row int) []byte {
	return append(e.Append(b, rows, row), '\n')
}

// Append appends a tuple.
func (e *Encoder) Append(b []byte, rows *component.Columns, row int) []byte {
	if e.format == JSON {
		for i, key := range e.keys {
			b = append(b, key...)
			b = appendJSON(b, &rows.Cols[i], row)
		}
		if len(e.keys) == 0 {
			b = append(b, '{')
		}
		return append(b, '}')
	}
	for i := range e.names {
		b = e.separate(b, i)
		switch c := &rows.Cols[i]; c.Kind {
		case component.String, component.JSON:
			b = e.appendText(b, e.plain(c, c.Strings[row]))
		case component.Bytes:
			if e.format == Text {
				b = append(b, c.Blobs[row]...)
			} else {
				b = base64.StdEncoding.AppendEncode(b, c.Blobs[row])
			}
		default:
			b = AppendPlain(b, c, row)
		}
	}
	return b
}

// plain is a value's text. In csv, what may be missing is an empty value or the text that it is, not JSON: so it is read back.
func (e *Encoder) plain(c *component.Column, s string) string {
	if e.format != CSV || c.Kind != component.JSON || !c.Optional {
		return s
	}
	if jsontext.IsNull(s) {
		return ""
	}
	e.arena.Reset()
	if text, ok := jsontext.String(&e.arena, s); ok {
		return text
	}
	return s
}

func (e *Encoder) separate(b []byte, i int) []byte {
	switch {
	case i == 0:
		return b
	case e.format == CSV:
		return append(b, ',')
	case e.format == Text:
		return append(b, ' ')
	}
	return append(b, '\t')
}

func (e *Encoder) appendText(b []byte, s string) []byte {
	switch e.format {
	case TSV:
		return AppendTSV(b, s)
	case CSV:
		return appendCSV(b, s)
	}
	return append(b, s...)
}

// AppendPlain appends a value that needs no escaping: one of a kind other than String, Bytes and JSON.
func AppendPlain(b []byte, c *component.Column, row int) []byte {
	switch c.Kind {
	case component.Bool:
		return strconv.AppendBool(b, c.Bools[row])
	case component.Int:
		return strconv.AppendInt(b, c.Ints[row], 10)
	case component.Float:
		return value.AppendFloat(b, c.Floats[row])
	case component.Decimal:
		return value.AppendDecimal(b, c.Decimals[row])
	case component.Time:
		return c.Times[row].UTC().AppendFormat(b, time.RFC3339Nano)
	case component.Duration:
		return append(b, c.Durations[row].String()...)
	}
	panic("encode: a kind of column that has text")
}

// AppendTSV appends s with tab, line feed and carriage return escaped, so that a row stays a line and its values apart. A
// backslash stays as it is: what other programs print and sort is the text itself. JSON and CSV read back exactly.
func AppendTSV(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		if s[i] > '\r' {
			continue // most bytes
		}
		var short byte
		switch s[i] {
		case '\t':
			short = 't'
		case '\n':
			short = 'n'
		case '\r':
			short = 'r'
		default:
			continue
		}
		b = append(append(b, s[from:i]...), '\\', short)
		from = i + 1
	}
	return append(b, s[from:]...)
}

func appendCSV(b []byte, s string) []byte {
	// An empty text is quoted, since a line of one empty value would be an empty line, which readers pass over.
	if s != "" && !strings.ContainsAny(s, ",\"\r\n") && s[0] != ' ' && s[len(s)-1] != ' ' {
		return append(b, s...)
	}
	b = append(b, '"')
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			break
		}
		b = append(append(b, s[:i]...), `""`...)
		s = s[i+1:]
	}
	return append(append(b, s...), '"')
}
