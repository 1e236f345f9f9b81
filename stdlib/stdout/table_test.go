package stdout

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

// bench is a table with a clock, timers and a terminal of its own.
type bench struct {
	*Table
	out    output
	now    time.Time
	timers []func()
	waits  []time.Duration
}

func newBench(t *testing.T, terminal bool, env map[string]string, schema []component.Column, table *Table) *bench {
	t.Helper()
	b := &bench{Table: table, now: time.Unix(1000, 0)}
	b.after = func(d time.Duration, f func()) func() {
		b.waits, b.timers = append(b.waits, d), append(b.timers, f)
		return func() {}
	}
	b.env = func(name string) string { return env[name] }
	b.size = func() (int, int) { return 40, 8 }
	ctx := &component.Context{Stdout: &b.out, Terminal: terminal, Now: func() time.Time { return b.now }}
	if err := b.Open(ctx, schema); err != nil {
		t.Fatal(err)
	}
	return b
}

// fire runs the timers that wait.
func (b *bench) fire() {
	timers := b.timers
	b.timers = nil
	for _, f := range timers {
		f()
	}
}

func (b *bench) write(t *testing.T, rows *component.Columns) {
	t.Helper()
	if err := b.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
}

func TestPipedTableIsTheFinalRows(t *testing.T) {
	b := newBench(t, false, nil, counts, &Table{})
	b.write(t, batch([]string{"cat", "the", "dog"}, []int64{1, 1, 1}))
	b.write(t, batch([]string{"the", "a\tb"}, []int64{2, 1}))
	if len(b.out.writes) != 0 {
		t.Error("written before the end")
	}
	if err := b.Close(true); err != nil {
		t.Fatal(err)
	}
	if got, want := b.out.text(), "the\t2\na\\tb\t1\ncat\t1\ndog\t1\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFailedRunPrintsNoTable(t *testing.T) {
	b := newBench(t, false, nil, counts, &Table{})
	b.write(t, batch([]string{"cat"}, []int64{1}))
	if err := b.Close(false); err != nil || b.out.text() != "" {
		t.Errorf("%q, %v", b.out.text(), err)
	}
	if err := new(Table).Close(false); err != nil {
		t.Errorf("close without open: %v", err)
	}
}

func TestLimit(t *testing.T) {
	b := newBench(t, false, nil, counts, &Table{Limit: 2})
	b.write(t, batch([]string{"a", "b", "c", "d"}, []int64{1, 4, 2, 4}))
	if err := b.Close(true); err != nil || b.out.text() != "b\t4\nd\t4\n" {
		t.Errorf("%q, %v", b.out.text(), err)
	}
	if err := (&Table{Limit: -1}).Open(&component.Context{}, counts); err == nil {
		t.Error("a limit below zero is taken")
	}
}

func TestRowsOfEveryKind(t *testing.T) {
	at := time.Unix(5, 7).UTC()
	kinds := func() []component.Column {
		return []component.Column{
			{Name: "b", Kind: component.Bool, Bools: []bool{true, false, true}},
			{Name: "i", Kind: component.Int, Ints: []int64{3, 1, 2}},
			{Name: "f", Kind: component.Float, Floats: []float64{-1.5, 2.5, 0.5}},
			{Name: "s", Kind: component.String, Strings: []string{"z", "y", "x"}},
			{Name: "p", Kind: component.Bytes, Blobs: [][]byte{{3}, {1}, {2}}},
			{Name: "t", Kind: component.Time, Times: []time.Time{at, at.Add(-2 * time.Minute), at.Add(time.Nanosecond)}},
			{Name: "j", Kind: component.JSON, Strings: []string{"[1]", "[2]", "null"}},
		}
	}
	lines := []string{
		"true\t3\t-1.5\tz\tAw==\t1970-01-01T00:00:05.000000007Z\t[1]\n",
		"false\t1\t2.5\ty\tAQ==\t1969-12-31T23:58:05.000000007Z\t[2]\n",
		"true\t2\t0.5\tx\tAg==\t1970-01-01T00:00:05.000000008Z\tnull\n",
	}
	// The last numeric column that is not the key orders: f, or i where f is the key.
	for key, order := range [][]int{{1, 0}, {1, 2, 0}, {0, 2, 1}, {1, 2, 0}, {1, 2, 0}, {1, 2, 0}, {1, 2, 0}} {
		b := newBench(t, false, nil, kinds(), &Table{Key: key})
		b.write(t, &component.Columns{N: 3, Cols: kinds()})
		if err := b.Close(true); err != nil {
			t.Fatal(err)
		}
		want := ""
		for _, i := range order {
			want += lines[i]
		}
		if key == 0 { // the third row replaced the first
			want = lines[1] + lines[2]
		}
		if got := b.out.text(); got != want {
			t.Errorf("key %d:\n%s, want\n%s", key, got, want)
		}
	}
}

func TestWithoutNumbersTheKeyOrders(t *testing.T) {
	schema := []component.Column{{Name: "n", Kind: component.Int}, {Name: "s", Kind: component.String}, {Name: "text", Kind: component.String, PerTuple: true}}
	b := newBench(t, false, nil, schema, &Table{Key: 0})
	b.write(t, &component.Columns{N: 2, Cols: []component.Column{
		{Kind: component.Int, Ints: []int64{10, 9}}, {Kind: component.String, Strings: []string{"a", "b"}}, {Kind: component.String, Strings: []string{"", ""}},
	}})
	if err := b.Close(true); err != nil || b.out.text() != "9\tb\n10\ta\n" {
		t.Errorf("%q, %v", b.out.text(), err)
	}
}

func TestTextIsKeptAsItWas(t *testing.T) {
	b := newBench(t, false, nil, counts, &Table{})
	word := []byte("cat")
	rows := batch([]string{""}, []int64{1})
	rows.Cols[0].Strings[0] = string(word)
	b.write(t, rows)
	if n := testing.AllocsPerRun(100, func() { b.Write(rows) }); n != 0 {
		t.Errorf("%v allocations an update", n)
	}
}

func TestTopIsTheSortedBeginning(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		rows := newRows(counts, 0)
		n := 1 + r.IntN(60)
		for i := range n {
			rows.update(batch([]string{fmt.Sprint("w", i)}, []int64{int64(r.IntN(8))}))
		}
		all := rows.top(0)
		if !slices.IsSortedFunc(all, rows.compare) || len(all) != n {
			t.Fatal("not sorted")
		}
		limit := 1 + r.IntN(n)
		if got := rows.top(limit); !slices.Equal(got, all[:limit]) {
			t.Fatalf("%v, want %v", got, all[:limit])
		}
	}
}

func TestLiveTable(t *testing.T) {
	b := newBench(t, true, nil, counts, &Table{})
	b.write(t, batch([]string{"cat", "the"}, []int64{1, 2}))
	b.write(t, batch([]string{"cat"}, []int64{3}))
	if len(b.timers) != 1 || b.waits[0] != 0 {
		t.Fatalf("%d timers, %v", len(b.timers), b.waits)
	}
	b.fire()
	want := hideCursor + bold + "word  n" + plain + clearLine + "\ncat   3" + clearLine + "\nthe   2" + clearLine + "\n" + clearBelow
	if got := b.out.text(); got != want {
		t.Errorf("first picture\n%q, want\n%q", got, want)
	}
	// The next picture waits for its time and is drawn over the one before; with more rows than the window's, it says so.
	b.out.writes = nil
	b.now = b.now.Add(30 * time.Millisecond)
	b.write(t, batch([]string{"a", "b", "c", "d", "e"}, []int64{9, 8, 7, 6, 5}))
	if len(b.timers) != 1 || b.waits[1] != 70*time.Millisecond {
		t.Fatalf("%d timers, %v", len(b.timers), b.waits)
	}
	b.fire()
	got := b.out.text()
	if !strings.HasPrefix(got, hideCursor+"\x1b[3A\r") || strings.Count(got, "\n") != 7 || !strings.Contains(got, dim+"... and 2 more"+plain) {
		t.Errorf("second picture %q", got)
	}
	// At the end the picture stays as tall as the window, says where the others are, and gives the cursor back.
	b.out.writes = nil
	if err := b.Close(true); err != nil {
		t.Fatal(err)
	}
	got = b.out.text()
	if !strings.HasPrefix(got, hideCursor+"\x1b[7A\r") || strings.Count(got, "\n") != 7 ||
		!strings.Contains(got, "2 more; piped, all are printed") || !strings.HasSuffix(got, clearBelow+showCursor) {
		t.Errorf("last picture %q", got)
	}
}

func TestNothingIsDrawnAfterTheEnd(t *testing.T) {
	b := newBench(t, true, nil, counts, &Table{})
	b.write(t, batch([]string{"cat"}, []int64{1}))
	if err := b.Close(true); err != nil {
		t.Fatal(err)
	}
	b.out.writes = nil
	b.fire()
	if b.out.text() != "" {
		t.Errorf("%q", b.out.text())
	}
}

func TestFailedRunGivesTheCursorBack(t *testing.T) {
	b := newBench(t, true, nil, counts, &Table{})
	b.write(t, batch([]string{"cat"}, []int64{1}))
	b.fire()
	b.out.writes = nil
	if err := b.Close(false); err != nil || b.out.text() != showCursor {
		t.Errorf("%q, %v", b.out.text(), err)
	}
}

func TestPlainTerminals(t *testing.T) {
	b := newBench(t, true, map[string]string{"NO_COLOR": "1"}, counts, &Table{})
	b.write(t, batch([]string{"cat"}, []int64{1}))
	b.fire()
	if got := b.out.text(); strings.Contains(got, bold) || strings.Contains(got, dim) {
		t.Errorf("NO_COLOR: %q", got)
	}
	b = newBench(t, true, map[string]string{"TERM": "dumb"}, counts, &Table{})
	b.write(t, batch([]string{"cat"}, []int64{1}))
	if err := b.Close(true); err != nil || b.out.text() != "cat\t1\n" {
		t.Errorf("dumb: %q, %v", b.out.text(), err)
	}
}

func TestTextCannotCommandTheTerminal(t *testing.T) {
	b := newBench(t, true, map[string]string{"NO_COLOR": "1"}, counts, &Table{})
	b.write(t, batch([]string{"a\x1b[2Jb\nc\xff\u202e", "中文é", strings.Repeat("long", 40)}, []int64{3, 2, 1}))
	b.fire()
	lines := strings.Split(b.out.text(), clearLine+"\n")
	if !strings.HasPrefix(lines[1], "a·[2Jb·c··") || !strings.HasPrefix(lines[2], "中文é ") {
		t.Errorf("%q", lines)
	}
	for _, line := range lines[1:4] {
		if w := textWidth(line); w != 39 {
			t.Errorf("%q is %d wide", line, w)
		}
	}
	if !strings.Contains(lines[3], "… ") {
		t.Errorf("%q is not shortened", lines[3])
	}
}

func TestNarrowTerminal(t *testing.T) {
	b := newBench(t, true, map[string]string{"NO_COLOR": "1"}, counts, &Table{})
	b.size = func() (int, int) { return 4, 2 }
	b.write(t, batch([]string{"abcdefgh", "x"}, []int64{1234567, 2}))
	b.fire()
	for _, line := range strings.Split(b.out.text()[len(hideCursor):], clearLine+"\n") {
		if w := textWidth(strings.TrimSuffix(line, clearBelow)); w > 3 {
			t.Errorf("%q", line)
		}
	}
}

func BenchmarkTableUpdate(b *testing.B) {
	table := &Table{}
	if err := table.Open(&component.Context{Stdout: &output{}}, counts); err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	var words []string
	var ns []int64
	for range 8192 {
		words = append(words, fmt.Sprint("word", int(r.ExpFloat64()*5000)))
		ns = append(ns, r.Int64N(1000))
	}
	rows := batch(words, ns)
	for b.Loop() {
		if err := table.Write(rows); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/8192, "ns/row")
}
