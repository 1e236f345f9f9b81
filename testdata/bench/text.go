package main

import (
	"bufio"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// vocabulary is how many different words the text may hold.
const vocabulary = 50_000

// textKind is a kind of text, which write makes; the same in each run.
type textKind struct {
	name  string
	write func(w *bufio.Writer, size int) (words int)
}

var (
	zipf      = textKind{"zipf", writeZipf}
	unique    = textKind{"unique", writeUnique}
	utf8Words = textKind{"utf8", writeUTF8}
	long      = textKind{"long", writeLong}
)

// textFile returns the name of a file of so many megabytes of text, and how many words they are. It is made once and kept in the temporary folder.
func textFile(kind textKind, megabytes int) (name string, words int, err error) {
	name = filepath.Join(os.TempDir(), fmt.Sprintf("topo-bench-%s-1-%dMB.txt", kind.name, megabytes))
	if words, err := countWords(name); err == nil {
		return name, words, nil
	}
	f, err := os.CreateTemp(os.TempDir(), "topo-bench-"+kind.name+"-*")
	if err != nil {
		return "", 0, err
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriterSize(f, 1<<20)
	words = kind.write(w, megabytes*1_000_000)
	if err := errors.Join(w.Flush(), f.Close(), os.Rename(f.Name(), name)); err != nil {
		return "", 0, err
	}
	return name, words, nil
}

// writeZipf writes words that are as unevenly frequent as those of real text.
func writeZipf(w *bufio.Writer, size int) (words int) {
	random := rand.New(rand.NewPCG(2026, 100))
	ranks := rand.NewZipf(random, 1.1, 2.7, vocabulary-1)
	list := makeWords(random)
	return writeLines(w, size, random, func() string {
		word := list[ranks.Uint64()]
		if random.IntN(12) == 0 && word[0] < utf8.RuneSelf {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		return word
	})
}

// writeUnique writes words of which hardly any comes twice.
func writeUnique(w *bufio.Writer, size int) (words int) {
	random := rand.New(rand.NewPCG(2026, 101))
	return writeLines(w, size, random, func() string { return strconv.FormatUint(random.Uint64N(1<<40), 32) })
}

// writeUTF8 writes words of letters that take two or three bytes, some of them capitals.
func writeUTF8(w *bufio.Writer, size int) (words int) {
	random := rand.New(rand.NewPCG(2026, 102))
	ranks := rand.NewZipf(random, 1.1, 2.7, vocabulary-1)
	list := makeWords(random)
	to := strings.NewReplacer("a", "а", "b", "б", "e", "є", "i", "и", "k", "к", "l", "л", "m", "м", "n", "н", "o", "о", "r", "р", "s", "с", "t", "т", "u", "ü", "v", "в", "h", "ħ")
	for i := range list {
		list[i] = to.Replace(list[i])
	}
	return writeLines(w, size, random, func() string {
		word := list[ranks.Uint64()]
		if random.IntN(12) == 0 {
			first, n := utf8.DecodeRuneInString(word)
			word = string(unicode.ToUpper(first)) + word[n:]
		}
		return word
	})
}

// writeLong writes words of 64 bytes.
func writeLong(w *bufio.Writer, size int) (words int) {
	random := rand.New(rand.NewPCG(2026, 103))
	ranks := rand.NewZipf(random, 1.1, 2.7, vocabulary-1)
	list := makeWords(random)
	for i, word := range list {
		list[i] = strings.Repeat("/", 64-len(word)) + word
	}
	return writeLines(w, size, random, func() string { return list[ranks.Uint64()] })
}

// writeLines writes lines of 4 to 16 words. Errors stay in the writer, whose Flush reports them.
func writeLines(w *bufio.Writer, size int, random *rand.Rand, next func() string) (words int) {
	for written := 0; written < size; {
		for n := 4 + random.IntN(13); n > 0; n-- {
			word := next()
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

// jsonText returns the name of a file of about so many megabytes of JSON objects, one a line, and how many they are. Half of them are ok.
func jsonText(megabytes int) (name string, records int, err error) {
	records = megabytes * 1_000_000 / 60
	name = filepath.Join(os.TempDir(), fmt.Sprintf("topo-bench-json-1-%dMB.txt", megabytes))
	if _, err := os.Stat(name); err == nil {
		return name, records, nil
	}
	f, err := os.CreateTemp(os.TempDir(), "topo-bench-json-*")
	if err != nil {
		return "", 0, err
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriterSize(f, 1<<20)
	random := rand.New(rand.NewPCG(2026, 104))
	for i := range records {
		fmt.Fprintf(w, `{"id":%d,"name":"%s %d","value":%.2f,"ok":%t}`+"\n", i, []string{"alpha", "beta", "gamma delta"}[i%3], random.IntN(1000), random.Float64()*1000, i%2 == 0)
	}
	return name, records, errors.Join(w.Flush(), f.Close(), os.Rename(f.Name(), name))
}
