// Package service is an HTTP service, as there are many, with a topology inside: what it is sent goes through orders.topo, and what it answers comes out of there.
//
//	POST /orders          customer=ann&cents=250
//	GET  /totals?customer=ann
//	GET  /review
//	GET  /best?most=3            asks the running topology
package service

//go:generate go run ../../cmd/topoc gen

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/topo-lang/topo/runtime/embedded"
)

// Service answers requests. Each has a topology of its own.
type Service struct {
	requests chan Order

	mu     sync.Mutex
	totals map[string]TotalsTuple
	review []CheckSuspiciousTuple

	topology atomic.Pointer[embedded.Topology]
}

// New returns a service, which works while Run runs.
func New() *Service {
	return &Service{requests: make(chan Order, 100), totals: map[string]TotalsTuple{}}
}

// Run runs the topology until ctx ends, and then what was accepted before.
func (s *Service) Run(ctx context.Context, p Params) error {
	p.NewRequests = func() *Requests { return &Requests{from: s.requests} }
	p.NewBoard = func() *Board { return &Board{service: s} }
	p.NewReview = func() *Review { return &Review{service: s} }
	t := Topology(p)
	s.topology.Store(t)
	return t.Run(ctx)
}

// Handler returns the service's routes.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		cents, err := strconv.ParseInt(r.FormValue("cents"), 10, 64)
		if err != nil || r.FormValue("customer") == "" {
			http.Error(w, "an order has a customer and cents", http.StatusBadRequest)
			return
		}
		select {
		case s.requests <- Order{Customer: r.FormValue("customer"), Cents: cents}:
			w.WriteHeader(http.StatusAccepted)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("GET /totals", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		t, ok := s.totals[r.FormValue("customer")]
		s.mu.Unlock()
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "%d cents in %d orders\n", t.Cents, t.Orders)
	})
	mux.HandleFunc("GET /review", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, t := range s.review {
			fmt.Fprintf(w, "%s: %s\n", t.Customer, t.Why)
		}
	})
	mux.HandleFunc("GET /best", func(w http.ResponseWriter, r *http.Request) {
		most, err := strconv.Atoi(r.FormValue("most"))
		t := s.topology.Load()
		if err != nil || t == nil {
			http.Error(w, "ask for a number of customers, when the service runs", http.StatusBadRequest)
			return
		}
		var best []struct {
			Customer string
			Cents    int64
		}
		if err := t.Query(r.Context(), "best", map[string]int{"most": most}, &best); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		for _, b := range best {
			fmt.Fprintf(w, "%s: %d\n", b.Customer, b.Cents)
		}
	})
	return mux
}
