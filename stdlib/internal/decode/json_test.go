package decode

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

func kinds() []component.Column {
	return []component.Column{
		{Name: "b", Kind: component.Bool}, {Name: "i", Kind: component.Int}, {Name: "f", Kind: component.Float}, {Name: "s", Kind: component.String},
		{Name: "p", Kind: component.Bytes}, {Name: "t", Kind: component.Time}, {Name: "d", Kind: component.Duration}, {Name: "j", Kind: component.JSON},
	}
}

const full = ` { "b" : true, "i":-7, "f":1e3, "s":"a\"\\\n\ud83d\ude42", "p":"AP8=", "t":"2026-01-02T15:04:05.5+01:00", "d":"1m30s", "x":[{"]":"}"}], "j": {"k" : [1, "]"]} , "i":8}
`

func TestEveryKind(t *testing.T) {
	r, out := NewJSON(kinds()), &component.Columns{Cols: kinds()}
	if err := r.Append(full, out); err != nil {
		t.Fatal(err)
	}
	c := out.Cols
	if !c[0].Bools[0] || c[1].Ints[0] != 8 || c[2].Floats[0] != 1000 || c[3].Strings[0] != "a\"\\\n🙂" || string(c[4].Blobs[0]) != "\x00\xff" ||
		!c[5].Times[0].Equal(time.Date(2026, 1, 2, 14, 4, 5, 5e8, time.UTC)) || c[6].Durations[0] != 90*time.Second || c[7].Strings[0] != `{"k":[1,"]"]}` {
		t.Errorf("%+v", c)
	}
}

func TestWhatIsNotDeclared(t *testing.T) {
	base := map[string]any{"b": true, "i": 1, "f": 1, "s": "", "p": "", "t": "2026-01-02T15:04:05Z", "d": "1s", "j": nil}
	for name, bad := range map[string][]any{
		"b": {0, "true", nil}, "i": {1.5, 1e30, "1", true, nil}, "f": {"1", nil, json.RawMessage("1e999")}, "s": {1, nil, []int{1}},
		"p": {"?", 1}, "t": {"yesterday", 1}, "d": {"1", 60},
	} {
		for _, v := range append(bad, "missing") {
			m := map[string]any{}
			for k, x := range base {
				m[k] = x
			}
			if m[name] = v; v == "missing" {
				delete(m, name)
			}
			data, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			r, out := NewJSON(kinds()), &component.Columns{Cols: kinds()}
			if name == "s" && v == "missing" {
				delete(m, "j") // what may be missing is JSON
			}
			if err := r.Append(string(data), out); err == nil || !strings.HasPrefix(err.Error(), "field "+name+" is ") {
				t.Errorf("%s: %v", data, err)
			}
			for _, c := range out.Cols {
				if len(c.Bools)+len(c.Ints)+len(c.Floats)+len(c.Strings)+len(c.Blobs)+len(c.Times)+len(c.Durations) > 0 {
					t.Errorf("%s: column %s keeps a value", data, c.Name)
				}
			}
		}
	}
	for _, data := range []string{"", "[]", "1", `"x"`, "{", "{}x", "\xff", `{"s":"` + "\xff" + `"}`} {
		r, out := NewJSON(kinds()), &component.Columns{Cols: kinds()}
		if err := r.Append(data, out); err == nil {
			t.Errorf("%q is taken", data)
		}
	}
	long := `{"i":"` + strings.Repeat("é", 1000) + `"}`
	r, out := NewJSON(kinds()[1:2]), &component.Columns{Cols: kinds()[1:2]}
	if err := r.Append(long, out); err == nil || len(err.Error()) > 150 || strings.Contains(err.Error(), "\ufffd") {
		t.Error(err)
	}
}

func TestMissingJSONIsNull(t *testing.T) {
	r, out := NewJSON(kinds()[7:]), &component.Columns{Cols: kinds()[7:]}
	if err := r.Append("{}", out); err != nil || out.Cols[0].Strings[0] != "null" {
		t.Errorf("%v, %v", out.Cols[0].Strings, err)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(`{"s":"\u0061","j":[[{}]]}`))
	schema := []component.Column{{Name: "s", Kind: component.String}, {Name: "j", Kind: component.JSON}}
	f.Fuzz(func(t *testing.T, data []byte) {
		text := string(data)
		r, out := NewJSON(schema), &component.Columns{Cols: append([]component.Column(nil), schema...)}
		if r.Append(string(data), out) != nil {
			return
		}
		var want map[string]json.RawMessage
		var s string
		if err := json.Unmarshal([]byte(text), &want); err != nil || json.Unmarshal(want["s"], &s) != nil || s != out.Cols[0].Strings[0] {
			t.Errorf("%q: %q, %v", text, out.Cols[0].Strings, err)
		}
		var compact bytes.Buffer
		if j, ok := want["j"]; ok && (json.Compact(&compact, j) != nil || compact.String() != out.Cols[1].Strings[0]) {
			t.Errorf("%q: %q, want %q", text, out.Cols[1].Strings, j)
		}
	})
}

func BenchmarkJSON(b *testing.B) {
	r, out := NewJSON(kinds()[1:4]), &component.Columns{Cols: kinds()[1:4]}
	msg := `{"i":12345,"f":1.5,"s":"a text of a usual length, about one line"}`
	for b.Loop() {
		out.Reset()
		r.Reset()
		if err := r.Append(msg, out); err != nil {
			b.Fatal(err)
		}
	}
}
