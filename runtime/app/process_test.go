package app

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// asProgram is set in the environment of a child process that is to be a built binary.
const asProgram = "TOPO_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if kind := os.Getenv(asProgram); kind != "" {
		Main((&numbers{stuck: kind == "stuck"}).program())
	}
	goleak.VerifyTestMain(m) // a test that leaves a goroutine behind fails
}

// process is a built binary that runs, its output read from a pipe.
type process struct {
	*exec.Cmd
	pipe    io.Closer
	out     *bufio.Reader
	errs    bytes.Buffer
	errOut  *bufio.Reader
	drained sync.Once
}

func startProcess(t *testing.T, kind string, args ...string) *process {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals to send")
	}
	p := &process{Cmd: exec.Command(os.Args[0], args...)}
	p.Env = append(os.Environ(), asProgram+"="+kind)
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errs, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.pipe, p.out, p.errOut = out, bufio.NewReader(out), bufio.NewReader(io.TeeReader(errs, &p.errs))
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	if _, err := p.out.ReadString('\n'); err != nil {
		t.Fatalf("no output: %v", err)
	}
	return p
}

// drain reads what the process prints, from now on.
func (p *process) drain() {
	p.drained.Do(func() { go io.Copy(io.Discard, p.out) })
}

// ends reads everything and returns the status.
func (p *process) ends(t *testing.T) int {
	t.Helper()
	p.drain()
	if _, err := io.Copy(io.Discard, p.errOut); err != nil {
		t.Error(err)
	}
	p.Wait()
	return p.ProcessState.ExitCode()
}

func TestFirstSignalDrains(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		for _, kind := range []string{"memory", "nats"} {
			p := startProcess(t, "run", "run", "--every", "1ms", "--transport", kind)
			p.Process.Signal(s)
			if code := p.ends(t); code != exitDone {
				t.Errorf("%v: status %d", s, code)
			}
			says(t, p.errs.String(), "stopping: draining, again to stop at once\n", "complete: true\n")
		}
	}
}

func TestSecondSignalStopsAtOnce(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		for _, kind := range []string{"run", "stuck"} {
			// A pipe that nobody reads, or a sink that never returns, cannot drain.
			p := startProcess(t, kind, "run", "--prefix", strings.Repeat("x", 10000))
			p.Process.Signal(s)
			if line, err := p.errOut.ReadString('\n'); err != nil || !strings.HasPrefix(line, "stopping") {
				t.Fatalf("%q, %v", line, err)
			}
			p.Process.Signal(s)
			p.ended(t, 128+int(s))
		}
	}
}

// ended waits for the end without reading the output.
func (p *process) ended(t *testing.T, want int) {
	t.Helper()
	state, err := p.Process.Wait()
	if err != nil || state.ExitCode() != want {
		t.Errorf("status %v, %v; expected %d", state, err, want)
	}
}

func TestReaderGoesAway(t *testing.T) {
	for _, kind := range []string{"memory", "nats"} {
		p := startProcess(t, "run", "run", "--transport", kind)
		p.pipe.Close()
		if code := p.ends(t); code != exitDone {
			t.Errorf("status %d", code)
		}
		if got := p.errs.String(); got != "complete: true\n" {
			t.Errorf("noise: %s", got)
		}
	}
}

func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer full.Close()
	for _, args := range [][]string{{"run"}, {"run", "--transport", "nats"}, {"plan"}, {"help"}, {"graph"}, {"version"}} {
		p := exec.Command(os.Args[0], args...)
		p.Env = append(os.Environ(), asProgram+"=run")
		p.Stdout = full
		var errs bytes.Buffer
		p.Stderr = &errs
		if p.Run(); p.ProcessState.ExitCode() != exitFailed {
			t.Errorf("%q: status %d", args, p.ProcessState.ExitCode())
		}
		says(t, errs.String(), "error: ", "writing the standard output: no space left on device\n", "  help: ")
		if n := strings.Count(errs.String(), "error: "); n != 1 {
			t.Errorf("%q: %d errors:\n%s", args, n, errs.String())
		}
	}
}
