package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// countInts counts what the topology ints does.
func countInts(n int64) map[int64]int64 {
	counts := map[int64]int64{}
	for i := range n {
		counts[i*40_503%50_021]++
	}
	return counts
}

// countJSON does what the topology json does, with the decoder that most people use.
func countJSON(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 64<<10), 64<<20)
	type record struct {
		ID    int64   `json:"id"`
		Name  string  `json:"name"`
		Value float64 `json:"value"`
		OK    bool    `json:"ok"`
	}
	n, sum, letters, large := int64(0), int64(0), 0, 0
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
	if err := lines.Err(); err != nil {
		return err
	}
	fmt.Printf("%d\t%d\t%d\t%d\n", n, sum, letters, large)
	return nil
}
