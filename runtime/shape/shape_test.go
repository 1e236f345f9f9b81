package shape

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/codec"
)

func parsed(t *testing.T, text string) *Shape {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParse(t *testing.T) {
	s := parsed(t, "state n int per word string kind Kind{a b} ttl, state m map[string]?[](x int,y (z ?bool)) shared, state total decimal, after, after, live, gone")
	if len(s.States) != 3 || s.After != 2 || !s.Live || !s.Gone || !s.States[0].TTL || len(s.Key()) != 2 || !s.States[1].Shared || s.States[2].Key != nil {
		t.Errorf("%+v", s)
	}
	if got := s.States[1].Type.String(); got != "map[string][](x int, y (z bool?))?" {
		t.Error(got)
	}
	if got := s.Key()[1].Type.Values; len(got) != 2 || got[1] != "b" {
		t.Error(got)
	}
	for _, bad := range []string{"", "table", "state", "state n", "state n nope", "state n int per", "state n int per k", "state n map[int per k int", "state n (a) per k int", "state n [] per k int", strings.Repeat("?", 500)} {
		if s, err := Parse(bad); err == nil {
			t.Errorf("%q is %+v", bad, s)
		}
	}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"state n int per k string", "state n int per k string", "state n kept"},
		{"state n int per k string", "state n float per k string", "state n widened"},
		{"state n float per k string", "state n int per k string", "state n refused"},
		{"state n int per k string", "state n ?int per k string", "state n widened"},
		{"state n int per k string", "state n ?float per k string", "state n widened"},
		{"state n ?int per k string", "state n int per k string", "state n refused"},
		{"state n int per k string", "state n int per k int", "the key refused; state n kept"},
		{"state n int per k string", "state n int", "state n refused"},
		{"state n int shared", "state n int", "state n refused"},
		{"state n int per k string", "state n int per k string, state m [](a int) per k string", "state n kept; state m added"},
		{"state n int per k string, state m int", "state n int per k string", "state n kept; state m dropped"},
		{"state r (a int,b int) per k string", "state r (a float,c int) per k string", "state r: field a widened; state r: field c added; state r: field b dropped"},
		{"state e E{a b} per k string", "state e E{b c a} per k string", "state e widened"},
		{"state e E{a b} per k string", "state e E{b} per k string", "state e refused"},
		{"state m map[int]int per k string", "state m map[string]int per k string", "state m refused"},
		{"state m map[int]int per k string", "state m map[int]decimal per k string", "state m widened"},
		{"state n int per k string ttl, gone", "state n int per k string", "state n kept; ttl refused"},
	} {
		var got []string
		for _, s := range Compare(parsed(t, c.from), parsed(t, c.to)) {
			got = append(got, fmt.Sprint(s.What, " ", s.How))
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s to %s: %s, want %s", c.from, c.to, strings.Join(got, "; "), c.want)
		}
	}
}

func TestEvolve(t *testing.T) {
	from := parsed(t, "state total int shared, state n int per k string, state r (a int,b []int) per k string, state e E{x y} per k string, after, live")
	to := parsed(t, "state first string shared, state total float shared, state e E{y z x} per k string, state r (a ?int,b []float,c json) per k string, state n decimal per k string ttl, state new int per k string, after, after, live")
	var src []byte
	src = codec.AppendInt(codec.AppendBool(src, true), 7)
	row := func(k string, n int64, e uint64, live bool) {
		src = codec.AppendInt(codec.AppendString(src, k), n)
		src = codec.AppendInt(src, n+1)
		src = codec.AppendList(src, []int64{n, -n}, codec.AppendInt)
		src = codec.AppendUvarint(src, e)
		src = codec.AppendBool(codec.AppendTime(src, time.Unix(n, 5)), true)
		src = codec.AppendBool(src, live)
	}
	row("a", 1, 0, true)
	row("b", 2, 1, false)
	now := time.Unix(1e9, 0)
	got, err := NewEvolve(from, to, func(state string) []byte {
		if state == "first" {
			return codec.AppendString(nil, "begin")
		}
		return nil
	}).Part(src, now)
	if err != nil {
		t.Fatal(err)
	}
	r := codec.NewReader(got)
	text := fmt.Sprint(r.Bool(), r.String(), r.Float())
	for r.More() {
		text += fmt.Sprint("; ", r.String(), " ", r.Uvarint(), r.Bool(), r.Int(), codec.ReadList(r, (*codec.Reader).Float), r.String(), r.Decimal().Coef(), r.Int(), r.Time().Unix(), r.Bool(), r.Time().Unix() < 0, r.Bool(), r.Time().Equal(now), r.Bool())
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	const want = "truebegin7; a 2 true 2 [1 -1]null1 0 1 true true false true true; b 0 true 3 [2 -2]null2 0 2 true true false true false"
	if text != want {
		t.Errorf("%s\nnot\n%s", text, want)
	}
	// What is cut off, or says nonsense, is an error and no panic.
	for n := range src {
		if _, err := NewEvolve(from, to, nil).Part(src[:n], now); err == nil && n > 2 && n < len(src)-1 && !bytes.Equal(src[:n], src) && !boundary(src, n) {
			t.Errorf("cut off at %d: no error", n)
		}
	}
}

// boundary reports whether a row ends at n.
func boundary(src []byte, n int) bool {
	return n < len(src) && n > 2 && string(src[n:min(n+2, len(src))]) == "\x01b"
}

func TestChanges(t *testing.T) {
	before := []Item{{"lines", "spout, 1 task"}, {"count", "2 tasks, state n int per k string"}, {"sum", "2 tasks, state n int"}, {"plain", "3 tasks"}, {"out", "1 task, sink that commits"}, {"table", "1 task, rows by word"}, {"gone", "1 task, state n int"}}
	now := []Item{{"lines", "spout, 2 tasks"}, {"count", "4 tasks, state n int per k string"}, {"sum", "3 tasks, state n int"}, {"plain", "5 tasks"}, {"out", "1 task, sink that commits"}, {"table", "1 task, rows by line"}, {"new", "1 task, state n int"}}
	all, err := Changes(before, now)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, c := range all {
		got += fmt.Sprint(c.Component, " ", c.Worst(), " ", c.Moves(), "; ")
	}
	const want = "lines refused false; count kept true; sum refused true; plain kept false; out kept false; table refused false; new added false; gone dropped false; "
	if got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
	if _, err := Changes([]Item{{"a", "nonsense"}}, nil); err == nil {
		t.Error("nonsense is no identity")
	}
}
