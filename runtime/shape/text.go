package shape

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/value"
)

// Row is what a bolt keeps of one key, or once in a task, as JSON.
type Row struct {
	// Key is an object; nil of what there is once.
	Key json.RawMessage `json:"key,omitempty"`
	// Gone says that a key was deleted: there is nothing else then.
	Gone   bool                       `json:"gone,omitempty"`
	States map[string]json.RawMessage `json:"state,omitempty"`
	After  []After                    `json:"after,omitempty"`
	// Written is when states with a ttl were.
	Written map[string]time.Time `json:"written,omitempty"`
	Failed  bool                 `json:"failed,omitempty"` // all tuples of the key have: it is not live
	raw     string
}

// After is a timer of a key.
type After struct {
	Last  time.Time `json:"last"`
	Waits bool      `json:"waits"`
}

// ID tells rows of one part apart: the key's bytes, "" of what there is once.
func (r *Row) ID() string { return r.raw }

// Rows reads what Changes gave, row by row. Where text is false only the rows' IDs are read.
func (s *Shape) Rows(src []byte, text bool, each func(Row) error) (err error) {
	var stop error
	err = guard(func() { stop = s.rows(src, text, each) })
	if stop != nil {
		return stop
	}
	return err
}

func (s *Shape) rows(src []byte, text bool, each func(Row) error) error {
	r := codec.NewReader(src)
	states := func(list []State) map[string]json.RawMessage {
		out := map[string]json.RawMessage{}
		for _, st := range list {
			if text {
				out[st.Name] = st.Type.toJSON(nil, r)
			} else {
				move(nil, r, st.Type, st.Type)
			}
		}
		return out
	}
	if own := s.own(); len(own) > 0 && r.Bool() {
		row := Row{States: states(own)}
		check(r)
		if err := each(row); err != nil {
			return err
		}
	}
	check(r)
	if s.Key() == nil {
		return nil
	}
	left, _ := r.Rest()
	if s.Gone {
		n := r.Count()
		left, _ = r.Rest()
		for ; n > 0; n-- {
			key := s.key(r, &left)
			if err := each(Row{Key: s.keyJSON(key), Gone: true, raw: string(key)}); err != nil {
				return err
			}
		}
	}
	for r.More() {
		left, _ = r.Rest()
		key := s.key(r, &left)
		row := Row{raw: string(key), States: states(s.keyed())}
		if text {
			row.Key = s.keyJSON(key)
		}
		for range s.After {
			row.After = append(row.After, After{r.Time(), r.Bool()})
		}
		for _, st := range s.keyed() {
			if st.TTL {
				if row.Written == nil {
					row.Written = map[string]time.Time{}
				}
				row.Written[st.Name] = r.Time()
			}
		}
		if s.Live {
			row.Failed = !r.Bool()
		}
		check(r)
		if err := each(row); err != nil {
			return err
		}
	}
	check(r)
	return nil
}

// plainKey reports whether the key is one number, which the table has as it is.
func (s *Shape) plainKey() bool {
	key := s.Key()
	if len(key) != 1 {
		return false
	}
	k := key[0].Type.Kind
	return k == Int || k == Time || k == Duration || k == Enum
}

// keyJSON is a key as an object.
func (s *Shape) keyJSON(key []byte) json.RawMessage {
	r := codec.NewReader(key)
	out := []byte{'{'}
	for i, k := range s.Key() {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(strconv.AppendQuote(out, k.Name), ':')
		if !s.plainKey() {
			out = k.Type.toJSON(out, r)
			continue
		}
		n := r.Int()
		switch k.Type.Kind {
		case Int:
			out = strconv.AppendInt(out, n, 10)
		case Time:
			out = quoted(out, time.Unix(0, n).UTC().Format(time.RFC3339Nano))
		case Duration:
			out = quoted(out, time.Duration(n).String())
		case Enum:
			if n < 0 || n >= int64(len(k.Type.Values)) {
				panic(fail{fmt.Errorf("there is no value %d of the enum %s", n, k.Type)})
			}
			out = quoted(out, k.Type.Values[n])
		}
	}
	return append(out, '}')
}

func quoted(dst []byte, text string) []byte {
	b, _ := json.Marshal(text) // a text is no problem
	return append(dst, b...)
}

// toJSON reads a value and appends it as JSON.
func (t *Type) toJSON(dst []byte, r *codec.Reader) []byte {
	defer check(r)
	switch t.Kind {
	case Bool:
		return strconv.AppendBool(dst, r.Bool())
	case Int:
		return strconv.AppendInt(dst, r.Int(), 10)
	case Float:
		f := r.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return quoted(dst, strconv.FormatFloat(f, 'g', -1, 64))
		}
		return strconv.AppendFloat(dst, f, 'g', -1, 64)
	case Decimal:
		return quoted(dst, string(value.AppendDecimal(nil, r.Decimal())))
	case String:
		text := r.String()
		if !utf8.ValidString(text) { // which JSON has no place for
			return append(quoted(append(dst, `{"base64":`...), base64.StdEncoding.EncodeToString([]byte(text))), '}')
		}
		return quoted(dst, text)
	case Bytes:
		return quoted(dst, base64.StdEncoding.EncodeToString(r.Bytes()))
	case Time:
		return quoted(dst, r.Time().UTC().Format(time.RFC3339Nano))
	case Duration:
		return quoted(dst, r.Duration().String())
	case JSON:
		text := r.Bytes()
		if !json.Valid(text) {
			panic(fail{fmt.Errorf("%q is no JSON", text)})
		}
		return append(dst, text...)
	case Enum:
		i := r.Uvarint()
		if i >= uint64(len(t.Values)) {
			panic(fail{fmt.Errorf("there is no value %d of the enum %s", i, t)})
		}
		return quoted(dst, t.Values[i])
	case Option:
		if r.Bool() {
			return append(t.Elem.toJSON(append(dst, '['), r), ']')
		}
		return quoted(dst, r.String()) // why there is none
	case List:
		dst = append(dst, '[')
		for i, n := 0, r.Count(); i < n; i++ {
			check(r)
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = t.Elem.toJSON(dst, r)
		}
		return append(dst, ']')
	case Map:
		dst = append(dst, '[')
		for i, n := 0, r.Count(); i < n; i++ {
			check(r)
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = t.Key.toJSON(append(dst, '['), r)
			dst = append(t.Elem.toJSON(append(dst, ','), r), ']')
		}
		return append(dst, ']')
	case Record:
		dst = append(dst, '{')
		for i, f := range t.Fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = f.Type.toJSON(append(strconv.AppendQuote(dst, f.Name), ':'), r)
		}
		return append(dst, '}')
	}
	panic(fail{fmt.Errorf("no value is a %s", t)})
}

// Append appends rows as Changes gives them: those of keys, or one of what there is once; several calls of it make several such parts.
func (s *Shape) Append(rows []Row) (dst []byte, err error) {
	err = guard(func() { dst = s.append(rows) })
	return dst, err
}

func (s *Shape) append(rows []Row) (dst []byte) {
	var own *Row
	var keyed, gone []Row
	for i := range rows {
		switch {
		case rows[i].Key == nil:
			own = &rows[i]
		case rows[i].Gone:
			gone = append(gone, rows[i])
		default:
			keyed = append(keyed, rows[i])
		}
	}
	states := func(list []State, of map[string]json.RawMessage) {
		for _, st := range list {
			dst = st.Type.fromJSON(dst, decoded(of[st.Name], "state "+st.Name))
		}
	}
	if list := s.own(); len(list) > 0 {
		dst = codec.AppendBool(dst, own != nil)
		if own != nil {
			states(list, own.States)
		}
	} else if own != nil {
		panic(fail{fmt.Errorf("nothing is kept once")})
	}
	if s.Key() == nil {
		if len(keyed)+len(gone) > 0 {
			panic(fail{fmt.Errorf("nothing is kept by a key")})
		}
		return dst
	}
	if s.Gone {
		dst = codec.AppendUvarint(dst, uint64(len(gone)))
		for _, row := range gone {
			dst = s.keyFrom(dst, row.Key)
		}
	}
	for _, row := range keyed {
		dst = s.keyFrom(dst, row.Key)
		states(s.keyed(), row.States)
		if len(row.After) != s.After {
			panic(fail{fmt.Errorf("there are %d timers, and should be %d", len(row.After), s.After)})
		}
		for _, a := range row.After {
			dst = codec.AppendBool(codec.AppendTime(dst, a.Last), a.Waits)
		}
		for _, st := range s.keyed() {
			if st.TTL {
				dst = codec.AppendTime(dst, row.Written[st.Name])
			}
		}
		if s.Live {
			dst = codec.AppendBool(dst, !row.Failed)
		}
	}
	return dst
}

// decoded is JSON as values, numbers as they are written.
func decoded(text json.RawMessage, what string) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(fail{fmt.Errorf("%s: %w", what, err)})
	}
	return v
}

func (s *Shape) keyFrom(dst []byte, text json.RawMessage) []byte {
	of, _ := decoded(text, "a key").(map[string]any)
	for _, k := range s.Key() {
		v, ok := of[k.Name]
		if !ok {
			panic(fail{fmt.Errorf("a key lacks %s", k.Name)})
		}
		if !s.plainKey() {
			dst = k.Type.fromJSON(dst, v)
			continue
		}
		b := k.Type.fromJSON(nil, v)
		r := codec.NewReader(b)
		switch k.Type.Kind {
		case Time:
			dst = codec.AppendInt(dst, r.Time().UnixNano())
		case Enum:
			dst = codec.AppendInt(dst, int64(r.Uvarint()))
		default:
			dst = append(dst, b...)
		}
	}
	return dst
}

// fromJSON appends a value that was JSON.
func (t *Type) fromJSON(dst []byte, v any) []byte {
	bad := func() []byte { panic(fail{fmt.Errorf("%.60v is no %s", v, t)}) }
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	list, isList := v.([]any)
	switch t.Kind {
	case Bool:
		if b, ok := v.(bool); ok {
			return codec.AppendBool(dst, b)
		}
	case Int:
		if n, err := strconv.ParseInt(string(number), 10, 64); isNumber && err == nil {
			return codec.AppendInt(dst, n)
		}
	case Float:
		if !isNumber && isText && slices.Contains([]string{"NaN", "+Inf", "-Inf"}, text) {
			number, isNumber = json.Number(text), true
		}
		if f, err := strconv.ParseFloat(string(number), 64); isNumber && err == nil {
			return codec.AppendFloat(dst, f)
		}
	case Decimal:
		if d, err := value.ParseDecimal(text); isText && err == nil {
			return codec.AppendDecimal(dst, d)
		}
	case String:
		if isText {
			return codec.AppendString(dst, text)
		}
		if of, ok := v.(map[string]any); ok {
			coded, _ := of["base64"].(string)
			if b, err := base64.StdEncoding.DecodeString(coded); err == nil {
				return codec.AppendBytes(dst, b)
			}
		}
	case Bytes:
		if b, err := base64.StdEncoding.DecodeString(text); isText && err == nil {
			return codec.AppendBytes(dst, b)
		}
	case Time:
		if at, err := time.Parse(time.RFC3339Nano, text); isText && err == nil {
			return codec.AppendTime(dst, at.UTC())
		}
	case Duration:
		if d, err := time.ParseDuration(text); isText && err == nil {
			return codec.AppendDuration(dst, d)
		}
	case JSON:
		b, err := json.Marshal(v)
		if err == nil {
			return codec.AppendBytes(dst, b)
		}
	case Enum:
		if i := slices.Index(t.Values, text); isText && i >= 0 {
			return codec.AppendUvarint(dst, uint64(i))
		}
	case Option:
		if isText {
			return codec.AppendString(codec.AppendBool(dst, false), text)
		}
		if isList && len(list) == 1 {
			return t.Elem.fromJSON(codec.AppendBool(dst, true), list[0])
		}
	case List:
		if isList {
			dst = codec.AppendUvarint(dst, uint64(len(list)))
			for _, item := range list {
				dst = t.Elem.fromJSON(dst, item)
			}
			return dst
		}
	case Map:
		if isList {
			dst = codec.AppendUvarint(dst, uint64(len(list)))
			for _, item := range list {
				pair, ok := item.([]any)
				if !ok || len(pair) != 2 {
					return bad()
				}
				dst = t.Elem.fromJSON(t.Key.fromJSON(dst, pair[0]), pair[1])
			}
			return dst
		}
	case Record:
		if of, ok := v.(map[string]any); ok {
			for _, f := range t.Fields {
				field, there := of[f.Name]
				if !there {
					return bad()
				}
				dst = f.Type.fromJSON(dst, field)
			}
			return dst
		}
	}
	return bad()
}

// FieldsJSON appends values that stand one behind the other as a JSON object.
func FieldsJSON(dst []byte, fields []Field, src []byte) (_ []byte, err error) {
	err = guard(func() {
		r := codec.NewReader(src)
		dst = append(dst, '{')
		for i, f := range fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = f.Type.toJSON(append(quoted(dst, f.Name), ':'), r)
		}
		dst = append(dst, '}')
		check(r)
	})
	return dst, err
}

// JSON reads a value and appends it as JSON.
func (t *Type) JSON(dst []byte, r *codec.Reader) (_ []byte, err error) {
	err = guard(func() { dst = t.toJSON(dst, r) })
	return dst, err
}

// FromJSON appends a value that JSON gave.
func (t *Type) FromJSON(dst []byte, text []byte) (_ []byte, err error) {
	err = guard(func() { dst = t.fromJSON(dst, decoded(text, t.String())) })
	return dst, err
}
