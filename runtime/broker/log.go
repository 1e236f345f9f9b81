package broker

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// logger lets through of the server's log what an operator should see, and remembers the first fatal word:
// the server then expects its process to end, which is not its to decide here.
type logger struct {
	out   func(string)
	fatal atomic.Pointer[string]
}

func (l *logger) warn(format string, args ...any) {
	if l.out != nil {
		l.out(fmt.Sprintf(format, args...))
	}
}

// Noticef implements server.Logger.
func (l *logger) Noticef(string, ...any) {}

// Warnf implements server.Logger. What the server tells of its log's index behind a crash is no news: it is made anew then, out of the log.
func (l *logger) Warnf(format string, args ...any) {
	if !strings.Contains(format, "Stream state outdated") && !strings.Contains(format, "Recovering stream state from index errored") {
		l.warn(format, args...)
	}
}

// Fatalf implements server.Logger.
func (l *logger) Fatalf(format string, args ...any) {
	why := fmt.Sprintf(format, args...)
	l.fatal.CompareAndSwap(nil, &why)
}

// Errorf implements server.Logger.
func (l *logger) Errorf(format string, args ...any) { l.warn(format, args...) }

// Debugf implements server.Logger.
func (l *logger) Debugf(string, ...any) {}

// Tracef implements server.Logger.
func (l *logger) Tracef(string, ...any) {}
