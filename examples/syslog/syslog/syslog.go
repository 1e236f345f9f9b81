// Package syslog is the Go of library syslog: what the signatures in syslog.topo name.
package syslog

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

// severities are in the order of their numbers.
var severities = []string{"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"}

// Message is a record of the library.
type Message struct{ Severity, Host, App, Text string }

// Parse is the function syslog.parse.
func Parse(line string) (Message, error) {
	number, rest, ok := strings.Cut(strings.TrimPrefix(line, "<"), ">")
	priority, err := strconv.Atoi(number)
	if !ok || err != nil || !strings.HasPrefix(line, "<") || priority < 0 || priority > 191 {
		return Message{}, errors.New("no priority such as <34>")
	}
	if len(rest) <= len(time.Stamp) {
		return Message{}, errors.New("no time behind the priority")
	}
	if _, err := time.Parse(time.Stamp, rest[:len(time.Stamp)]); err != nil {
		return Message{}, errors.New("no time behind the priority")
	}
	host, rest, ok := strings.Cut(strings.TrimPrefix(rest[len(time.Stamp):], " "), " ")
	app, text, named := strings.Cut(rest, ": ")
	if !ok || !named {
		return Message{}, errors.New("no host and program behind the time")
	}
	app, _, _ = strings.Cut(app, "[")
	return Message{severities[priority%8], host, app, text}, nil
}

// Rank is the function syslog.rank.
func Rank(severity string) (int, bool) {
	i := slices.Index(severities, severity)
	return i, i >= 0
}

// Line is what bolt syslog.messages takes of a tuple.
type Line struct{ Line string }

// Messages is the bolt syslog.messages.
func Messages(in Line, out *component.Emitter[Message]) error {
	m, err := Parse(in.Line)
	if err != nil {
		return component.Permanent(err)
	}
	out.Emit(m)
	return nil
}

// Entry is what sink syslog.write takes of a tuple.
type Entry struct{ Severity, Text string }

// Write is the sink syslog.write.
type Write struct {
	Path, Host, App, Facility string

	now  func() time.Time
	file *os.File
	buf  *bufio.Writer
}

// Open makes the file.
func (w *Write) Open(ctx *component.Context) (err error) {
	if err := ctx.Own(w.Path); err != nil {
		return err
	}
	w.now = ctx.Now
	if w.file, err = os.Create(w.Path); err == nil {
		w.buf = bufio.NewWriter(w.file)
	}
	return err
}

// Write writes a line for each row.
func (w *Write) Write(rows []Entry) error {
	facility := map[string]int{"user": 1, "daemon": 3, "local0": 16}[w.Facility]
	for _, r := range rows {
		rank, ok := Rank(r.Severity)
		if !ok {
			rank = 5 // a notice
		}
		text := strings.Map(func(c rune) rune {
			if c < ' ' {
				return ' '
			}
			return c
		}, r.Text)
		fmt.Fprintf(w.buf, "<%d>%s %s %s: %s\n", facility*8+rank, w.now().Format(time.Stamp), w.Host, w.App, text)
	}
	return nil
}

// Flush is called when no more comes for now.
func (w *Write) Flush() error { return w.buf.Flush() }

// Close ends the file.
func (w *Write) Close(bool) error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}
