package main

import (
	"bufio"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// vocabulary is how many different words the text may hold.
const vocabulary = 50_000

// zipfText returns the name of a file of so many megabytes of words that are as unevenly frequent as those of real
// text, and how many they are. The file is always the same; it is made once and kept in the temporary folder.
func zipfText(megabytes int) (name string, words int, err error) {
	name = filepath.Join(os.TempDir(), fmt.Sprintf("topo-bench-zipf-1-%dMB.txt", megabytes))
	if words, err := countWords(name); err == nil {
		return name, words, nil
	}
	f, err := os.CreateTemp(os.TempDir(), "topo-bench-zipf-*")
	if err != nil {
		return "", 0, err
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriterSize(f, 1<<20)
	words = writeZipf(w, megabytes*1_000_000)
	if err := errors.Join(w.Flush(), f.Close(), os.Rename(f.Name(), name)); err != nil {
		return "", 0, err
	}
	return name, words, nil
}

// writeZipf writes lines of 4 to 16 words. Errors stay in the writer, whose Flush reports them.
func writeZipf(w *bufio.Writer, size int) (words int) {
	random := rand.New(rand.NewPCG(2026, 100))
	ranks := rand.NewZipf(random, 1.1, 2.7, vocabulary-1)
	list := makeWords(random)
	for written := 0; written < size; {
		for n := 4 + random.IntN(13); n > 0; n-- {
			word := list[ranks.Uint64()]
			if random.IntN(12) == 0 && word[0] < utf8.RuneSelf {
				word = strings.ToUpper(word[:1]) + word[1:]
			}
			w.WriteString(word)
			end := byte(' ')
			if n == 1 {
				end = '\n'
			}
			w.WriteByte(end)
			written += len(word) + 1
			words++
		}
	}
	return words
}

// makeWords makes the vocabulary: the more frequent a word, the shorter; some with a letter that is not ASCII.
func makeWords(random *rand.Rand) []string {
	syllables := []string{"a", "o", "be", "ta", "ri", "no", "the", "and", "lu", "mi", "ser", "ton", "ka", "ive", "él", "str"}
	seen := map[string]bool{}
	var list []string
	for len(list) < vocabulary {
		var b strings.Builder
		// 1 syllable for the first words, 4 for the last, more where there are no others left.
		for n := max(1, bits.Len(uint(len(list)))/4); n > 0 || seen[b.String()]; n-- {
			// The syllable before last is drawn rarely: about one word in sixty is not ASCII.
			i := random.IntN(len(syllables))
			if i == len(syllables)-2 && random.IntN(8) > 0 {
				i = 0
			}
			b.WriteString(syllables[i])
		}
		word := b.String()
		seen[word] = true
		list = append(list, word)
	}
	return list
}

// countWords counts the words of a file that was made before: it has one white space after each.
func countWords(name string) (int, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	words := 0
	block := make([]byte, 1<<20)
	for {
		n, err := f.Read(block)
		for _, c := range block[:n] {
			if c == ' ' || c == '\n' {
				words++
			}
		}
		if err != nil || n == 0 {
			return words, nil
		}
	}
}
