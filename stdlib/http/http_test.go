package http

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func serve(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("hello " + r.UserAgent()))
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/page", http.StatusFound) })
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	mux.HandleFunc("/file", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "file:///etc/hosts")
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(strings.Repeat("x", 1000))) })
	release := make(chan struct{})
	mux.HandleFunc("/slow", func(http.ResponseWriter, *http.Request) { <-release })
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		close(release)
		server.Close()
		client.CloseIdleConnections()
	})
	return server.URL
}

func TestGet(t *testing.T) {
	site := serve(t)
	for path, want := range map[string]Response{
		"/page":  {200, site + "/page", "text/html; charset=utf-8", []byte("hello topo")},
		"/moved": {200, site + "/page", "text/html; charset=utf-8", []byte("hello topo")},
		"/none":  {404, site + "/none", "text/plain; charset=utf-8", []byte("404 page not found\n")},
	} {
		got, err := Get(context.Background(), site+path)
		if err != nil || got.Status != want.Status || got.Url != want.Url || got.ContentType != want.ContentType || string(got.Body) != string(want.Body) {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
}

func TestGetRefuses(t *testing.T) {
	site := serve(t)
	for address, want := range map[string]string{
		site + "/file":      "redirected to \"file:///etc/hosts\": only http and https addresses can be asked",
		site + "/round":     "redirected more than 10 times",
		site + "/large":     "the answer is larger than 999 bytes",
		site + "/slow":      "no answer within 100ms",
		"file:///etc/hosts": "only http and https addresses can be asked",
		"page.html":         "only http and https addresses can be asked",
		"http://":           "the address has no host",
		"http://a b/":       "the address can't be read",
		"":                  "only http and https addresses can be asked",
	} {
		timeout := 5 * time.Second
		if strings.HasSuffix(address, "/slow") {
			timeout = 100 * time.Millisecond
		}
		if _, err := GetWithin(context.Background(), address, timeout, 999); err == nil || err.Error() != want {
			t.Errorf("%s: %v, not %s", address, err, want)
		}
	}
	if _, err := GetWithin(context.Background(), site+"/large", time.Second, 1000); err != nil {
		t.Errorf("as large as it may be: %v", err)
	}
	if _, err := GetWithin(context.Background(), site+"/page", 0, 1); err == nil {
		t.Error("a timeout of nothing is no limit")
	}
}
