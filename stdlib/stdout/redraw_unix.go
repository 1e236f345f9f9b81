//go:build !windows

package stdout

// redraws reports whether the terminal can be told to draw over what it shows.
func redraws() bool { return true }
