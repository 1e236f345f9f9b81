// Package service is an HTTP service, as there are many, with a topology inside: what it is sent goes through orders.topo, and what it answers comes out of there.
//
//	POST /orders          customer=ann&cents=250
//	GET  /totals?customer=ann
//	GET  /review
package service

//go:generate go run ../../cmd/topoc gen

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
)

// Service answers requests. Each has a topology of its own.
type Service struct {
	requests chan Order

	mu     sync.Mutex
	totals map[string]TotalsTuple
	review []CheckSuspiciousTuple
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
	return Topology(p).Run(ctx)
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
	return mux
}
