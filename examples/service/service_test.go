package service

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The topology alone: no server, no goroutine, no clock but the test's.
func TestOrders(t *testing.T) {
	p := DefaultParams()
	p.Limit = 50
	h := NewHarness(t, p)
	h.Requests.Send(Order{"ann", 10}, Order{"bob", 51}, Order{"ann", 20}, Order{"eve", -1})
	if got, want := h.Board.Take(), []TotalsTuple{{"ann", 30, 2}}; !slices.Equal(got, want) {
		t.Errorf("totals %v, not %v", got, want)
	}
	if got, want := h.Review.Take(), []CheckSuspiciousTuple{{"bob", "above the limit"}}; !slices.Equal(got, want) {
		t.Errorf("for review %v, not %v", got, want)
	}
	failed := h.Failed()
	if len(failed) != 1 || failed[0].Component != "check" || failed[0].Reason != "an order below nothing" {
		t.Errorf("failed: %v", failed)
	}
	h.Requests.Send(Order{"ann", 1})
	if got, want := h.Board.Take(), []TotalsTuple{{"ann", 31, 3}}; !slices.Equal(got, want) {
		t.Errorf("totals %v, not %v", got, want)
	}
}

// The whole service: what was accepted before it is told to stop is counted.
func TestService(t *testing.T) {
	s := New()
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, DefaultParams()) }()
	for _, cents := range []string{"5", "7", "1000000"} {
		form := url.Values{"customer": {"ann"}, "cents": {cents}}
		if status, _ := answer(t, server, "/orders", strings.NewReader(form.Encode())); status != http.StatusAccepted {
			t.Fatalf("status %d", status)
		}
	}
	for len(s.requests) > 0 { // the topology has not taken it yet
		answer(t, server, "/review", nil)
	}
	if status, _ := answer(t, server, "/best?most=0", nil); status != http.StatusServiceUnavailable {
		t.Errorf("a limit of 0 rows: status %d", status)
	}
	for text := ""; text != "ann: 12\n"; { // it is on its way
		if _, text = answer(t, server, "/best?most=2", nil); strings.Contains(text, "no query") {
			t.Fatal(text)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if status, text := answer(t, server, "/best?most=2", nil); status != http.StatusServiceUnavailable || !strings.Contains(text, "does not run") {
		t.Errorf("after the run: %d %q", status, text)
	}
	for path, want := range map[string]string{"/totals?customer=ann": "12 cents in 2 orders\n", "/review": "ann: above the limit\n"} {
		if _, text := answer(t, server, path, nil); text != want {
			t.Errorf("%s: %q, not %q", path, text, want)
		}
	}
}

// answer posts a form, where there is one, or gets.
func answer(t *testing.T, server *httptest.Server, path string, form io.Reader) (status int, text string) {
	t.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, form)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(body)
}

// What a component says in Open comes back as the error of Run, before anything runs.
func TestRefused(t *testing.T) {
	p := DefaultParams()
	p.Limit = 0
	err := New().Run(t.Context(), p)
	if err == nil || !strings.Contains(err.Error(), "the limit is a number of cents above 0") {
		t.Errorf("got %v", err)
	}
}
