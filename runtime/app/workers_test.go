package app

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// children are the processes that a process has started.
func children(t *testing.T, pid int) []int {
	t.Helper()
	if _, err := os.Stat(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)); err != nil {
		t.Skip("this system does not tell who started a process: ", err)
	}
	all, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	var text []byte
	for _, one := range all {
		more, _ := os.ReadFile(one)
		text = append(append(text, more...), ' ')
	}
	var pids []int
	for _, field := range strings.Fields(string(text)) {
		var n int
		fmt.Sscan(field, &n)
		pids = append(pids, n)
	}
	return pids
}

// gone waits until a process has ended.
func gone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("process %d goes on", pid)
		}
	}
}

// wait reads messages until one has this text.
func wait(t *testing.T, in *bufio.Reader, text string) string {
	t.Helper()
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("no message has %q: %v", text, err)
		}
		if strings.Contains(line, text) {
			return line
		}
	}
}

func TestWorkersEndWithTheInput(t *testing.T) {
	for _, n := range []string{"2", "3", "7"} {
		p := startProcess(t, "run", "run", "--workers", n, "--count", "5000")
		lines := 1
		for {
			if _, err := p.out.ReadString('\n'); err != nil {
				break
			}
			lines++
		}
		if code := p.ends(t); code != exitDone || lines != 5000 {
			t.Errorf("%s workers: status %d, %d lines; stderr:\n%s", n, code, lines, p.errs.String())
		}
	}
}

func TestSignalDrainsWorkers(t *testing.T) {
	p := startProcess(t, "run", "run", "--every", "1ms", "--workers", "3")
	workers := children(t, p.Process.Pid)
	if len(workers) != 3 {
		t.Errorf("%d workers", len(workers))
	}
	p.Process.Signal(syscall.SIGTERM)
	if code := p.ends(t); code != exitDone {
		t.Errorf("status %d", code)
	}
	says(t, p.errs.String(), "stopping: draining, again to stop at once\n", "complete: true\n")
	for _, pid := range workers {
		gone(t, pid)
	}
}

func TestWorkersEndWithTheirSupervisor(t *testing.T) {
	p := startProcess(t, "run", "run", "--every", "1ms", "--workers", "2")
	workers := children(t, p.Process.Pid)
	go io.Copy(io.Discard, p.out)
	p.Process.Kill()
	for _, pid := range workers {
		gone(t, pid)
	}
}

func TestKilledWorkerIsStartedAnew(t *testing.T) {
	p := startProcess(t, "run", "run", "--every", "1ms", "--workers", "2")
	p.drain()
	workers := children(t, p.Process.Pid)
	worker, err := os.FindProcess(workers[len(workers)-1])
	if err != nil {
		t.Fatal(err)
	}
	worker.Kill()
	line := wait(t, p.errOut, "was killed")
	says(t, line, "warning: worker ", "(signal: killed): it is started anew", "same[")
	for end := time.Now().Add(30 * time.Second); len(children(t, p.Process.Pid)) < 2; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no worker was started anew")
		}
	}
	p.Process.Signal(syscall.SIGTERM)
	if code := p.ends(t); code != exitFailed {
		t.Errorf("status %d", code)
	}
	says(t, p.errs.String(), "the output is not complete")
}

// certificate writes a certificate of this machine, signed by itself, and its key.
func certificate(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: text}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func userFile(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "user")
	if err := os.WriteFile(path, []byte("crew:a long password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// accepts starts a run that listens, and returns what joins it.
func accepts(t *testing.T, args ...string) (p *process, join func(args ...string) (string, int)) {
	t.Helper()
	p = &process{Cmd: exec.Command(os.Args[0], append([]string{"run", "--listen", "127.0.0.1:0", "--count", "3000"}, args...)...)}
	p.Env = append(os.Environ(), asProgram+"=run")
	errs, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.errOut = bufio.NewReader(io.TeeReader(errs, &p.errs))
	p.Stdout = new(strings.Builder)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	line := wait(t, p.errOut, "listening on ")
	url := strings.TrimSpace(line[strings.Index(line, "nats://"):])
	return p, func(args ...string) (string, int) {
		c := exec.Command(os.Args[0], append([]string{"run", "--join", url}, args...)...)
		c.Env = append(os.Environ(), asProgram+"=run")
		text, _ := c.CombinedOutput()
		return string(text), c.ProcessState.ExitCode()
	}
}

// On its own machine a run may do without TLS, unless who joins has asked for it.
func TestWorkerJoinsWithoutTLS(t *testing.T) {
	dir := t.TempDir()
	cert, _ := certificate(t, dir)
	user := userFile(t, dir)
	p, join := accepts(t, "--workers", "1", "--accept", "1", "--user-file", user)
	if text, code := join("--user-file", user, "--tls-ca", cert); code != exitFailed || !strings.Contains(text, "listens without TLS") || !strings.Contains(text, "help: start it with --tls-cert and --tls-key") {
		t.Errorf("with an authority: status %d, %s", code, text)
	}
	if text, code := join("--user-file", user); code != exitDone {
		t.Errorf("status %d, %s", code, text)
	}
	p.succeeds(t)
	says(t, p.errs.String(), "worker 2 joins from ")
	if text, code := join("--user-file", user); code != exitFailed || !strings.Contains(text, "nobody listens at nats://") {
		t.Errorf("behind its end: status %d, %s", code, text)
	}
}

// succeeds waits for the end of a process, which is to be a good one.
func (p *process) succeeds(t *testing.T) {
	t.Helper()
	io.Copy(io.Discard, p.errOut)
	p.Wait()
	if code := p.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("status %d: %s", code, p.errs.String())
	}
}

// Who accepts more workers than there is work for is told so, and runs.
func TestMoreAcceptedThanThereIsWork(t *testing.T) {
	user := userFile(t, t.TempDir())
	p, _ := accepts(t, "--workers", "4", "--accept", "3", "--user-file", user)
	p.succeeds(t)
	says(t, p.errs.String(), "warning: --accept 3: there is nothing to do for a worker that joins: the topology has 4 tasks, work for 4 workers")
}

func TestWorkerJoins(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t, dir)
	user := userFile(t, dir)
	p, join := accepts(t, "--workers", "1", "--accept", "1", "--tls-cert", cert, "--tls-key", key, "--user-file", user)
	wrong := filepath.Join(dir, "wrong")
	if err := os.WriteFile(wrong, []byte("crew:another password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, code := join("--user-file", wrong, "--tls-ca", cert); code != exitFailed || !strings.Contains(text, "--user-file") {
		t.Errorf("a wrong password: status %d, %s", code, text)
	}
	if text, code := join("--user-file", user); code != exitFailed || !strings.Contains(text, "--tls-ca") {
		t.Errorf("an unknown authority: status %d, %s", code, text)
	}
	if text, code := join("--user-file", user, "--tls-ca", cert, "--count", "7"); code != exitUsage || !strings.Contains(text, "--count") {
		t.Errorf("a param: status %d, %s", code, text)
	}
	if text, code := join("--user-file", user, "--tls-ca", cert); code != exitDone {
		t.Errorf("status %d, %s", code, text)
	}
	p.succeeds(t)
	says(t, p.errs.String(), "worker 2 joins from ")
}

// One address serves the numbers of all workers: the same of a task as if it were alone, each task once.
func TestMetricsOfWorkers(t *testing.T) {
	p := startProcess(t, "run", "run", "--every", "1ms", "--workers", "3", "--metrics", "127.0.0.1:0")
	p.drain()
	line := wait(t, p.errOut, "metrics at ")
	url := strings.TrimSpace(line[strings.Index(line, "http://"):])
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		text, _ := get(t, url+".json")
		var now runNumbers
		if err := json.Unmarshal([]byte(text), &now); err != nil {
			t.Fatal(err)
		}
		var tasks []string
		printed := int64(0)
		for _, k := range now.Tasks {
			tasks = append(tasks, fmt.Sprintf("%s[%d]", k.Component, k.Task))
			if k.Component == "out" {
				printed += k.Executed
			}
		}
		if got := strings.Join(tasks, " "); got == "source[0] same[0] same[1] out[0]" && printed > 0 && len(now.Edges) == 2 && now.Edges[1].Tuples > 0 {
			break
		} else if time.Now().After(end) {
			t.Fatalf("tasks %s, %d tuples printed, of:\n%s", got, printed, text)
		}
	}
	text, _ := get(t, url)
	if got := samples(t, text); got[`topo_execute_seconds_count{topology="numbers",component="out",kind="sink",task="0"}`] == "" {
		t.Errorf("no histograms: %s", text)
	}
	p.Process.Signal(syscall.SIGTERM)
	if code := p.ends(t); code != exitDone {
		t.Errorf("status %d: %s", code, p.errs.String())
	}
}

// Who waits for workers that do not come need ask only once for the end.
func TestSignalEndsTheWaitForWorkers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals to send")
	}
	p := &process{Cmd: exec.Command(os.Args[0], "run", "--workers", "1", "--accept", "1", "--listen", "127.0.0.1:0", "--count", "5", "--user-file", userFile(t, t.TempDir()))}
	p.Env = append(os.Environ(), asProgram+"=run")
	errs, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.errOut = bufio.NewReader(io.TeeReader(errs, &p.errs))
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	wait(t, p.errOut, "waiting for 1 of 2 workers to join")
	p.Process.Signal(syscall.SIGINT)
	if _, err := io.Copy(io.Discard, p.errOut); err != nil {
		t.Error(err)
	}
	p.Wait()
	if code := p.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("status %d: %s", code, p.errs.String())
	}
	says(t, p.errs.String(), "error: stopped before worker 2 had joined: nothing was read")
}
