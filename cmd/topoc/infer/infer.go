// Package infer finds out what the columns of a file are: of CSV with a header, and of JSON Lines. It reads the beginning of the file only; what does not fit further
// down fails as a tuple when the file is read.
package infer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/topo-lang/topo/lang/parser"
)

// How much of a file is looked at.
const (
	lookBytes   = 4 << 20
	lookRecords = 20_000
)

// Schema is what a file holds.
type Schema struct {
	JSON      bool // JSON Lines, else CSV
	Separator rune
	Fields    []Field
	// Left are columns that no field can be named after, or that come twice.
	Left []string
}

// Field is a column.
type Field struct {
	Name string
	Type string // as a topology writes it
}

// File infers the schema of a file by its name's end and its beginning.
func File(path string) (*Schema, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, lookBytes+1))
	if err != nil {
		return nil, err
	}
	all := len(data) <= lookBytes
	if !all {
		data = data[:lookBytes]
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var s *Schema
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".json", ".jsonl", ".ndjson":
		s, err = fromJSON(data)
	case ".parquet":
		return nil, errors.New("a Parquet file can't be read")
	case ".tsv", ".tab":
		s, err = fromCSV(data, all, '\t')
	default:
		s, err = fromCSV(data, all, separator(data))
	}
	if err == nil && len(s.Fields) == 0 {
		err = errors.New("it has no columns")
	}
	return s, err
}

// separator is what parts the columns of the first line.
func separator(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', 0
	for _, r := range ",;\t|" {
		if n := bytes.Count(line, []byte(string(r))); n > most {
			best, most = r, n
		}
	}
	return best
}

// kind is what values of a column have been so far: each allows less than the one before.
type kind int

const (
	nothing kind = iota
	whole
	number
	truth
	moment
	text
	value // of JSON: lists and objects, or several kinds
)

var typeOf = map[kind]string{nothing: "string", whole: "int", number: "float", truth: "bool", moment: "time", text: "string", value: "json"}

// column is what is known of a column.
type column struct {
	name    string
	kind    kind
	seen    int
	missing bool
	json    bool
}

// and is a kind that holds values of both.
func (k kind) and(other, otherwise kind) kind {
	switch {
	case k == nothing || k == other:
		return other
	case other == nothing:
		return k
	case k == whole && other == number, k == number && other == whole:
		return number
	}
	return otherwise
}

func (c *column) field() Field {
	t := typeOf[c.kind]
	if c.missing && (c.json && c.kind != value || c.kind != text && c.kind != nothing) {
		t += "?"
	}
	return Field{Name: c.name, Type: t}
}

// kindOf is what a text says.
func kindOf(s string) kind {
	if s == "" {
		return nothing
	}
	if s == "true" || s == "false" {
		return truth
	}
	if c := s[0]; c >= '0' && c <= '9' || (c == '-' || c == '.') && len(s) > 1 {
		digits := strings.TrimPrefix(s, "-")
		if len(digits) > 1 && digits[0] == '0' && digits[1] != '.' && digits[1] != 'e' {
			if _, err := time.Parse(time.RFC3339, s); err != nil {
				return text // a code, as of a place
			}
			return moment
		}
		if _, err := strconv.ParseInt(s, 10, 64); err == nil {
			return whole
		}
		if _, err := strconv.ParseFloat(s, 64); err == nil && !strings.ContainsAny(s, "xXpP_") {
			return number
		}
		if _, err := time.Parse(time.RFC3339, s); err == nil {
			return moment
		}
	}
	return text
}

func fromCSV(data []byte, all bool, sep rune) (*Schema, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = sep, -1, true
	names, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty: the first line names the columns")
	} else if err != nil {
		return nil, fmt.Errorf("its first line is not CSV: %w", err)
	}
	columns := make([]*column, len(names))
	for i, n := range names {
		columns[i] = &column{name: n}
	}
	for n := 0; n < lookRecords; n++ {
		values, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if !all && r.InputOffset() >= int64(len(data)) || err != nil {
			if err != nil && r.InputOffset() < int64(len(data)) {
				continue // a tuple that fails
			}
			break
		}
		for i, v := range values {
			if i >= len(columns) {
				break
			}
			c := columns[i]
			c.seen++
			c.missing = c.missing || v == ""
			c.kind = c.kind.and(kindOf(v), text)
		}
	}
	s := &Schema{Separator: sep}
	for _, c := range columns {
		s.add(c)
	}
	return s, nil
}

// add makes a field of a column, where that can be.
func (s *Schema) add(c *column) {
	if !isName(c.name) || slices.ContainsFunc(s.Fields, func(f Field) bool { return f.Name == c.name }) {
		s.Left = append(s.Left, c.name)
		return
	}
	s.Fields = append(s.Fields, c.field())
}

// isName reports whether a field can have a name.
func isName(name string) bool {
	for i, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != "" && utf8.RuneCountInString(name) <= 100
}

func fromJSON(data []byte) (*Schema, error) {
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, lookBytes)
	var order []*column
	columns := map[string]*column{}
	records := 0
	for records < lookRecords && lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		var members map[string]json.RawMessage
		if err := d.Decode(&members); err != nil {
			if records == 0 {
				return nil, errors.New("its first line is no JSON object: JSON Lines have one on each line")
			}
			continue
		}
		for name, raw := range members {
			c := columns[name]
			if c == nil {
				c = &column{name: name, missing: records > 0, json: true}
				columns[name] = c
			}
			c.seen++
			k := nothing
			switch raw[0] {
			case 'n':
				c.missing = true
			case 't', 'f':
				k = truth
			case '"':
				var s string
				_ = json.Unmarshal(raw, &s) // it was read as JSON
				if k = text; kindOf(s) == moment {
					k = moment
				}
			case '[', '{':
				k = value
			default:
				if k = number; kindOf(string(raw)) == whole {
					k = whole
				}
			}
			other := value
			if c.kind != value && k != value && (c.kind == text || c.kind == moment) && (k == text || k == moment) {
				other = text
			}
			c.kind = c.kind.and(k, other)
		}
		for _, name := range memberOrder(line) {
			if c := columns[name]; c != nil && !slices.Contains(order, c) {
				order = append(order, c)
			}
		}
		records++
	}
	s := &Schema{JSON: true}
	for _, c := range order {
		c.missing = c.missing || c.seen < records
		s.add(c)
	}
	return s, nil
}

// memberOrder are the names of an object's members as they stand.
func memberOrder(line []byte) (names []string) {
	d := json.NewDecoder(bytes.NewReader(line))
	if _, err := d.Token(); err != nil {
		return nil
	}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return names
		}
		names = append(names, name)
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return names
		}
	}
	return names
}

// Name makes a name for a file that a topology can use.
func Name(path string) string {
	stem := filepath.Base(path)
	stem = strings.TrimSuffix(stem, filepath.Ext(stem))
	var b strings.Builder
	for _, r := range strings.ToLower(stem) {
		if r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' && b.Len() > 0 {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "_") {
			b.WriteByte('_')
		}
	}
	name := strings.Trim(b.String(), "_")
	if name == "" {
		name = "rows"
	}
	if parser.Reserved(name) || slices.Contains([]string{"select", "from", "join", "where", "group", "window", "order", "union", "answer", "out"}, name) {
		name += "_rows"
	}
	return name
}
