//go:build !windows

package app

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
)

var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// ignoreBrokenPipe takes the signal and does nothing with it. Programs that components start get it as ever, which they
// would not if it were ignored.
func ignoreBrokenPipe() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

func brokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
