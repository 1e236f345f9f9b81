package lines

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/component"
)

// cutAll returns the lines of r, with what ended them.
func cutAll(t testing.TB, c *Cutter, r io.Reader) ([]string, error) {
	t.Helper()
	c.Start(File{r}, "in.txt")
	var got []string
	for {
		for {
			line, ok := c.Line()
			if !ok {
				break
			}
			got = append(got, strings.Clone(line))
		}
		if err := c.Fill(t.Context()); err == io.EOF {
			return got, nil
		} else if err != nil {
			return got, err
		}
	}
}

func newCutter(max int, invalid Invalid, warned *[]string) *Cutter {
	return &Cutter{MaxLine: max, Invalid: invalid, Warn: func(format string, args ...any) {
		*warned = append(*warned, fmt.Sprintf(format, args...))
	}}
}

// want is what a cutter gives, written as plainly as can be.
func want(text string) []string {
	text = strings.TrimPrefix(text, "\ufeff")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	last := len(lines) - 1
	for i := range last {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	if lines[last] == "" {
		lines = lines[:last]
	}
	return lines
}

func TestLines(t *testing.T) {
	long := strings.Repeat("a long line ", 50_000)
	for _, text := range []string{
		"", "\n", "a", "a\n", "a\nb", "\n\n", "a\r\nb\r\n", "\r\n", "a\r", "a\rb\n", "\x00\n\x00", "\ufeffa\nb", "\ufeff", "\ufeff\n\ufeffx",
		long, long + "\n" + long + "\r\nx", strings.Repeat("x\n", 400_000),
	} {
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "halves": iotest.HalfReader, "data with EOF": iotest.DataErrReader,
		} {
			var warned []string
			got, err := cutAll(t, newCutter(1<<20, Fail, &warned), wrap(strings.NewReader(text)))
			if err != nil || !slices.Equal(got, want(text)) {
				t.Errorf("%s: %.40q: %d lines %.60q, %v", name, text, len(got), got, err)
			}
		}
	}
}

func TestRandomTextInRandomReads(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		var b strings.Builder
		for range r.IntN(40) {
			b.WriteString([]string{"a", "bc", "\n", "\r\n", "é", "🙂", "\r", strings.Repeat("z", r.IntN(300))}[r.IntN(8)])
		}
		var warned []string
		got, err := cutAll(t, newCutter(1<<20, Fail, &warned), iotest.OneByteReader(strings.NewReader(b.String())))
		if err != nil || !slices.Equal(got, want(b.String())) {
			t.Fatalf("%q: %q, %v", b.String(), got, err)
		}
	}
}

func TestLineTooLong(t *testing.T) {
	for name, text := range map[string]string{
		"whole":          "ok\n" + strings.Repeat("x", 101) + "\nafter\n",
		"last":           "ok\n" + strings.Repeat("x", 101),
		"without an end": "ok\n" + strings.Repeat("x", 3<<20),
	} {
		var warned []string
		got, err := cutAll(t, newCutter(100, Fail, &warned), strings.NewReader(text))
		if !slices.Equal(got, []string{"ok"}) {
			t.Errorf("%s: lines before it: %q", name, got)
		}
		if err == nil || !strings.HasPrefix(err.Error(), "in.txt:2: a line has ") || !strings.Contains(err.Error(), "max_line is 100") {
			t.Errorf("%s: %v", name, err)
		}
	}
	var warned []string
	exact := strings.Repeat("x", 100)
	if got, err := cutAll(t, newCutter(100, Fail, &warned), strings.NewReader(exact+"\r\n"+exact+"\n"+exact)); err != nil || len(got) != 3 {
		t.Errorf("lines of exactly max_line: %d, %v", len(got), err)
	}
}

// endless never has the end of a line.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read += len(p)
	return len(p), nil
}

func TestEndlessLineIsGivenUpSoon(t *testing.T) {
	var warned []string
	r := &endless{}
	if _, err := cutAll(t, newCutter(1<<20, Fail, &warned), r); err == nil || r.read > 4<<20 {
		t.Errorf("%v after %d bytes", err, r.read)
	}
}

func TestNotUTF8(t *testing.T) {
	text := "good\nfive\xffteen\r\n\xc3\nbest"
	var warned []string
	c := newCutter(100, Fail, &warned)
	got, err := cutAll(t, c, strings.NewReader(text))
	if !slices.Equal(got, []string{"good"}) || err == nil || err.Error() != "in.txt:2:5: the byte 0xFF is not UTF-8 text" {
		t.Errorf("fail: %q, %v", got, err)
	}
	var helper interface{ Help() string }
	if !errors.As(err, &helper) || !strings.Contains(helper.Help(), "replace") {
		t.Error("fail: no way out")
	}
	var refused []component.Failed
	c = newCutter(100, Report, &warned)
	c.Refuse = func(f component.Failed) { refused = append(refused, f) }
	got, err = cutAll(t, c, strings.NewReader(text))
	if err != nil || !slices.Equal(got, []string{"good", "best"}) || len(refused) != 2 ||
		refused[0] != (component.Failed{Tuple: "five\ufffdteen", Reason: "the byte 0xFF in column 5 is not UTF-8 text", Place: "in.txt:2"}) || refused[1].Place != "in.txt:3" {
		t.Errorf("report: %q, %v, %+v", got, err, refused)
	}
	for invalid, want := range map[Invalid][]string{
		Replace: {"good", "five\ufffdteen", "\ufffd", "best"},
		Skip:    {"good", "best"},
	} {
		warned = nil
		c := newCutter(100, invalid, &warned)
		got, err := cutAll(t, c, strings.NewReader(text))
		c.Close()
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v: %q, %v", invalid, got, err)
		}
		if len(warned) != 2 || !strings.Contains(warned[0], "in.txt:2:5") || !strings.Contains(warned[1], "2 lines") {
			t.Errorf("%v: warnings %q", invalid, warned)
		}
	}
}

func TestReadErrorComesAfterTheLinesBefore(t *testing.T) {
	cause := errors.New("disk on fire")
	var warned []string
	got, err := cutAll(t, newCutter(100, Fail, &warned), io.MultiReader(strings.NewReader("a\nb\nhal"), iotest.ErrReader(cause)))
	if !slices.Equal(got, []string{"a", "b"}) || !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "in.txt: cannot read on after line 2") {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPumpGivesUpWaiting(t *testing.T) {
	in, out := io.Pipe()
	p := NewPump(func() (io.ReadCloser, error) { return in, nil })
	defer p.Close()
	go out.Write([]byte("one\ntw"))
	var warned []string
	c := newCutter(100, Fail, &warned)
	c.Start(p, "pipe")
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.Fill(ctx); err != nil {
		t.Fatal(err)
	}
	if line, ok := c.Line(); !ok || line != "one" {
		t.Fatalf("%q, %v", line, ok)
	}
	if _, ok := c.Line(); ok {
		t.Fatal("a line without an end was handed out")
	}
	cancel()
	if err := c.Fill(ctx); err != nil {
		t.Fatalf("a stop is no error: %v", err)
	}
	// What was begun is not lost: with time to wait it is read on.
	go func() {
		out.Write([]byte("o\n"))
		out.Close()
	}()
	if err := c.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	if line, _ := c.Line(); line != "two" {
		t.Errorf("%q", line)
	}
	if err := c.Fill(t.Context()); err != io.EOF {
		t.Errorf("%v at the end", err)
	}
}

func TestPumpOpenError(t *testing.T) {
	p := NewPump(func() (io.ReadCloser, error) { return nil, errors.New("no such pipe") })
	defer p.Close()
	for range 2 {
		if _, err := p.Read(t.Context(), make([]byte, 10)); err == nil || err.Error() != "no such pipe" {
			t.Error(err)
		}
	}
}

func FuzzCutter(f *testing.F) {
	f.Add([]byte("a\r\n\xffb\n\nc"), uint8(3))
	f.Fuzz(func(t *testing.T, text []byte, max uint8) {
		var warned []string
		got, err := cutAll(t, newCutter(int(max)+1, Replace, &warned), iotest.HalfReader(bytes.NewReader(text)))
		lines := want(string(text))
		if err == nil && len(got) != len(lines) || len(got) > len(lines) {
			t.Fatalf("%q: %q", text, got)
		}
		for i, line := range got {
			if !utf8.ValidString(line) || line != strings.ToValidUTF8(lines[i], "\ufffd") {
				t.Fatalf("%q: line %d is %q", text, i, line)
			}
		}
	})
}

func BenchmarkCutter(b *testing.B) {
	text := bytes.Repeat([]byte("a line of sixty bytes, as they stand in a log or in a book.\n"), 100_000)
	b.SetBytes(int64(len(text)))
	c := &Cutter{MaxLine: 1 << 20}
	for b.Loop() {
		c.Start(File{bytes.NewReader(text)}, "bench")
		for c.Fill(b.Context()) == nil {
			for _, ok := c.Line(); ok; _, ok = c.Line() {
			}
		}
	}
}
