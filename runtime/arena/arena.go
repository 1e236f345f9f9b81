// Package arena gives functions a place for the text they make, without an allocation for each.
//
// A task owns one Arena and resets it between tuples: strings made in it are valid
// until then. Whoever keeps one longer (state, a sink's buffer) clones it.
package arena

import "unsafe"

// Arena is a bump allocator for text and lists of text. The zero value is ready. Not safe for concurrent use.
type Arena struct {
	buf  []byte
	strs []string
}

// Reset makes everything handed out invalid and keeps the memory for what comes next.
// Memory far beyond the usual (1 MiB) is let go, so that one huge tuple is not paid for ever.
func (a *Arena) Reset() {
	if cap(a.buf) > 1<<20 {
		a.buf = nil
	}
	if cap(a.strs) > 1<<16 {
		a.strs = nil
	}
	a.buf, a.strs = a.buf[:0], a.strs[:0]
}

// Bytes returns an empty slice with room for n bytes in the arena; append to it, then pass it to Commit.
func (a *Arena) Bytes(n int) []byte {
	if cap(a.buf)-len(a.buf) < n {
		// Older strings keep the old block alive; nothing moves under them.
		a.buf = make([]byte, 0, max(4096, 2*cap(a.buf), n))
	}
	return a.buf[len(a.buf):len(a.buf):cap(a.buf)]
}

// Commit keeps b, which came from Bytes and was appended to, and returns it as a string.
func (a *Arena) Commit(b []byte) string {
	if n := len(a.buf); n+len(b) <= cap(a.buf) {
		a.buf = a.buf[:n+len(b)]
	}
	return View(b)
}

// Strings returns a list of length n in the arena, its items empty.
func (a *Arena) Strings(n int) []string {
	if cap(a.strs)-len(a.strs) < n {
		a.strs = make([]string, 0, max(64, 2*cap(a.strs), n))
	}
	at := len(a.strs)
	a.strs = a.strs[:at+n]
	s := a.strs[at : at+n : at+n]
	clear(s)
	return s
}

// View returns the bytes of b as a string without a copy. The string changes when b does:
// it is for text that is read before b is written again. This is the one unsafe conversion
// of the runtime; build with the tag topo_safe to copy instead.
func View(b []byte) string {
	if safe {
		return string(b)
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Option is a T that may be missing, with the reason, where one is kept in a tuple, list, map or state.
type Option[T any] struct {
	V   T
	OK  bool
	Why string
}

// Used is how many bytes of text, or of lists of it, were made since the last Reset.
func (a *Arena) Used() int { return len(a.buf) + len(a.strs)*int(unsafe.Sizeof("")) }
