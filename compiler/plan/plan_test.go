package plan

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
)

// golden returns the files of that name in the compiler's golden cases.
func golden(t *testing.T, name string) map[string][]byte {
	t.Helper()
	cases, _ := filepath.Glob("../testdata/*.txtar")
	out := map[string][]byte{}
	for _, c := range cases {
		data, err := os.ReadFile(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range txtar.Parse(data).Files {
			if f.Name == name {
				out[filepath.Base(c)] = f.Data
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("no case has %s", name)
	}
	return out
}

// TestJSONIsThePlan: a plan that is read back is the same plan.
func TestJSONIsThePlan(t *testing.T) {
	for name, data := range golden(t, "want/plan.json") {
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		var p Plan
		if err := d.Decode(&p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := p.JSON()
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%s: not the same when read back: %v\n%s", name, err, again)
		}
	}
}

// TestTextFits: the text is as wide as a terminal at the most.
func TestTextFits(t *testing.T) {
	for name, data := range golden(t, "want/plan.txt") {
		for line := range strings.SplitSeq(string(data), "\n") {
			if utf8.RuneCountInString(line) > width {
				t.Errorf("%s: a line of %d columns: %s", name, utf8.RuneCountInString(line), line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s: white space at the end of %q", name, line)
			}
		}
	}
}

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"f(a: 1)": "f(a: 1)", "f(\n    a: 1,\n    b: 2)": "f( a: 1, b: 2)", "a  b": "a  b", "": "", "x\n": "x ",
	} {
		if got := oneLine(in); got != want {
			t.Errorf("oneLine(%q) is %q", in, got)
		}
	}
}
