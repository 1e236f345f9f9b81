package generate

import (
	"context"
	"io"
	"math"
	"math/rand/v2"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
)

// Text is the spout generate.text. Each line has a generator of random numbers of its own, seeded with the seed and the line's number, so that the lines
// are the same whatever the number of tasks.
type Text struct {
	Lines, Words, Vocabulary, Seed int64

	share  share
	random rand.PCG
	words  []string
	pick   alias
	buf    []byte
}

// TextRow is a tuple of Text.
type TextRow struct{ Line string }

var _ component.Spout[TextRow] = (*Text)(nil)

// Open implements component.Spout.
func (t *Text) Open(ctx *component.Context) (err error) {
	if t.share, err = newShare(ctx, t.Lines); err != nil {
		return err
	}
	if t.Words < 1 || t.Words > 100_000 {
		return fault.New("choose from 1 to 100000 words a line", "words: %d is out of range", t.Words)
	}
	if t.Vocabulary < 1 || t.Vocabulary > 10_000_000 {
		return fault.New("choose from 1 to 10000000 different words", "vocabulary: %d is out of range", t.Vocabulary)
	}
	t.words = make([]string, t.Vocabulary)
	weights := make([]float64, t.Vocabulary)
	for i := range t.words {
		t.words[i] = word(i)
		weights[i] = 1 / math.Pow(float64(i+2), 1.05)
	}
	t.pick = newAlias(weights)
	return nil
}

// word returns the i-th word: frequent words are short, and no two are the same.
func word(i int) string {
	const syllables = "tahenoristaelundomibekasuvo" // pairs of letters, read at even offsets
	const pairs = len(syllables) / 2
	var b []byte
	for i++; i > 0; i = (i - 1) / pairs {
		at := (i - 1) % pairs * 2
		b = append(b, syllables[at:at+2]...)
	}
	return string(b)
}

// Next implements component.Spout.
func (t *Text) Next(_ context.Context, out *component.Emitter[TextRow]) error {
	t.buf = t.buf[:0]
	for !out.Full() {
		i, ok := t.share.take()
		if !ok {
			return io.EOF
		}
		t.random.Seed(uint64(t.Seed), uint64(i))
		from := len(t.buf)
		for w := range t.Words {
			if w > 0 {
				t.buf = append(t.buf, ' ')
			}
			t.buf = append(t.buf, t.words[t.pick.draw(t.random.Uint64())]...)
		}
		// A line is a view into the buffer. Where the buffer grows, older lines keep the old one alive.
		out.Emit(TextRow{arena.View(t.buf[from:])})
		if len(t.buf) > 1<<20 {
			break // long lines: the text of one call stays bounded
		}
	}
	return nil
}

// Position implements component.Positioned.
func (t *Text) Position() ([]byte, error) { return t.share.position() }

// Rewind implements component.Positioned.
func (t *Text) Rewind(position []byte) error { return t.share.rewind(position) }

// Close implements component.Spout.
func (t *Text) Close() error { return nil }

// alias draws numbers by their weights in constant time, by Walker's alias method: each number has a column, which it shares with
// at most one other.
type alias struct {
	keep  []uint32 // out of 1<<32, how often a column gives its own number
	other []uint32
}

func newAlias(weights []float64) alias {
	n := len(weights)
	a := alias{make([]uint32, n), make([]uint32, n)}
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	scaled := make([]float64, n)
	var small, large []uint32
	for i, w := range weights {
		scaled[i] = w * float64(n) / sum
		if scaled[i] < 1 {
			small = append(small, uint32(i))
		} else {
			large = append(large, uint32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		a.keep[s], a.other[s] = uint32(scaled[s]*(1<<32-1)), l
		if scaled[l] -= 1 - scaled[s]; scaled[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) {
		a.keep[i], a.other[i] = 1<<32-1, i // what rounding left over
	}
	return a
}

// draw makes a number of 64 random bits.
func (a *alias) draw(random uint64) uint32 {
	column := uint32(random >> 32 * uint64(len(a.keep)) >> 32)
	if uint32(random) <= a.keep[column] {
		return column
	}
	return a.other[column]
}
