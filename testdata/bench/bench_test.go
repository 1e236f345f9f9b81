package main

import (
	"bufio"
	"bytes"
	"maps"
	"strings"
	"testing"
)

// TestBaselinesAgree: a comparison with a program that counts something else would be worth nothing.
func TestBaselinesAgree(t *testing.T) {
	var text bytes.Buffer
	w := bufio.NewWriter(&text)
	words := writeZipf(w, 300_000)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	text.WriteString("Ünï\u00a0Code \xff\xfe invalid\n")
	words += 4
	scan := func() *bufio.Scanner { return bufio.NewScanner(bytes.NewReader(text.Bytes())) }
	want, err := countFields(scan())
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, n := range want {
		total += int(n)
	}
	if total != words {
		t.Errorf("counted %d words of %d", total, words)
	}
	for name, count := range map[string]func(*bufio.Scanner) (map[string]int64, error){"one": countOne, "two": countTwo} {
		got, err := count(scan())
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s differs from fields: %d words, not %d, %v", name, len(got), len(want), err)
		}
	}
}

func TestTuplesArrive(t *testing.T) {
	for _, name := range []string{"null-call", "null-256", "null-1024", "id-256", "id-1024"} {
		for _, n := range []int64{0, 1, 255, 100_000} {
			taken = 0
			if got, err := countTuples(name, n); err != nil || got != n {
				t.Errorf("%s: %d of %d arrived, %v", name, got, n, err)
			}
		}
	}
}

func TestZipfTextIsTheSame(t *testing.T) {
	var a, b strings.Builder
	for _, to := range []*strings.Builder{&a, &b} {
		w := bufio.NewWriter(to)
		writeZipf(w, 100_000)
		w.Flush()
	}
	if a.String() != b.String() {
		t.Error("two runs of the generator differ")
	}
}
