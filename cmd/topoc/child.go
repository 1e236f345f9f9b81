package main

import (
	"context"
	"errors"
	"os/exec"
)

// runChild runs the binary as a child. A console hands Ctrl-C to every process in it, so the child has had
// it already when topoc does: topoc forwards nothing, and waits for the child to drain.
func runChild(ctx context.Context, c *console, binary string, args, env []string) error {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), binary, args...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.in, c.out.w, c.err
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return childStatus(exit.ExitCode())
	}
	return err
}
