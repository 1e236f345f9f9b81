package main

import (
	"bufio"
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// countFields is what most people write.
func countFields(lines *bufio.Scanner) (map[string]int64, error) {
	counts := map[string]int64{}
	for lines.Scan() {
		for _, word := range strings.Fields(lines.Text()) {
			counts[strings.ToLower(word)]++
		}
	}
	return counts, lines.Err()
}

// countOne is the good program for one core: no allocation but for a word's first time.
func countOne(lines *bufio.Scanner) (map[string]int64, error) {
	counts := map[string]*int64{}
	for lines.Scan() {
		line := lines.Bytes()
		for {
			word, rest := nextWord(line)
			if len(word) == 0 {
				break
			}
			line = rest
			count(counts, lower(word))
		}
	}
	return values(counts), lines.Err()
}

// wordBatch is words that travel together, their text in one buffer.
type wordBatch struct {
	text []byte
	ends []int
}

// wordsABatch is how many words travel together.
const wordsABatch = 1024

// countTwo is the good program for two cores: one reads, splits and lower-cases, one counts.
func countTwo(lines *bufio.Scanner) (map[string]int64, error) {
	full, free := make(chan *wordBatch, 8), make(chan *wordBatch, 16)
	for range cap(free) {
		free <- &wordBatch{text: make([]byte, 0, 16<<10), ends: make([]int, 0, wordsABatch)}
	}
	go func() {
		defer close(full)
		batch := <-free
		for lines.Scan() {
			line := lines.Bytes()
			for {
				word, rest := nextWord(line)
				if len(word) == 0 {
					break
				}
				line = rest
				batch.text = append(batch.text, lower(word)...)
				batch.ends = append(batch.ends, len(batch.text))
				if len(batch.ends) == wordsABatch {
					full <- batch
					batch = <-free
				}
			}
		}
		full <- batch
	}()
	counts := map[string]*int64{}
	for batch := range full {
		start := 0
		for _, end := range batch.ends {
			count(counts, batch.text[start:end])
			start = end
		}
		batch.text, batch.ends = batch.text[:0], batch.ends[:0]
		free <- batch
	}
	// The reader has closed full after its last use of lines.
	return values(counts), lines.Err()
}

// count adds one to a word. The map lookup by string(word) does not allocate.
func count(counts map[string]*int64, word []byte) {
	if n := counts[string(word)]; n != nil {
		*n++
		return
	}
	one := int64(1)
	counts[string(word)] = &one
}

func values(counts map[string]*int64) map[string]int64 {
	m := make(map[string]int64, len(counts))
	for word, n := range counts {
		m[word] = *n
	}
	return m
}

// asciiSpace holds the bytes that are white space by themselves.
var asciiSpace = [256]bool{'\t': true, '\n': true, '\v': true, '\f': true, '\r': true, ' ': true}

// nextWord returns the first word of line and what follows it; the word is empty where there is none.
func nextWord(line []byte) (word, rest []byte) {
	i := 0
	for i < len(line) && asciiSpace[line[i]] {
		i++
	}
	start := i
	for i < len(line) {
		c := line[i]
		if asciiSpace[c] {
			return line[start:i], line[i+1:]
		}
		if c >= utf8.RuneSelf {
			if r, size := utf8.DecodeRune(line[i:]); unicode.IsSpace(r) {
				if i > start {
					return line[start:i], line[i+size:]
				}
				return nextWord(line[i+size:])
			} else if size > 1 {
				i += size
				continue
			}
		}
		i++
	}
	return line[start:], nil
}

// lower returns the word in lower case, changed in place where it is ASCII.
func lower(word []byte) []byte {
	for i, c := range word {
		if c >= utf8.RuneSelf {
			return bytes.ToLower(word)
		}
		if 'A' <= c && c <= 'Z' {
			word[i] = c + ('a' - 'A')
		}
	}
	return word
}
