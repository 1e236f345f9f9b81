package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/topo-lang/topo/lang/diag"
)

//go:embed preview.html
var previewPage string

var previewTemplate = template.Must(template.New("").Parse(previewPage))

// preview serves the drawing of a topology beside its text, as they are now, to who knows its token.
type preview struct {
	path  string
	token string
	host  string // that it is asked by
	tick  func() (<-chan time.Time, func())

	mu    sync.Mutex
	seen  string // the state of the files that last was made of
	last  previewState
	drawn bool
}

// previewState is what the page shows.
type previewState struct {
	Hash   string                  `json:"hash"`
	Name   string                  `json:"name"`
	SVG    string                  `json:"svg"` // "" where there are mistakes
	Wrong  string                  `json:"wrong"`
	Files  []previewFile           `json:"files"`
	Places map[string]previewPlace `json:"places"` // of components, by their names
}

type previewFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

type previewPlace struct {
	File string `json:"file"`
	Line int    `json:"line"`
	End  int    `json:"end"`
}

// previewPatience is how long a question for something new waits.
const previewPatience = 20 * time.Second

// serveGraph is `topoc graph --serve`.
func serveGraph(ctx context.Context, c *console, path string) error {
	if err := isThere(path); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	secret := make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	p := &preview{path: path, token: hex.EncodeToString(secret), host: listener.Addr().String(), tick: func() (<-chan time.Time, func()) {
		t := time.NewTicker(watchEvery)
		return t.C, t.Stop
	}}
	server := &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	fmt.Fprintf(c.out, "http://%s/%s/\n", p.host, p.token)
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// ServeHTTP answers who knows the token, and asks for this address: a name that was made to mean it does not do.
func (p *preview) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if r.Host != p.host || subtle.ConstantTimeCompare([]byte(token), []byte(p.token)) != 1 {
		http.Error(w, "topoc has printed the whole address", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet {
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	switch rest {
	case "":
		nonce := make([]byte, 16)
		_, _ = rand.Read(nonce) // it never fails
		text := hex.EncodeToString(nonce)
		// The drawing brings its own style.
		head.Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+text+"'; style-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'")
		head.Set("Content-Type", "text/html; charset=utf-8")
		_ = previewTemplate.Execute(w, map[string]string{"Nonce": text})
	case "state":
		head.Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(p.next(r.Context(), r.URL.Query().Get("seen")))
	default:
		http.NotFound(w, r)
	}
}

// next waits until there is something else than what was seen, but not for ever.
func (p *preview) next(ctx context.Context, seen string) previewState {
	tick, stop := p.tick()
	defer stop()
	late := time.NewTimer(previewPatience)
	defer late.Stop()
	for {
		if s := p.state(); s.Hash != seen {
			return s
		}
		select {
		case <-tick:
		case <-late.C:
			return p.state()
		case <-ctx.Done():
			return p.state()
		}
	}
}

// state is what there is to see now; it is made anew where a file has changed.
func (p *preview) state() previewState {
	p.mu.Lock()
	defer p.mu.Unlock()
	folder := p.path
	if !isFolder(folder) {
		folder = filepath.Dir(folder)
	}
	if files := stateOf([]string{folder}); p.drawn && files == p.seen {
		return p.last
	} else {
		p.seen, p.drawn = files, true
	}
	p.last = drawState(p.path)
	return p.last
}

// drawState compiles and draws the topology at path.
func drawState(path string) previewState {
	s := previewState{Places: map[string]previewPlace{}, Files: []previewFile{}}
	t, diags := compileAt(path)
	for _, f := range t.files {
		if filepath.Ext(f.Name) == ".topo" {
			s.Files = append(s.Files, previewFile{f.Name, strings.TrimSuffix(f.Text, "\n")})
		}
	}
	if hasErrors(diags) {
		var b bytes.Buffer
		diag.Render(&b, t.files, diags, false)
		s.Wrong = b.String()
	} else if t.result.Library != nil {
		s.Wrong = path + " is a library, which has no graph: `topoc doc` shows it"
	} else {
		t.plain = true
		p := t.program()
		s.Name = p.Name
		for _, c := range p.Components {
			name, span := c.Name, c.Span
			for box := c.Box; box != nil; box = box.Outer {
				name, span = box.Name, box.Span
			}
			for _, f := range p.Files {
				if f.Name == span.File {
					s.Places[name] = previewPlace{f.Name, f.LineOf(span.Start), f.LineOf(max(span.Start, span.End-1))}
				}
			}
		}
		if texts, err := t.texts(); err == nil {
			s.SVG = texts.SVG
		} else {
			s.Wrong = err.Error()
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		s.Wrong = err.Error()
	}
	sum := sha256.Sum256(text)
	s.Hash = hex.EncodeToString(sum[:8])
	return s
}
