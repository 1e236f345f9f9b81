package csv

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/jsontext"
	"github.com/topo-lang/topo/runtime/spell"
	"github.com/topo-lang/topo/runtime/value"
	"github.com/topo-lang/topo/stdlib/file"
	"github.com/topo-lang/topo/stdlib/kit/decode"
)

// Read is the spout csv.read.
type Read struct {
	Path      string
	Header    bool
	Separator string
	MaxRecord int64
	Invalid   string

	files  file.Files
	schema []component.Column
	bad    decode.Bad
	comma  rune

	now     io.ReadSeekCloser // the file that is being read
	name    string
	line    int   // where the last record began
	before  int64 // what stands in the file before what records reads, of which it knows nothing
	lines   int   // the same, in lines
	records *csv.Reader
	limit   *limited
	width   int   // how many columns there are
	columns []int // by field: the column of the file
	err     error // told at the next Next
}

var _ component.ColumnSpout = (*Read)(nil)

// Open implements component.ColumnSpout.
func (r *Read) Open(ctx *component.Context, schema []component.Column) error {
	var err error
	if r.bad, err = decode.ParseBad(r.Invalid, ctx); err != nil {
		return err
	}
	if r.MaxRecord < 1 || r.MaxRecord > 1<<30 {
		return fault.New("choose a size from 1 byte to 1GB", "max_record: %d bytes is out of range", r.MaxRecord)
	}
	comma, size := utf8.DecodeRuneInString(r.Separator)
	if size == 0 || size != len(r.Separator) || strings.ContainsRune("\"\r\n\ufffd", comma) {
		return fault.New(`choose one character, such as "," or ";" or a tab`, "separator: %q does not separate values", r.Separator)
	}
	r.comma, r.schema = comma, schema
	return r.files.Open(ctx, r.Path)
}

// Next implements component.ColumnSpout.
func (r *Read) Next(ctx context.Context, out *component.Columns) error {
	for !out.Full() && ctx.Err() == nil && r.err == nil {
		r.err = r.record(out)
	}
	if out.N > 0 && r.err != io.EOF {
		return nil
	}
	return r.err
}

// record reads one record, or goes on to the next file.
func (r *Read) record(out *component.Columns) error {
	if r.records == nil {
		return r.advance()
	}
	values, err := r.read()
	var wrong *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return r.advance()
	case errors.As(err, &wrong):
		bad := fmt.Errorf("not CSV: %w in line %d, column %d", wrong.Err, wrong.Line+r.lines, wrong.Column)
		if wrong.Line > wrong.StartLine {
			bad = fmt.Errorf("%w, of a record that begins in line %d: all lines between are part of it, and fail with it; perhaps its quote was to end before", bad, wrong.StartLine+r.lines)
		}
		return r.bad.Tuple(r.place(wrong.StartLine+r.lines), asJSON(values), bad)
	case err != nil:
		return err
	}
	if len(values) > r.width {
		// A comma in a text that is not quoted would otherwise cut it off, unseen.
		return r.bad.Tuple(r.place(r.line), asJSON(values), fmt.Errorf("the record has %d values, and there are %d columns", len(values), r.width))
	}
	if err := r.append(values, out); err != nil {
		return r.bad.Tuple(r.place(r.line), asJSON(values), err)
	}
	out.N++
	return nil
}

// asJSON is a record as a list of texts, as far as it could be read.
func asJSON(values []string) string {
	text, err := json.Marshal(values)
	if err != nil || len(values) == 0 {
		return ""
	}
	return string(text)
}

func (r *Read) place(line int) string { return r.name + ":" + strconv.Itoa(line) }

// read reads a record within the bounds of its size.
func (r *Read) read() ([]string, error) {
	r.limit.left = r.MaxRecord + bufferSize
	values, err := r.records.Read()
	if errors.Is(err, errLarge) {
		return nil, fault.New("raise it, for example `max_record: 64MB`, or look for a quote that is never closed",
			"%s: a record behind line %d is larger than max_record, %d bytes", r.name, r.line, r.MaxRecord)
	}
	var wrong *csv.ParseError
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &wrong) {
		return nil, fault.New("the text before this place has been read; check the disk or the network behind it, then run again", "%s: cannot read on: %w", r.name, err)
	}
	if err == nil {
		r.line, _ = r.records.FieldPos(0)
		r.line += r.lines
	}
	return values, err
}

// advance goes to the next file and reads its header; io.EOF tells that there is none.
func (r *Read) advance() error {
	r.close()
	f, name, err := r.files.Next()
	if err != nil {
		return err
	}
	r.now, r.name, r.line, r.before, r.lines = f, name, 0, 0, 0
	r.limit = &limited{r: f, left: r.MaxRecord + bufferSize}
	text := bufio.NewReaderSize(r.limit, bufferSize)
	if mark, err := text.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		_, _ = text.Discard(len(byteOrderMark)) // it is there
		r.before = int64(len(byteOrderMark))
	}
	r.reads(text)
	r.columns = r.columns[:0]
	if !r.Header {
		for i := range r.schema {
			r.columns = append(r.columns, i)
		}
		r.width = len(r.schema)
		return nil
	}
	names, err := r.read()
	switch {
	case errors.Is(err, io.EOF):
		return nil // an empty file
	case err != nil:
		return fault.New("the first line names the columns; say `header: false` where it does not", "%s: its header cannot be read: %w", r.name, err)
	}
	return r.match(names)
}

// reads begins to read records.
func (r *Read) reads(text io.Reader) {
	r.records = csv.NewReader(text)
	r.records.Comma, r.records.FieldsPerRecord, r.records.ReuseRecord = r.comma, -1, true
}

// Position implements component.Positioned.
func (r *Read) Position() ([]byte, error) {
	if r.records == nil {
		return r.files.Position(false, 0, 0)
	}
	return r.files.Position(true, r.before+r.records.InputOffset(), int64(r.line))
}

// Rewind implements component.Positioned.
func (r *Read) Rewind(position []byte) error {
	r.close()
	r.err = nil
	offset, line, err := r.files.Rewind(position)
	if err != nil || offset == 0 {
		return err
	}
	if err := r.advance(); err != nil { // which reads the header
		return err
	}
	if _, err := r.now.Seek(offset, io.SeekStart); err != nil {
		return fault.New("check the disk or the network behind it, then run again", "%s: cannot be read again: %w", r.name, err)
	}
	r.limit.left = r.MaxRecord + bufferSize
	r.reads(bufio.NewReaderSize(r.limit, bufferSize))
	r.before, r.line, r.lines = offset, int(line), int(line)
	return nil
}

const (
	byteOrderMark = "\ufeff"
	bufferSize    = 64 << 10
)

// match finds each field's column by its name.
func (r *Read) match(names []string) error {
	r.width = len(names)
	at, twice := map[string]int{}, map[string]bool{}
	for i, n := range names {
		n = strings.TrimSpace(n)
		names[i] = n
		if _, there := at[n]; there {
			twice[n] = true
		} else {
			at[n] = i
		}
	}
	for _, c := range r.schema {
		i, ok := at[c.Name]
		if !ok {
			help := "its columns are " + short(strings.Join(names, ", ")) + "; say `header: false` where the first line is no header"
			if near := spell.Suggest(c.Name, names); near != "" {
				help = "did you mean " + strconv.Quote(near) + "? " + help
			}
			return fault.New(help, "%s: no column %q", r.name, c.Name)
		}
		if twice[c.Name] {
			return fault.New("give one of them another name", "%s: two columns are named %q", r.name, c.Name)
		}
		r.columns = append(r.columns, i)
	}
	return nil
}

// append appends a record's values to the columns; where it returns an error, the columns are as they were.
func (r *Read) append(values []string, out *component.Columns) error {
	for i, at := range r.columns {
		err := errNoColumn
		if at < len(values) {
			err = appendValue(&out.Cols[i], values[at])
		}
		if err == nil {
			continue
		}
		for j := range i {
			decode.Shorten(&out.Cols[j], out.N)
		}
		return fmt.Errorf("field %s %w", r.schema[i].Name, err)
	}
	return nil
}

var errNoColumn = errors.New("is missing: the record has too few values")

// appendValue reads a value as its column's kind.
func appendValue(c *component.Column, s string) error {
	if !utf8.ValidString(s) {
		return errors.New("is not UTF-8 text")
	}
	switch c.Kind {
	case component.String:
		if err := check(c, s); err != nil {
			return err
		}
		c.Strings = append(c.Strings, s)
		return nil
	case component.JSON:
		return appendJSON(c, s)
	case component.Bytes:
		b, err := base64.StdEncoding.DecodeString(s)
		return put(&c.Blobs, b, err, s, "base64")
	}
	t := strings.TrimSpace(s)
	switch c.Kind {
	case component.Bool:
		b, err := value.ParseBool(strings.ToLower(t))
		return put(&c.Bools, b, err, s, "true or false")
	case component.Int:
		n, err := value.ParseInt(t)
		return put(&c.Ints, n, err, s, "a whole number that an int holds")
	case component.Float:
		f, err := value.ParseFloat(t)
		return put(&c.Floats, f, err, s, "a number that a float holds")
	case component.Decimal:
		d, err := value.ParseDecimal(t)
		return put(&c.Decimals, d, err, s, "a number that a decimal holds (19 digits)")
	case component.Time:
		at, err := time.Parse(time.RFC3339Nano, t)
		return put(&c.Times, at.UTC(), err, s, "a time such as 2026-01-02T15:04:05Z")
	case component.Duration:
		d, err := time.ParseDuration(t)
		return put(&c.Durations, d, err, s, "a duration such as 1m30s")
	}
	panic("csv: an unknown kind of column")
}

// appendJSON reads what has no column of its own: what may be missing, and values of JSON.
func appendJSON(c *component.Column, s string) error {
	if c.Optional {
		switch c.Of {
		case component.String, component.Bytes, component.Time, component.Duration:
			if s == "" {
				c.Strings = append(c.Strings, "null")
			} else if err := check(c, s); err != nil {
				return err
			} else {
				c.Strings = append(c.Strings, string(value.JSONString(nil, s)))
			}
			return nil
		}
	}
	if strings.TrimSpace(s) == "" {
		s = "null"
	}
	text, problem := jsontext.Compact(s)
	if !problem.OK() {
		return errors.New("is " + short(strconv.Quote(s)) + ": " + problem.String())
	}
	c.Strings = append(c.Strings, text)
	return nil
}

// check looks whether a text is a value of the column's type.
func check(c *component.Column, s string) error {
	if c.Check == nil {
		return nil
	}
	if err := c.Check(s); err != nil {
		return fmt.Errorf("is %s, %w", short(strconv.Quote(s)), err)
	}
	return nil
}

func put[T any](list *[]T, x T, err error, s, want string) error {
	if err != nil {
		if s == "" {
			return errors.New("is empty, not " + want)
		}
		return errors.New("is " + short(strconv.Quote(s)) + ", not " + want)
	}
	*list = append(*list, x)
	return nil
}

// short cuts a text that would burst a message.
func short(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

func (r *Read) close() {
	if r.now != nil {
		r.now.Close() // it was only read from: nothing can be lost
		r.now, r.records = nil, nil
	}
}

// Close implements component.ColumnSpout.
func (r *Read) Close() error {
	r.close()
	r.bad.Close()
	return nil
}

// limited gives so many bytes, and then an error: a quote that is never closed must not fill the memory.
type limited struct {
	r    io.Reader
	left int64
}

var errLarge = errors.New("too large")

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLarge
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}
