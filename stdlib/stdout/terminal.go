package stdout

import (
	"io"
	"os"

	"golang.org/x/term"
)

// terminalSize returns a function that asks how large the terminal is now: its user may resize it.
func terminalSize(out io.Writer) func() (width, height int) {
	fd := os.Stdout.Fd()
	if f, ok := out.(interface{ Fd() uintptr }); ok {
		fd = f.Fd()
	}
	return func() (int, int) {
		w, h, err := term.GetSize(int(fd))
		if err != nil || w < 1 || h < 1 {
			return 80, 24
		}
		return w, h
	}
}
