// Topoc compiles .topo files: it checks them, explains them, and turns each into one static binary.
//
// It is thin. What a topology means is said in package compiler, how it becomes a program in package
// codegen; here stand the verbs of the command line, one a file, and what they share: reading
// arguments (arguments.go), loading with diagnostics shown (load.go), the console (console.go).
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// gcPercent lets the heap grow to five times what lives: topoc runs briefly, and a large topology makes some ten megabytes.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks topoc to stop; the second must find no handler, so that it always can.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
