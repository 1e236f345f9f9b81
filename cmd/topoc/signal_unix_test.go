//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// endless runs until it is asked to stop, and then says how many ticks it saw.
const endless = `topology endless {
    guarantee none
}

spout ticks -> (n int, at time) = generate.every(period: 5ms)

bolt count(t: ticks) -> (n int) {
    state n int per task
    n += 1
    if n == 3 { emit (n) }
    finish { emit (n) }
}

sink out(count) = stdout.print()
`

// TestInterrupt: a terminal's Ctrl-C reaches the topology once, which drains and ends well. Twice would stop it at
// once, with another status.
func TestInterrupt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "endless.topo")
	if err := os.WriteFile(file, []byte(endless), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("topoc", "run", file)
	// A process group of its own, as a shell makes one; the terminal signals all of it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() || lines.Text() != "3" {
		t.Fatalf("it began with %q\n%s", lines.Text(), &stderr)
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if !lines.Scan() {
		t.Fatalf("nothing was drained\n%s", &stderr)
	}
	if n, err := strconv.Atoi(lines.Text()); err != nil || n < 3 {
		t.Errorf("it ended with %q", lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v\n%s", err, &stderr)
	}
}
