// Package toolchain is what topoc needs of the go command: where it is, what it runs in, the runtime's source, and the
// module that a user's Go code lives in.
//
// In comes the folder of a topology; out come arguments and an environment for one run of the go command. Nothing is
// ever written into the user's folders: what the go command must find there is laid over them.
package toolchain

import (
	"os"
	"os/exec"
	"runtime"
)

// Error is a failure outside of the topology's text.
type Error struct {
	What string
	Way  string // out of it
}

// Error implements error.
func (e *Error) Error() string { return e.What }

// Help says the way out.
func (e *Error) Help() string { return e.Way }

const noCache = "set TOPO_CACHE to a folder that can be written"

// Go returns the path of the go command.
func Go() (string, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return "", &Error{What: "the go command is not on the PATH", Way: "install Go from your system's packages or its website: topoc compiles with it"}
	}
	return path, nil
}

// Flags are the go command's in every run: what it compiles to look at is what it compiles to build.
var Flags = []string{"-trimpath", "-buildvcs=false"}

// Environment is the go command's: the user's proxy and caches, and nothing that would change the binary. goos and goarch may be "".
func Environment(goos, goarch string) []string {
	if goos == "" {
		goos = runtime.GOOS
	}
	if goarch == "" {
		goarch = runtime.GOARCH
	}
	return append(os.Environ(),
		"GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0",
		"GOWORK=off", "GOFLAGS=", "GO111MODULE=on", "GOTOOLCHAIN=local", "GOEXPERIMENT=",
		"GOAMD64=v1", "GOARM64=v8.0")
}
