package main

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
)

// runBaseline is one of the hand-written programs: its name, and its input.
func runBaseline(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("baseline NAME INPUT, not %q", args)
	}
	name, input := args[0], args[1]
	switch name {
	case "fields", "one", "two":
		f, err := os.Open(input)
		if err != nil {
			return err
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(make([]byte, 64<<10), 64<<20)
		counts, err := map[string]func(*bufio.Scanner) (map[string]int64, error){
			"fields": countFields, "one": countOne, "two": countTwo,
		}[name](lines)
		if err != nil {
			return err
		}
		return printCounts(counts)
	}
	if name == "json" {
		return countJSON(input)
	}
	if name == "frames-receive" {
		return receiveFrames(input)
	}
	n, err := strconv.ParseInt(input, 10, 64)
	if err != nil {
		return err
	}
	if name == "ints" {
		return printCounts(countInts(n))
	}
	counted, err := countTuples(name, n)
	if err != nil {
		return err
	}
	fmt.Println(counted)
	return nil
}

// printCounts prints the table as stdout.table does: the highest count first, ties by key.
func printCounts[K cmp.Ordered](counts map[K]int64) error {
	type row struct {
		key K
		n   int64
	}
	rows := make([]row, 0, len(counts))
	for key, n := range counts {
		rows = append(rows, row{key, n})
	}
	slices.SortFunc(rows, func(a, b row) int {
		if a.n != b.n {
			return cmp.Compare(b.n, a.n)
		}
		return cmp.Compare(a.key, b.key)
	})
	w := bufio.NewWriterSize(os.Stdout, 64<<10)
	for _, r := range rows {
		fmt.Fprint(w, r.key)
		w.WriteByte('\t')
		w.WriteString(strconv.FormatInt(r.n, 10))
		w.WriteByte('\n')
	}
	return w.Flush()
}
