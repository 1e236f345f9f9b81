package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
)

// The programs that a good Go programmer would write for the same jobs: batches of 1024 over a channel where a topology has a queue, and for
// JSON the standard library's decoder, which is what most people use.

// byHand runs one of them.
func byHand(name, input string, out io.Writer) error {
	switch name {
	case "words":
		return withFile(input, out, countWords)
	case "json":
		return withFile(input, out, countJSON)
	}
	n, err := strconv.Atoi(input)
	if err != nil {
		return err
	}
	switch name {
	case "null":
		return printed(out, drain(values(n)))
	case "id":
		return printed(out, drain(copied(values(n))))
	case "backpressure":
		return printed(out, slow(n))
	case "simple":
		return countMade(n, out)
	case "low":
		return low(n, out)
	case "latency":
		return latency(n, out)
	}
	return fmt.Errorf("nobody does %q by hand", name)
}

func printed(out io.Writer, n int) error {
	_, err := fmt.Fprintln(out, n)
	return err
}

func withFile(name string, out io.Writer, f func(*bufio.Scanner, io.Writer) error) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	return f(lines, out)
}

const batchSize = 1024

// stream is batches on their way, and back for the next use.
type stream struct{ full, free chan []string }

func newStream() stream {
	s := stream{full: make(chan []string, 8), free: make(chan []string, 16)}
	for range cap(s.free) {
		s.free <- make([]string, 0, batchSize)
	}
	return s
}

func values(n int) stream {
	s := newStream()
	go func() {
		defer close(s.full)
		batch := <-s.free
		for range n {
			if batch = append(batch, "some data"); len(batch) == batchSize {
				s.full <- batch
				batch = (<-s.free)[:0]
			}
		}
		s.full <- batch
	}()
	return s
}

func copied(in stream) stream {
	s := newStream()
	go func() {
		defer close(s.full)
		for from := range in.full {
			batch := (<-s.free)[:0]
			batch = append(batch, from...)
			in.free <- from
			s.full <- batch
		}
	}()
	return s
}

func drain(in stream) int {
	n := 0
	for batch := range in.full {
		for _, v := range batch {
			if v != "" {
				n++
			}
		}
		in.free <- batch
	}
	return n
}

// slow does what the slow step of backpressure.topo does, without a queue before it.
func slow(n int) int {
	done := 0
	for s := range n {
		x := s % 7
		for i := range 2_000 {
			x = (x*31 + i) % 1_000_003
		}
		if x >= 0 {
			done++
		}
	}
	return done
}

// countWords reads on one goroutine and counts on another.
func countWords(lines *bufio.Scanner, out io.Writer) error {
	full, free := newBlocks()
	go func() {
		defer close(full)
		block := <-free
		for lines.Scan() {
			block = append(append(block, lines.Bytes()...), '\n')
			if len(block) > 48<<10 {
				full <- block
				block = (<-free)[:0]
			}
		}
		full <- block
	}()
	counts := map[string]*int{}
	for block := range full {
		countBlock(counts, bytes.ToLower(block))
		free <- block
	}
	return errors.Join(lines.Err(), printCounts(counts, out))
}

// newBlocks are blocks of lines on their way, and back for the next use.
func newBlocks() (full, free chan []byte) {
	full, free = make(chan []byte, 8), make(chan []byte, 16)
	for range cap(free) {
		free <- make([]byte, 0, 64<<10)
	}
	return full, free
}

func countBlock(counts map[string]*int, block []byte) {
	for word := range bytes.FieldsSeq(block) {
		if n := counts[string(word)]; n != nil {
			*n++
		} else {
			one := 1
			counts[string(word)] = &one
		}
	}
}

// printCounts prints the highest count first, ties by word.
func printCounts(counts map[string]*int, out io.Writer) error {
	type row struct {
		word string
		n    int
	}
	var rows []row
	for word, n := range counts {
		rows = append(rows, row{word, *n})
	}
	slices.SortFunc(rows, func(a, b row) int {
		if a.n != b.n {
			return b.n - a.n
		}
		return strings.Compare(a.word, b.word)
	})
	w := bufio.NewWriter(out)
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%d\n", r.word, r.n)
	}
	return w.Flush()
}

func countJSON(lines *bufio.Scanner, out io.Writer) error {
	type record struct {
		ID    int     `json:"id"`
		Name  string  `json:"name"`
		Value float64 `json:"value"`
		OK    bool    `json:"ok"`
	}
	n, sum, letters, large := 0, 0, 0, 0
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return err
		}
		if r.OK {
			r.Value *= 2
			n++
			sum += r.ID % 1000
			letters += len(r.Name)
			if r.Value > 100 {
				large++
			}
		}
	}
	_, err := fmt.Fprintf(out, "%d\t%d\t%d\t%d\n", n, sum, letters, large)
	return errors.Join(err, lines.Err())
}

// write makes a file of so many lines.
func write(name string, lines int, made func(io.Writer, int) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	return errors.Join(made(w, lines), w.Flush(), f.Close())
}

// textLines makes lines of ten words, as unevenly frequent as those of real text.
func textLines(w io.Writer, lines int) error {
	random := rand.New(rand.NewPCG(2026, 3))
	ranks := rand.NewZipf(random, 1.1, 2.7, 20_000)
	for range lines {
		for i := range 10 {
			end := " "
			if i == 9 {
				end = "\n"
			}
			if _, err := fmt.Fprintf(w, "%s%s", strconv.FormatUint(ranks.Uint64()*7919+10, 36), end); err != nil {
				return err
			}
		}
	}
	return nil
}

// jsonLines makes records; half of them are ok.
func jsonLines(w io.Writer, lines int) error {
	random := rand.New(rand.NewPCG(2026, 4))
	for i := range lines {
		if _, err := fmt.Fprintf(w, `{"id":%d,"name":"%s %d","value":%.2f,"ok":%t}`+"\n", i, []string{"alpha", "beta", "gamma delta"}[i%3], random.IntN(1000), random.Float64()*1000, i%2 == 0); err != nil {
			return err
		}
	}
	return nil
}
