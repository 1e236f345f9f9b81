//go:build unix

package commitlog

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/topo-lang/topo/runtime/broker"
)

// TestWoken stops a process that holds the log, lets another take over, and wakes it.
func TestWoken(t *testing.T) {
	server, err := broker.Start(broker.Options{Name: "test", Store: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childEnv+"=hold "+server.LocalURL())
	in, _ := c.StdinPipe()
	pipe, _ := c.StdoutPipe()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		in.Close()
		c.Process.Signal(syscall.SIGCONT) //nolint:errcheck // it may have ended
		c.Wait()                          //nolint:errcheck // it was told to end
	}()
	out := bufio.NewScanner(pipe)
	says := func(want string) {
		t.Helper()
		if !out.Scan() || out.Text() != want {
			t.Fatalf("the child says %q, not %q", out.Text(), want)
		}
	}
	says("holding")
	fmt.Fprintln(in, 1)
	says("true false")
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Skip(err)
	}
	// The signal may take until after the next line is read: that the child has stopped is told here.
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(c.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("the child has not stopped: %v, %v", status, err)
	}
	fmt.Fprintln(in, 2)
	l, err := Open(context.Background(), Config{Topology: "word count", Identity: testIdentity, Connect: server.Connect})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if s, err := restored(context.Background(), l); err != nil || s.epoch != 1 {
		t.Fatalf("recovered %d, %v", s.epoch, err)
	}
	if err := c.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	says("false true")
	if err := l.Commit(context.Background(), someRecord(2, 8)); err != nil {
		t.Error(err)
	}
}
