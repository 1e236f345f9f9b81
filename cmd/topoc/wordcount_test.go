package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// wordcountSource is examples/wordcount; tests of other task counts replace `tasks 2` in it.
func wordcountSource(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(repository("examples/wordcount/wordcount.topo"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var wordcountOnce struct {
	sync.Once
	binary, trouble string
}

// wordcount returns the binary of examples/wordcount, built once for all tests.
func wordcount(t *testing.T) string {
	t.Helper()
	o := &wordcountOnce
	o.Do(func() {
		o.binary = filepath.Join(os.Getenv("TOPO_CACHE"), "wordcount-for-tests"+target{}.extension())
		if _, stderr, status := topocIn(t, "build", "-o", o.binary, repository("examples/wordcount")); status != 0 {
			o.trouble = stderr
		}
	})
	if o.trouble != "" {
		t.Fatalf("examples/wordcount does not build:\n%s", o.trouble)
	}
	return o.binary
}

// recount counts words another way than any topology does.
func recount(text string) string {
	counts := map[string]int{}
	for _, word := range strings.Fields(text) {
		counts[strings.ToLower(word)]++
	}
	words := make([]string, 0, len(counts))
	for word := range counts {
		words = append(words, word)
	}
	slices.SortFunc(words, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	var b strings.Builder
	for _, word := range words {
		fmt.Fprintf(&b, "%s\t%d\n", word, counts[word])
	}
	return b.String()
}

// count runs a word count over a text and compares it with the recount.
func count(t *testing.T, binary, text string, flags ...string) {
	t.Helper()
	input := filepath.Join(t.TempDir(), "input.txt")
	if err := os.WriteFile(input, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"run", "--input", input}, flags...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, &stderr)
	}
	if got, want := string(out), recount(text); got != want {
		t.Fatalf("%v %s", flags, firstDifference(got, want))
	}
	if stderr.Len() > 0 {
		t.Errorf("%v wrote to standard error:\n%s", cmd.Args, &stderr)
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d is %q, not %q (%d lines, not %d)", i+1, g[i], w[i], len(g)-1, len(w)-1)
		}
	}
	return fmt.Sprintf("%d lines, not %d", len(g)-1, len(w)-1)
}

// opticks is Newton's Opticks, which every Go installation carries.
func opticks(t *testing.T) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "src", "testdata", "Isaac.Newton-Opticks.txt"))
	if err != nil {
		t.Skip("this Go installation comes without its source: ", err)
	}
	return string(text)
}

func TestWordCountOfOpticks(t *testing.T) {
	text := opticks(t)
	if n := len(strings.Fields(text)); n != 100_801 {
		t.Fatalf("Opticks has %d words, not 100801", n)
	}
	for _, transport := range []string{"memory", "nats"} {
		t.Run(transport, func(t *testing.T) {
			count(t, wordcount(t), text, "--transport", transport)
		})
	}
}

func TestWordCountOfTheDefaultInput(t *testing.T) {
	text, err := os.ReadFile(repository("examples/wordcount/testdata/words.txt"))
	if err != nil {
		t.Fatal(err)
	}
	count(t, wordcount(t), string(text))
}

// TestWordCountOfAnyText counts texts made to find edges: of blocks, batches, words, lines and UTF-8.
func TestWordCountOfAnyText(t *testing.T) {
	texts := map[string]string{
		"empty":              "",
		"one line end":       "\n",
		"no line end":        "the last line",
		"crlf":               "one two\r\ntwo\r\n",
		"only white space":   " \t\v\f \u00a0\u2003\u3000\n \n",
		"unicode spaces":     "a\u00a0b\u2003c\u3000d\u0085e a\n",
		"cases":              "Å å ÅSE åse Σίσυφος ΣΊΣΥΦΟΣ İ ı ǅ\n",
		"long word":          strings.Repeat("x", 100_000) + " " + strings.Repeat("X", 100_000) + "\n",
		"long line":          strings.Repeat("word ", 150_000) + "\n",
		"near equal words":   "aaaaaaaa aaaaaaaaa aaaaaaaaaa aaaaaaaab aaaaaaa\x00 aaaaaaa\n",
		"tabs would confuse": "\"quoted\"\tand\ttabs\n",
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) { count(t, wordcount(t), text) })
	}
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("random ", seed), func(t *testing.T) {
			text := randomText(rand.New(rand.NewPCG(seed, 7)))
			count(t, wordcount(t), text)
			count(t, wordcount(t), text, "--transport", "nats")
		})
	}
}

// randomText makes some thousand words: of a few letters or many, ASCII or not, equal often.
func randomText(random *rand.Rand) string {
	letters := []rune("abcdeABCDE.,'-éßÅøжЖ字😀")
	spaces := []string{" ", " ", " ", "  ", "\t", "\n", "\n\n", "\r\n", "\u00a0", "\u2028"}
	ascii := random.IntN(2) * 14
	var b strings.Builder
	for range random.IntN(20_000) {
		length := 1 + random.IntN(4)
		if random.IntN(20) == 0 {
			length = random.IntN(40)
		}
		for range length {
			b.WriteRune(letters[random.IntN(len(letters)-ascii/2)])
		}
		b.WriteString(spaces[random.IntN(len(spaces))])
	}
	return b.String()
}

func TestWordCountWithOtherTasks(t *testing.T) {
	text := opticks(t)
	for _, tasks := range []string{"tasks 1", "tasks 3", "tasks 16"} {
		t.Run(tasks, func(t *testing.T) {
			dir := t.TempDir()
			source := strings.ReplaceAll(wordcountSource(t), "tasks 2", tasks)
			if err := os.WriteFile(filepath.Join(dir, "wordcount.topo"), []byte(source), 0o666); err != nil {
				t.Fatal(err)
			}
			binary := filepath.Join(dir, "wc"+target{}.extension())
			if _, stderr, status := topocIn(t, "build", "-o", binary, dir); status != 0 {
				t.Fatal(stderr)
			}
			count(t, binary, text)
			count(t, binary, text, "--transport", "nats")
		})
	}
}

func TestBinaryIsStaticAndSmall(t *testing.T) {
	binary := wordcount(t)
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	if size := info.Size(); size >= 20<<20 {
		t.Errorf("the binary is %.1f MB large, 20 or more", float64(size)/(1<<20))
	}
	if runtime.GOOS != "linux" {
		return
	}
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the binary asks for a dynamic linker")
		}
	}
	if libraries, err := f.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("the binary needs libraries: %v %v", libraries, err)
	}
}

// TestBinaryIsReadySoon guards against work at start; the limit leaves room for a busy machine.
func TestBinaryIsReadySoon(t *testing.T) {
	binary := wordcount(t)
	best := time.Hour
	for range 5 {
		start := time.Now()
		count(t, binary, "")
		best = min(best, time.Since(start))
	}
	if best > 200*time.Millisecond {
		t.Errorf("counting nothing takes %v", best)
	}
}
