package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// workLine is a line of a terminal that says what topoc is busy with, for as long as it is. What else is written meanwhile stands above it.
type workLine struct {
	mu     sync.Mutex
	w      io.Writer
	text   string
	second int
	ended  chan struct{}
	ticks  sync.WaitGroup
	once   sync.Once
}

// clearLine empties the terminal's line.
const clearLine = "\r\x1b[K"

// workShownAfter is how many seconds something may take without a word.
const workShownAfter = 1

// showWork says that something goes on, a second after it began and with each second that tick tells of, until end.
func showWork(w io.Writer, text string, tick <-chan time.Time) *workLine {
	l := &workLine{w: w, text: text, ended: make(chan struct{})}
	l.ticks.Go(func() {
		for {
			select {
			case <-tick:
				l.mu.Lock()
				l.second++
				l.draw()
				l.mu.Unlock()
			case <-l.ended:
				return
			}
		}
	})
	return l
}

// draw writes the line anew.
func (l *workLine) draw() {
	if l.second >= workShownAfter {
		_, _ = fmt.Fprintf(l.w, "%s%s, %ds", clearLine, l.text, l.second) // it is no message: where it can't be shown, nothing is lost
	}
}

// Write implements io.Writer: a message above the line.
func (l *workLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.second >= workShownAfter {
		if _, err := io.WriteString(l.w, clearLine); err != nil {
			return 0, err
		}
	}
	n, err := l.w.Write(p)
	if err == nil {
		l.draw()
	}
	return n, err
}

// end takes the line away.
func (l *workLine) end() {
	l.once.Do(func() {
		close(l.ended)
		l.ticks.Wait()
		if l.second >= workShownAfter {
			_, _ = io.WriteString(l.w, clearLine)
		}
	})
}
