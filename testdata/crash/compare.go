package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// writeInput writes lines of words, some of which are frequent, and counts them.
func (r *run) writeInput() (words map[string]int64, err error) {
	words = map[string]int64{}
	f, err := os.Create(r.path("input"))
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriter(f)
	for range r.lines {
		for range 10 {
			n := r.random.IntN(5000)
			word := "w" + strconv.Itoa(n*n/5000)
			words[word]++
			w.WriteString(word + " ")
		}
		w.WriteString("\n")
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	return words, f.Close()
}

func (r *run) bad(format string, args ...any) {
	if len(r.wrong) < 5 {
		r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
	}
}

// lines cuts a file's lines at tabs, into numbers.
func (r *run) numbers(name string, each func(n []int64)) {
	text, err := os.ReadFile(r.path(name))
	if err != nil {
		r.bad("%v", err)
		return
	}
	for line := range bytes.Lines(text) {
		var n []int64
		for field := range strings.SplitSeq(strings.TrimSuffix(string(line), "\n"), "\t") {
			v, err := strconv.ParseInt(field, 10, 64)
			if err != nil || line[len(line)-1] != '\n' {
				r.bad("%s has a line %q", name, line)
				return
			}
			n = append(n, v)
		}
		each(n)
	}
}

// leg is one half of a move.
type leg struct{ n, account, cents int64 }

// compare looks at what was made, once the input has come to its end.
func (r *run) compare(words map[string]int64, table []byte) {
	seen := 0
	for line := range bytes.Lines(table) {
		word, count, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), "\t")
		if n, err := strconv.ParseInt(count, 10, 64); err != nil || words[word] != n {
			r.bad("%q was counted %s times, and is there %d times", word, count, words[word])
		}
		seen++
	}
	if seen != len(words) {
		r.bad("%d words were counted of %d", seen, len(words))
	}

	want := map[leg]int{}
	cents, legs := map[int64]int64{}, map[int64]int64{}
	refused := map[int64]int{}
	for n := range int64(r.moves) {
		if n%1000 == 999 {
			refused[n] = 1
			continue
		}
		for _, l := range []leg{{n, n * 7919 % 997, -(n%97 + 1)}, {n, n * 104729 % 997, n%97 + 1}} {
			want[l]++
			cents[l.account] += l.cents
			legs[l.account]++
		}
	}
	r.numbers("out/journal.tsv", func(n []int64) {
		if len(n) == 3 {
			want[leg{n[0], n[1], n[2]}]--
		}
	})
	lost, doubled := 0, 0
	for _, n := range want {
		lost += max(0, n)
		doubled += max(0, -n)
	}
	if lost+doubled > 0 {
		r.bad("the journal: %d lost, %d doubled", lost, doubled)
	}
	accounts := 0
	r.numbers("out/balances.tsv", func(n []int64) {
		if len(n) != 3 || cents[n[0]] != n[1] || legs[n[0]] != n[2] {
			r.bad("the balance %v: want %d cents in %d legs", n, cents[n[0]], legs[n[0]])
		}
		accounts++
	})
	if accounts != len(legs) {
		r.bad("%d balances of %d", accounts, len(legs))
	}
	text, err := os.ReadFile(r.path("out/refused.json"))
	if err != nil {
		r.bad("%v", err)
	}
	for line := range bytes.Lines(text) {
		var one struct {
			Tuple json.RawMessage `json:"tuple"`
		}
		var tuple struct {
			N int64 `json:"n"`
		}
		if json.Unmarshal(line, &one) != nil {
			r.bad("a line of refused moves is %q", line)
			continue
		}
		if json.Unmarshal(one.Tuple, &tuple) != nil {
			var text string
			_ = json.Unmarshal(one.Tuple, &text)
			_ = json.Unmarshal([]byte(text), &tuple)
		}
		refused[tuple.N]--
	}
	for n, left := range refused {
		if left != 0 {
			r.bad("move %d failed once, and is told of %d times", n, 1-left)
		}
	}
}
