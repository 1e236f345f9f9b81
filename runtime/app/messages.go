package app

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// messages is the standard error, where everything goes that is said to people. Secrets are blotted out of it, whoever
// writes them: a component's error may well repeat the address with a password that it was given.
type messages struct {
	mu      sync.Mutex
	w       io.Writer
	secrets *strings.Replacer
	shown   string // the line of progress, which has no end
}

// blot is what stands in a secret's place.
const blot = "(secret)"

// shortSecret is the length from which a secret is blotted out of others' messages. A shorter one would blot out
// half of every message, and is one that can be guessed.
const shortSecret = 4

// hide keeps the values of secret params out of what follows.
func (m *messages) hide(params []Param) {
	var pairs, folders []string
	for _, p := range params {
		s, ok := p.Value.(*string)
		if !p.Secret || !ok || len(*s) < shortSecret {
			continue
		}
		quoted := strconv.Quote(*s)
		for _, form := range []string{*s, quoted[1 : len(quoted)-1], url.QueryEscape(*s), url.PathEscape(*s)} {
			pairs = append(pairs, form, blot)
		}
		// A message may name the folder of a path that is one.
		if folder := filepath.Dir(*s); len(folder) >= shortSecret && folder != *s {
			folders = append(folders, folder, blot)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if pairs != nil {
		m.secrets = strings.NewReplacer(append(pairs, folders...)...)
	}
}

// Write implements io.Writer. Where not even a message can be written there is nobody to tell.
func (m *messages) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	text := string(p)
	if m.secrets != nil {
		text = m.secrets.Replace(text)
	}
	if m.shown != "" {
		text = clearLine + text + m.shown
	}
	if _, err := io.WriteString(m.w, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// clearLine empties the terminal's line.
const clearLine = "\r\x1b[K"

// show writes the line of progress anew; "" takes it away.
func (m *messages) show(text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.secrets != nil {
		text = m.secrets.Replace(text)
	}
	if m.shown == "" && text == "" {
		return
	}
	m.shown = text
	_, _ = io.WriteString(m.w, clearLine+text) // it is no message: where it can't be shown, nothing is lost
}

// line writes a line in one Write.
func (m *messages) line(format string, args ...any) {
	fmt.Fprintf(m, "%s\n", fmt.Sprintf(format, args...))
}

// problem is something wrong, and the way out.
type problem struct{ what, help string }

func (m *messages) problem(p problem) {
	if p.help == "" {
		m.line("error: %s", p.what)
		return
	}
	m.line("error: %s\n  help: %s", p.what, strings.ReplaceAll(p.help, "\n", "\n        "))
}
