package app

import (
	"bytes"
	"io"
)

// wholeLines passes on whole lines only, so that what several processes say is not mixed up within one.
type wholeLines struct {
	to   io.Writer
	rest []byte
}

// longestLine is passed on without its end.
const longestLine = 1 << 20

// Write implements io.Writer.
func (l *wholeLines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	end := bytes.LastIndexByte(l.rest, '\n') + 1
	if end == 0 && len(l.rest) > longestLine {
		end = len(l.rest)
	}
	if end > 0 {
		if _, err := l.to.Write(l.rest[:end]); err != nil {
			return 0, err
		}
		l.rest = l.rest[:copy(l.rest, l.rest[end:])]
	}
	return len(p), nil
}

// flush passes on a last line that has no end.
func (l *wholeLines) flush() {
	if len(l.rest) > 0 {
		// Where it can't be written there is nobody to tell.
		_, _ = l.to.Write(append(l.rest, '\n'))
		l.rest = nil
	}
}
