package text

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/hash"
)

// wild are texts made of the pieces at which byte tricks go wrong.
func wild(r *rand.Rand) string {
	pieces := []string{
		"a", "Z", "the", "Quick", " ", "  ", "\t", "\n", "\r\n", "\v", "\f", "\x00", "\x08", "\x0e", "\x1f", "!", "@", "[", "`", "{", "\x7f",
		"\u0085", "\u00a0", "\u1680", "\u2003", "\u2028", "\u3000", "\u200b", "é", "É", "ß", "ẞ", "İ", "ı", "K", "ſ", "ǅ", "Σ", "ς", "中", "𝒜", "🙂", "Ⱥ", "ⱥ",
		"\x80", "\xff", "\xc2", "\xe2\x80", "\xf0\x9f", "\xed\xa0\x80", "\ufffd", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnop",
	}
	var b strings.Builder
	for range r.IntN(12) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	// Long runs of ASCII around keep the fast ways going, and shift what follows by all offsets.
	if r.IntN(2) == 0 {
		return strings.Repeat("x", r.IntN(18)) + b.String() + strings.Repeat("Y", r.IntN(18))
	}
	return b.String()
}

func checkAll(t *testing.T, a *arena.Arena, s, sep string) {
	t.Helper()
	a.Reset()
	if got, want := Words(a, s), strings.Fields(s); !slices.Equal(got, want) {
		t.Fatalf("Words(%q) = %q, want %q", s, got, want)
	}
	it := WordsSeq(s)
	for _, want := range strings.Fields(s) {
		if got, key, ok := it.NextKey(); !ok || got != want || key != hash.Of(want) {
			t.Fatalf("the words of %q: %q, %x, %v, want %q, %x", s, got, key, ok, want, hash.Of(want))
		}
	}
	if got, _, ok := it.NextKey(); ok {
		t.Fatalf("%q has one more word %q", s, got)
	}
	if got, want := Lower(a, s), strings.ToLower(s); got != want {
		t.Fatalf("Lower(%q) = %q, want %q", s, got, want)
	}
	if got, want := Upper(a, s), strings.ToUpper(s); got != want {
		t.Fatalf("Upper(%q) = %q, want %q", s, got, want)
	}
	if got, want := Split(a, s, sep), strings.Split(s, sep); !slices.Equal(got, want) {
		t.Fatalf("Split(%q, %q) = %q, want %q", s, sep, got, want)
	}
	if got, want := Join(a, strings.Split(s, sep), sep), s; sep != "" && got != want {
		t.Fatalf("Join(Split(%q, %q)) = %q", s, sep, got)
	}
	var lines []string
	for line := range strings.Lines(s) {
		line = strings.TrimSuffix(line, "\n")
		lines = append(lines, strings.TrimSuffix(line, "\r"))
	}
	if got := Lines(a, s); !slices.Equal(got, lines) {
		t.Fatalf("Lines(%q) = %q, want %q", s, got, lines)
	}
}

func TestSameAsStringsPackage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var a arena.Arena
	for range 100_000 {
		s := wild(r)
		checkAll(t, &a, s, []string{"", " ", "a", "é", "\r\n", "xx"}[r.IntN(6)])
	}
}

func TestEveryByteAtEveryOffset(t *testing.T) {
	var a arena.Arena
	for c := range 256 {
		for n := range 18 {
			s := strings.Repeat("q", n) + string([]byte{byte(c)}) + "Ro"
			checkAll(t, &a, s, "q")
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("The quick\u2003brown \xff fox", " ")
	f.Add("İstanbul ǅ \x80", "")
	var a arena.Arena
	f.Fuzz(func(t *testing.T, s, sep string) { checkAll(t, &a, s, sep) })
}

func TestUnchangedTextIsReturnedItself(t *testing.T) {
	var a arena.Arena
	for _, s := range []string{"", "a", "abc1", "lower case", "schön und gut", strings.Repeat("long ", 40)} {
		if n := testing.AllocsPerRun(10, func() { a.Reset(); Lower(&a, s) }); n != 0 {
			t.Errorf("Lower(%q) allocates %v times", s, n)
		}
	}
}

// view keeps what a test looks at.
var view string

func TestNoAllocationInSteadyState(t *testing.T) {
	if block := []byte("block"); testing.AllocsPerRun(1, func() { view = arena.View(block) }) > 0 {
		t.Skip("built with topo_safe: views are copies")
	}
	var a arena.Arena
	s := "The Quick Brown FOX Jumps Über Den Zaun, and so on and on"
	if n := testing.AllocsPerRun(100, func() {
		a.Reset()
		for _, w := range Words(&a, s) {
			Lower(&a, w)
		}
		Join(&a, Split(&a, s, " "), "-")
		it := WordsSeq(s)
		for _, ok := it.Next(); ok; _, ok = it.Next() {
		}
	}); n != 0 {
		t.Errorf("%v allocations a run", n)
	}
}

// sample is text as it stands in books: lines of about 70 bytes, one word of ten with a capital letter.
var sample = func() (lines []string) {
	r := rand.New(rand.NewPCG(7, 7))
	words := make([]string, 5000)
	for i := range words {
		b := make([]byte, 1+r.IntN(5)+r.IntN(6))
		for j := range b {
			b[j] = 'a' + byte(r.IntN(26))
		}
		if i%10 == 0 {
			b[0] -= 0x20
		}
		words[i] = string(b)
	}
	for range 20_000 {
		var line []string
		for size := 0; size < 68; size += len(line[len(line)-1]) + 1 {
			line = append(line, words[int(r.ExpFloat64()*400)%len(words)])
		}
		lines = append(lines, strings.Join(line, " "))
	}
	return lines
}()

// perWord runs f over the sample and reports what a word takes.
func perWord(b *testing.B, f func(line string)) {
	n := 0
	for _, line := range sample {
		n += len(strings.Fields(line))
	}
	for b.Loop() {
		for _, line := range sample {
			f(line)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/word")
}

// BenchmarkWordsLower is the inner loop of word count.
func BenchmarkWordsLower(b *testing.B) {
	var a arena.Arena
	n := 0
	perWord(b, func(line string) {
		a.Reset()
		it := WordsSeq(line)
		for w, ok := it.Next(); ok; w, ok = it.Next() {
			n += len(Lower(&a, w))
		}
	})
}

// BenchmarkLowerWords lowers a line at once, and gives the same words.
func BenchmarkLowerWords(b *testing.B) {
	var a arena.Arena
	n := 0
	perWord(b, func(line string) {
		a.Reset()
		it := WordsSeq(Lower(&a, line))
		for w, ok := it.Next(); ok; w, ok = it.Next() {
			n += len(w)
		}
	})
}

func BenchmarkWords(b *testing.B) {
	perWord(b, func(line string) {
		it := WordsSeq(line)
		for _, ok := it.Next(); ok; _, ok = it.Next() {
		}
	})
}

// BenchmarkFieldsToLower is the same by Go's own package.
func BenchmarkFieldsToLower(b *testing.B) {
	n := 0
	perWord(b, func(line string) {
		for _, w := range strings.Fields(line) {
			n += len(strings.ToLower(w))
		}
	})
}
