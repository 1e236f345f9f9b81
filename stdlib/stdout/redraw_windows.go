package stdout

import (
	"os"

	"golang.org/x/sys/windows"
)

// redraws reports whether the terminal can be told to draw over what it shows: a console has to be asked to obey.
func redraws() bool {
	console := windows.Handle(os.Stdout.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
