// Service is the program around package service.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"

	"github.com/topo-lang/topo/examples/service"
)

func main() {
	p := service.DefaultParams()
	addr := flag.String("addr", "127.0.0.1:8080", "the address to listen at")
	flag.Int64Var(&p.Limit, "limit", p.Limit, "orders above so many cents are put aside")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := service.New()
	server := &http.Server{Addr: *addr, Handler: s.Handler()}
	context.AfterFunc(ctx, func() { _ = server.Shutdown(context.Background()) })
	go func() {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	if err := s.Run(ctx, p); err != nil {
		log.Fatal(err)
	}
}
