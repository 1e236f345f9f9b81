package generate

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

// drain runs a spout to its end, or to most rows.
func drain[T any](t testing.TB, s component.Spout[T], ctx *component.Context, most int) ([]T, error) {
	t.Helper()
	if err := s.Open(ctx); err != nil {
		return nil, err
	}
	defer s.Close()
	var all []T
	for len(all) < most {
		var out component.Emitter[T]
		err := s.Next(t.Context(), &out)
		all = append(all, out.Rows...)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func TestSequence(t *testing.T) {
	rows, err := drain(t, &Sequence{From: 5, Count: 3000, Step: -2}, &component.Context{}, math.MaxInt)
	if err != nil || len(rows) != 3000 || rows[0].N != 5 || rows[2999].N != 5-2*2999 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	rows, err = drain(t, &Sequence{Step: 1}, &component.Context{}, 10_000)
	if err != nil || len(rows) < 10_000 {
		t.Errorf("without an end: %d rows, %v", len(rows), err)
	}
}

func TestTasksShareTheNumbers(t *testing.T) {
	var all []int64
	for task := range 3 {
		rows, err := drain(t, &Sequence{Count: 100, Step: 1}, &component.Context{Task: task, Tasks: 3}, math.MaxInt)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			all = append(all, r.N)
		}
	}
	slices.Sort(all)
	for i, n := range all {
		if n != int64(i) {
			t.Fatalf("number %d is %d", i, n)
		}
	}
	if len(all) != 100 {
		t.Errorf("%d numbers", len(all))
	}
}

func TestSequenceAtTheEdges(t *testing.T) {
	for _, s := range []Sequence{
		{From: math.MaxInt64 - 2, Count: 3, Step: 1}, {From: math.MinInt64, Count: 2, Step: math.MaxInt64},
		{From: math.MinInt64 + 2, Count: 3, Step: -1}, {From: math.MaxInt64, Count: 2, Step: math.MinInt64}, {From: 7, Count: 3, Step: 0},
	} {
		rows, err := drain(t, &s, &component.Context{}, math.MaxInt)
		if err != nil || rows[len(rows)-1].N != s.From+s.Step*(s.Count-1) {
			t.Errorf("%+v: %v, %v", s, rows, err)
		}
		s := Sequence{From: s.From, Count: s.Count + 1e9, Step: s.Step}
		if err := s.Open(&component.Context{}); (err == nil) != (s.Step == 0) {
			t.Errorf("%+v: %v", s, err)
		}
	}
	rows, err := drain(t, &Sequence{From: math.MaxInt64 - 1, Step: 1}, &component.Context{}, math.MaxInt)
	if err == nil || len(rows) != 2 {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestRepeat(t *testing.T) {
	rows, err := drain(t, &Repeat{Value: "x", Count: 2500}, &component.Context{}, math.MaxInt)
	if err != nil || len(rows) != 2500 || rows[2499].Value != "x" {
		t.Errorf("%d, %v", len(rows), err)
	}
	if err := (&Repeat{Count: -1}).Open(&component.Context{}); err == nil {
		t.Error("a count below zero is taken")
	}
}

func TestEveryTicksOnTime(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	var waits []time.Duration
	e := &Every{Period: time.Second, Count: 6}
	e.wait = func(_ context.Context, d time.Duration) {
		waits = append(waits, d)
		now = now.Add(d)
	}
	if err := e.Open(&component.Context{Now: func() time.Time { return now }}); err != nil {
		t.Fatal(err)
	}
	next := func() ([]EveryRow, error) {
		var out component.Emitter[EveryRow]
		err := e.Next(t.Context(), &out)
		return out.Rows, err
	}
	if rows, err := next(); err != nil || len(rows) != 1 || rows[0] != (EveryRow{0, start.Add(time.Second)}) {
		t.Errorf("%v, %v", rows, err)
	}
	now = now.Add(2500 * time.Millisecond) // the pipeline was slow: two ticks are late
	if rows, err := next(); err != nil || len(rows) != 2 || rows[1] != (EveryRow{2, start.Add(3 * time.Second)}) {
		t.Errorf("%v, %v", rows, err)
	}
	now = now.Add(time.Hour)
	if rows, err := next(); err != io.EOF || len(rows) != 3 || rows[2].N != 5 {
		t.Errorf("%v, %v", rows, err)
	}
	if !slices.Equal(waits, []time.Duration{time.Second}) {
		t.Errorf("waited %v", waits)
	}
}

func TestEveryStops(t *testing.T) {
	e := &Every{Period: time.Hour}
	if err := e.Open(&component.Context{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- e.Next(ctx, &component.Emitter[EveryRow]{}) }()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for _, e := range []*Every{{Period: 0}, {Period: -1}, {Period: 1, Count: -1}} {
		if err := e.Open(&component.Context{}); err == nil {
			t.Errorf("%+v is taken", e)
		}
	}
}

func collect(t testing.TB, text Text, tasks int) []string {
	lines := make([]string, text.Lines)
	for task := range tasks {
		one := text
		if err := one.Open(&component.Context{Task: task, Tasks: tasks}); err != nil {
			t.Fatal(err)
		}
		for i := task; ; {
			var out component.Emitter[TextRow]
			err := one.Next(t.Context(), &out)
			for _, r := range out.Rows {
				lines[i] = strings.Clone(r.Line)
				i += tasks
			}
			if err == io.EOF {
				break
			}
		}
	}
	return lines
}

func TestTextIsTheSameForAnyTasks(t *testing.T) {
	text := Text{Lines: 5000, Words: 7, Vocabulary: 1000, Seed: 3}
	one, four := collect(t, text, 1), collect(t, text, 4)
	if !slices.Equal(one, four) {
		t.Error("the lines differ")
	}
	counts := map[string]int{}
	for _, line := range one {
		words := strings.Fields(line)
		if len(words) != 7 {
			t.Fatalf("%q", line)
		}
		for _, w := range words {
			counts[w]++
		}
	}
	// Zipf: the first word is about twice as frequent as the fourth, since ranks are shifted by one.
	if a, b := counts[word(0)], counts[word(2)]; a < b*3/2 || a > b*3 {
		t.Errorf("%d of the first word, %d of the third", a, b)
	}
	if len(counts) < 800 {
		t.Errorf("%d different words", len(counts))
	}
	text.Seed = 4
	if slices.Equal(one, collect(t, text, 1)) {
		t.Error("another seed gives the same lines")
	}
}

func TestWordsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for i := range 100_000 {
		w := word(i)
		if seen[w] || len(w)%2 != 0 {
			t.Fatalf("word %d: %q", i, w)
		}
		seen[w] = true
	}
}

func TestTextArguments(t *testing.T) {
	for _, text := range []Text{{Words: 0, Vocabulary: 1}, {Words: 1, Vocabulary: 0}, {Lines: -1, Words: 1, Vocabulary: 1}} {
		if err := text.Open(&component.Context{}); err == nil {
			t.Errorf("%+v is taken", text)
		}
	}
}

func BenchmarkText(b *testing.B) {
	text := &Text{Words: 10, Vocabulary: 10_000, Seed: 1}
	if err := text.Open(&component.Context{}); err != nil {
		b.Fatal(err)
	}
	var out component.Emitter[TextRow]
	for b.Loop() {
		out.Rows = out.Rows[:0]
		if err := text.Next(b.Context(), &out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/component.BatchRows/10, "ns/word")
}

func ExampleSequence() {
	s := &Sequence{From: 1, Count: 3, Step: 1}
	_ = s.Open(&component.Context{})
	var out component.Emitter[SequenceRow]
	err := s.Next(context.Background(), &out)
	fmt.Println(out.Rows, err)
	// Output: [{1} {2} {3}] EOF
}
