package app

import (
	"errors"
	"os"
	"syscall"
)

var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// ignoreBrokenPipe does nothing: Windows says it by the write's error only.
func ignoreBrokenPipe() {}

// errorNoData is what a write to a pipe gives that its reader is closing; package syscall has no name for it.
const errorNoData = syscall.Errno(232)

func brokenPipe(err error) bool {
	return errors.Is(err, syscall.ERROR_BROKEN_PIPE) || errors.Is(err, errorNoData)
}
