// Package lines cuts a stream of bytes into lines. It is the one line splitter of the standard
// library: file.lines and stdin.lines differ only in where the bytes come from.
//
// A Cutter reads large blocks and hands out lines as views into its block, so a line costs a search for its
// end and nothing more; whether the text is UTF-8 is checked once for all lines of a block. Lines stay as
// they are until the next Fill. Lines before a bad place are handed out before the error is.
package lines

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
)

// blockSize is how much is read at once.
const blockSize = 256 << 10

// Input is where the bytes come from: io.Reader, but a wait for more ends when ctx is done, with its error.
type Input interface {
	Read(ctx context.Context, p []byte) (int, error)
}

// Invalid says what to do with a line that is not UTF-8.
type Invalid int

// What to do with a line that is not UTF-8.
const (
	Fail    Invalid = iota // end with an error that names the place
	Replace                // put U+FFFD in place of what is not UTF-8
	Skip                   // leave the line out
	Report                 // leave it out, and say that it failed
	Keep                   // hand it out as it is, to who looks at each line anyway
)

// ParseInvalid reads the argument `invalid`.
func ParseInvalid(s string) (Invalid, error) {
	switch s {
	case "fail":
		return Fail, nil
	case "replace":
		return Replace, nil
	case "skip":
		return Skip, nil
	case "report":
		return Report, nil
	}
	return 0, fault.New(`choose one of "fail", "report", "replace", "skip"`, "invalid: %q is not a way to treat text that is not UTF-8", s)
}

// ParseMaxLine checks the argument `max_line`.
func ParseMaxLine(n int64) (int, error) {
	if n < 1 || n > 1<<30 {
		return 0, fault.New("choose a size from 1 byte to 1GB", "max_line: %d bytes is out of range", n)
	}
	return int(n), nil
}

// Cutter cuts the bytes of one input after the other. Its fields are set before the first Start.
type Cutter struct {
	MaxLine int
	Invalid Invalid
	// Warn is told of the first line that is not UTF-8, and at Close of how many there were.
	Warn func(format string, args ...any)
	// Refuse is told of each line that is not UTF-8, with U+FFFD for what is not, where Invalid is Report.
	Refuse func(component.Failed)

	in   Input
	name string
	line int64 // lines cut so far
	base int64 // where the block begins in the input

	buf   []byte // buf[:cap] is the block; its length is what has been read
	at    int    // next line begins here
	whole int    // the lines that end before here are complete
	valid bool   // buf[at:whole] is UTF-8, or whoever reads it looks

	first bool  // nothing was cut yet: a byte order mark may come
	ended bool  // the input has ended
	long  bool  // at a line that is too long
	err   error // told when the lines before it have been handed out

	mended int64
}

// Start makes in the input. Name stands for it in messages.
func (c *Cutter) Start(in Input, name string) {
	if c.buf == nil {
		c.buf = make([]byte, 0, blockSize)
	}
	*c = Cutter{MaxLine: c.MaxLine, Invalid: c.Invalid, Warn: c.Warn, Refuse: c.Refuse, mended: c.mended, in: in, name: name, buf: c.buf[:0], first: true}
}

// At says where the next line begins in the input, and how many stand before it.
func (c *Cutter) At() (offset, line int64) { return c.base + int64(c.at), c.line }

// StartAt is Start for an input that is read from a place that At gave.
func (c *Cutter) StartAt(in Input, name string, offset, line int64) {
	c.Start(in, name)
	c.base, c.line, c.first = offset, line, offset == 0
}

// Line returns the next line of the block; false means that Fill is next.
func (c *Cutter) Line() (string, bool) {
	for c.at < c.whole {
		rest := c.buf[c.at:c.whole]
		end, next := bytes.IndexByte(rest, '\n'), 0
		if end < 0 {
			end, next = len(rest), len(rest) // the last line of the input has no end
		} else {
			next = end + 1
		}
		if end > 0 && rest[end-1] == '\r' && next > end {
			end--
		}
		if end > c.MaxLine {
			c.stop(c.tooLong(end, ""))
			return "", false
		}
		text := rest[:end]
		if c.valid || utf8.Valid(text) {
			c.line++
			c.at += next
			return arena.View(text), true
		}
		if c.Invalid == Fail {
			c.stop(c.notUTF8(text))
			return "", false
		}
		c.line++
		c.at += next
		if c.Invalid == Report {
			c.Refuse(component.Failed{Tuple: strings.ToValidUTF8(string(text), "\uFFFD"), Reason: reasonAt(text), Place: c.Place()})
			continue
		}
		if c.mended++; c.mended == 1 {
			c.Warn("%s", c.notUTF8At(text, c.line))
		}
		if c.Invalid == Replace {
			return strings.ToValidUTF8(string(text), "\uFFFD"), true
		}
	}
	return "", false
}

// Place is where the line that was handed out last stands: its file and its number.
func (c *Cutter) Place() string { return c.name + ":" + strconv.FormatInt(c.line, 10) }

// stop ends the block before the line at which err stands.
func (c *Cutter) stop(err error) {
	c.err = err
	c.whole = c.at
}

// Fill reads on until there is a complete line. It returns nil when there is one or when ctx is done, io.EOF at the end
// of the input. Lines handed out before are no longer valid.
func (c *Cutter) Fill(ctx context.Context) error {
	if c.err != nil {
		return c.err
	}
	if c.ended {
		return io.EOF
	}
	// What is left over moves to the front of the block.
	left := len(c.buf) - c.at
	c.base += int64(c.at)
	copy(c.buf[:left], c.buf[c.at:])
	c.buf, c.at, c.whole = c.buf[:left], 0, 0
	for {
		if cap(c.buf)-len(c.buf) < blockSize/4 {
			grown := make([]byte, len(c.buf), 2*cap(c.buf))
			copy(grown, c.buf)
			c.buf = grown
		}
		n, err := c.in.Read(ctx, c.buf[len(c.buf):cap(c.buf)])
		fresh := len(c.buf)
		c.buf = c.buf[:fresh+n]
		switch {
		case err == nil:
		case err == io.EOF:
			c.ended = true
			c.take(len(c.buf))
			if c.at == c.whole {
				return io.EOF
			}
			return nil
		case ctx.Err() != nil && errors.Is(err, ctx.Err()):
			return nil
		default:
			// Complete lines that came with the error are handed out first.
			c.err = fault.New("the text before this place has been read; check the disk or the network behind it, then run again",
				"%s: cannot read on after line %d: %w", c.name, c.line+int64(bytes.Count(c.buf, newline)), err)
			if last := bytes.LastIndexByte(c.buf, '\n'); last >= 0 {
				c.take(last + 1)
				return nil
			}
			return c.err
		}
		if last := bytes.LastIndexByte(c.buf[fresh:], '\n'); last >= 0 {
			c.take(fresh + last + 1)
			if c.at < c.whole {
				return nil
			}
		} else if size := len(c.buf); size > c.MaxLine+1 { // one more, for a CR
			c.err = c.tooLong(size, " and has no end yet")
			return c.err
		}
	}
}

var newline = []byte{'\n'}

// take makes the first n bytes of the block lines.
func (c *Cutter) take(n int) {
	c.whole = n
	if c.first {
		c.first = false
		if bytes.HasPrefix(c.buf[:n], []byte("\ufeff")) {
			c.at = len("\ufeff")
		}
	}
	c.valid = c.Invalid == Keep || utf8.Valid(c.buf[c.at:n])
}

// Close tells how many lines were not UTF-8.
func (c *Cutter) Close() {
	if c.mended > 1 {
		what := "in which it was replaced by U+FFFD"
		if c.Invalid == Skip {
			what = "which were left out"
		}
		c.Warn("text that is not UTF-8 stood in %d lines, %s", c.mended, what)
	}
}

// TooLong reports whether it has ended at a line that is longer than MaxLine.
func (c *Cutter) TooLong() bool { return c.long }

func (c *Cutter) tooLong(size int, more string) error {
	c.long = true
	return fault.New("raise it, for example `max_line: 64MB`, or check that the input is text",
		"%s:%d: a line has %d bytes%s; max_line is %d", c.name, c.line+1, size, more, c.MaxLine)
}

func (c *Cutter) notUTF8(line []byte) error {
	return fault.New("convert the text to UTF-8, or say `invalid: \"report\"` (such lines fail, and go to `.failed`), `invalid: \"replace\"` (U+FFFD in its place) or `invalid: \"skip\"` (without such lines)",
		"%w", c.notUTF8At(line, c.line+1))
}

// notUTF8At says where the line stops being UTF-8.
func (c *Cutter) notUTF8At(line []byte, number int64) error {
	at := badByte(line)
	return fault.New("", "%s:%d:%d: the byte 0x%02X is not UTF-8 text", c.name, number, at+1, line[at])
}

// reasonAt is notUTF8At for what says by itself which line it is. The column counts bytes, from 1.
func reasonAt(line []byte) string {
	at := badByte(line)
	return fmt.Sprintf("the byte 0x%02X in column %d is not UTF-8 text", line[at], at+1)
}

// badByte is where a line that is not UTF-8 stops being it.
func badByte(line []byte) (at int) {
	for {
		r, size := utf8.DecodeRune(line[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
}
