package http

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/tree"
)

func TestListen(t *testing.T) {
	l := &Listen{Addr: "127.0.0.1:0", Path: "/in", MaxBody: 8, Token: "geheim"}
	var said bytes.Buffer
	if err := l.Open(&component.Context{Component: "c", Stderr: &said, Trees: tree.NewTracker(nil, nil)}); err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.listener.Addr().String()
	post := func(method, path, token, body string) (int, string) {
		r, err := http.NewRequest(method, url+path, strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Error(err)
		}
		return answer.StatusCode, string(text)
	}
	for _, c := range []struct {
		method, path, token, body string
		want                      int
	}{
		{"POST", "/in", "guess", "x", 401}, {"POST", "/out", "geheim", "x", 404}, {"GET", "/in", "geheim", "", 405}, {"POST", "/in", "geheim", "123456789", 413},
	} {
		if got, text := post(c.method, c.path, c.token, c.body); got != c.want || text == "" {
			t.Errorf("%v: %d %s", c, got, text)
		}
	}
	status := make(chan int)
	go func() {
		s, _ := post("POST", "/in", "geheim", "tuple")
		status <- s
	}()
	var out component.Emitter[ListenRow]
	for again := range 2 { // what fails is given again, by the same number
		out = component.Emitter[ListenRow]{}
		if err := l.Next(t.Context(), &out); err != nil || len(out.Rows) != 1 || string(out.Rows[0].Body) != "tuple" || out.IDs[0] != 1 {
			t.Fatal(out, err)
		}
		if again == 0 {
			if err := l.Fail(out.IDs); err != nil {
				t.Fatal(err)
			}
		}
	}
	select {
	case s := <-status:
		t.Fatalf("answered %d before it was accepted", s)
	default:
	}
	if err := l.Ack(out.IDs); err != nil || <-status != 200 {
		t.Error(err, "not answered")
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := l.Next(stopped, &out); err != nil {
		t.Error(err)
	}
	go func() {
		s, _ := post("POST", "/in", "geheim", "late")
		status <- s
	}()
	if err := l.Next(t.Context(), &component.Emitter[ListenRow]{}); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil || <-status != 503 {
		t.Error(err, "a request without an answer")
	}
}

func TestListenOnATakenPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	at := taken.Addr().String()
	err = (&Listen{Addr: at, MaxBody: 1}).Open(&component.Context{})
	if want := "addr: cannot listen on " + at + ": another program uses this port"; err == nil || err.Error() != want {
		t.Errorf("%v, not %s", err, want)
	}
}

func TestListenRefuses(t *testing.T) {
	for says, l := range map[string]*Listen{
		"no address":             {Addr: "8080", MaxBody: 1},
		"out of range":           {Addr: "127.0.0.1:0"},
		"belong together":        {Addr: "127.0.0.1:0", MaxBody: 1, Cert: "c"},
		"other machines":         {Addr: "0.0.0.0:0", MaxBody: 1},
		"without TLS":            {Addr: ":0", MaxBody: 1, Token: "t"},
		"cannot be used":         {Addr: "127.0.0.1:0", MaxBody: 1, Cert: "no.pem", Key: "no.pem"},
		"cannot listen on 127.0": {Addr: "127.0.0.1:99999", MaxBody: 1},
	} {
		if err := l.Open(&component.Context{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, not %q", err, says)
		}
	}
}
