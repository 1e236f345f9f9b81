package http

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/stdlib/kit/listen"
)

// Listen is the spout http.listen.
type Listen struct {
	Addr, Path, Cert, Key, Token string
	MaxBody                      int64

	server   *http.Server
	listener net.Listener
	come     chan *request
	closing  chan struct{}
	ended    chan error
	alone    bool // nobody says what is settled
	n        uint64

	mu  sync.Mutex
	out map[uint64]*request // that are not answered, by number
	bad []*request          // that are to be given again
}

// ListenRow is a tuple of Listen.
type ListenRow struct {
	Path, ContentType string
	Body              []byte
}

// request is one that waits for its answer.
type request struct {
	row    ListenRow
	id     uint64
	answer chan int
}

var (
	_ component.Spout[ListenRow] = (*Listen)(nil)
	_ component.Acknowledged     = (*Listen)(nil)
)

const (
	atOnce   = 4096 // requests that wait for their answers
	slowHead = 10 * time.Second
	slowBody = time.Minute
)

// Open implements component.Spout.
func (l *Listen) Open(ctx *component.Context) error {
	if l.MaxBody < 1 || l.MaxBody > 1<<30 {
		return fault.New("choose a size from 1 byte to 1GB", "max_body: %d bytes is out of range", l.MaxBody)
	}
	guard := listen.Guard{Cert: l.Cert, Key: l.Key, Shown: l.Token, Way: "`cert`, `key` and `token`"}
	config, err := guard.TLS()
	if err != nil {
		return err
	}
	if l.listener, err = listen.On(l.Addr, guard); err != nil {
		return err
	}
	l.come, l.closing, l.ended, l.out = make(chan *request), make(chan struct{}), make(chan error, 1), map[uint64]*request{}
	l.alone = ctx.Trees == nil
	l.server = &http.Server{
		Handler: http.HandlerFunc(l.handle), ReadHeaderTimeout: slowHead, ReadTimeout: slowBody, IdleTimeout: slowBody, MaxHeaderBytes: 64 << 10,
		ErrorLog: log.New(io.Discard, "", 0), // what a client does wrong is told to it
	}
	serve := func() error { return l.server.Serve(l.listener) }
	if config != nil {
		l.server.TLSConfig = config
		serve = func() error { return l.server.ServeTLS(l.listener, "", "") }
	}
	go func() { l.ended <- serve() }()
	if ctx.Stderr != nil {
		fmt.Fprintf(ctx.Stderr, "%s: listening on %s\n", ctx.Component, l.listener.Addr())
	}
	return nil
}

// handle takes one request, and answers it when it is accepted.
func (l *Listen) handle(w http.ResponseWriter, r *http.Request) {
	status, why := l.take(w, r)
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	if status != http.StatusOK {
		http.Error(w, why, status)
		return
	}
	w.WriteHeader(status)
}

func (l *Listen) take(w http.ResponseWriter, r *http.Request) (status int, why string) {
	switch {
	case l.Token != "" && !l.authorized(r):
		w.Header().Set("WWW-Authenticate", "Bearer")
		return http.StatusUnauthorized, "the token is missing, or is another one"
	case l.Token == "" && r.Header.Get("Origin") != "":
		return http.StatusForbidden, "a web page may not write here without a token"
	case r.URL.Path != l.Path:
		return http.StatusNotFound, "nothing is taken here"
	case r.Method != http.MethodPost && r.Method != http.MethodPut:
		w.Header().Set("Allow", "POST, PUT")
		return http.StatusMethodNotAllowed, "POST or PUT what is to be taken"
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, l.MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("more than %d bytes", l.MaxBody)
	case err != nil:
		return http.StatusBadRequest, "the body did not come"
	}
	one := &request{row: ListenRow{Path: r.URL.Path, ContentType: r.Header.Get("Content-Type"), Body: body}, answer: make(chan int, 1)}
	select {
	case l.come <- one:
	case <-r.Context().Done():
		return http.StatusServiceUnavailable, "the client has gone"
	case <-l.closing:
		return http.StatusServiceUnavailable, "ending"
	}
	select {
	case status = <-one.answer:
	case <-l.closing:
		select {
		case status = <-one.answer:
		default:
			return http.StatusServiceUnavailable, "ending"
		}
	}
	return status, "not taken"
}

// authorized compares in constant time, also where the lengths differ.
func (l *Listen) authorized(r *http.Request) bool {
	got, want := sha256.Sum256([]byte(r.Header.Get("Authorization"))), sha256.Sum256([]byte("Bearer "+l.Token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// Next implements component.Spout.
func (l *Listen) Next(ctx context.Context, out *component.Emitter[ListenRow]) error {
	l.mu.Lock()
	again, waiting := l.bad, len(l.out)
	l.bad = nil
	l.mu.Unlock()
	for _, r := range again {
		out.EmitID(r.id, r.row)
	}
	if len(again) > 0 || waiting >= atOnce {
		if len(again) == 0 {
			<-ctx.Done() // until some are answered, of which the caller tells between two calls
		}
		return nil
	}
	for !out.Full() {
		if len(out.Rows) > 0 {
			select {
			case r := <-l.come:
				l.give(r, out)
				continue
			default:
				return nil
			}
		}
		select {
		case r := <-l.come:
			l.give(r, out)
		case err := <-l.ended:
			return fmt.Errorf("%s: no longer listening: %w", l.Addr, err)
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

func (l *Listen) give(r *request, out *component.Emitter[ListenRow]) {
	l.n++
	r.id = l.n
	out.EmitID(r.id, r.row)
	if l.alone {
		r.answer <- http.StatusOK
		return
	}
	l.mu.Lock()
	l.out[r.id] = r
	l.mu.Unlock()
}

// Ack implements component.Acknowledged.
func (l *Listen) Ack(ids []uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		if r := l.out[id]; r != nil {
			delete(l.out, id)
			r.answer <- http.StatusOK
		}
	}
	return nil
}

// Fail implements component.Acknowledged.
func (l *Listen) Fail(ids []uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		if r := l.out[id]; r != nil {
			l.bad = append(l.bad, r)
		}
	}
	return nil
}

// Close implements component.Spout. Who has no answer yet is told to come again.
func (l *Listen) Close() error {
	if l.server == nil {
		return nil
	}
	close(l.closing)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := l.server.Shutdown(ctx); err != nil {
		return l.server.Close()
	}
	return nil
}
