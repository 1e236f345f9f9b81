//go:build unix

package main

import "syscall"

// become turns this process into the program; it returns only where that fails.
func become(program string, argv, env []string) error {
	return syscall.Exec(program, argv, env)
}
