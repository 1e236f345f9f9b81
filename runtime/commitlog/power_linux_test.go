package commitlog

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/failpoint"
)

// TestPowerLoss takes the power away: of a disk in a file it keeps what the system had written to it by then, and mounts that. What was
// acknowledged is there; and where the server does not sync, the same test finds that it is not.
func TestPowerLoss(t *testing.T) {
	if testing.Short() {
		t.Skip("it mounts disks")
	}
	for after := range 4 {
		acknowledged, found, err := powerLoss(t, "", 20+after*37)
		if err != nil || found < acknowledged || found > acknowledged+1 {
			t.Errorf("epoch %d was acknowledged, and %d is found: %v", acknowledged, found, err)
		}
		t.Logf("epoch %d of %d", found, acknowledged)
	}
	acknowledged, found, err := powerLoss(t, "broker.no-sync", 100)
	if err == nil && found >= acknowledged {
		t.Errorf("without syncs nothing is lost: this finds nothing")
	}
	t.Logf("without syncs: epoch %d of %d, %v", found, acknowledged, err)
}

// powerLoss runs a child until it has said so many lines, and recovers from what is on the disk at that moment.
func powerLoss(t *testing.T, arm string, lines int) (acknowledged, found uint64, err error) {
	dir := t.TempDir()
	disk, later := filepath.Join(dir, "disk"), filepath.Join(dir, "later")
	must := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Skipf("this user may not make disks: %s: %v: %s", name, err, out)
		}
	}
	mount := func(image string) string {
		t.Helper()
		at := image + ".mounted"
		if err := os.Mkdir(at, 0o700); err != nil {
			t.Fatal(err)
		}
		// The journal's own time would save what nobody has synced.
		must("mount", "-o", "loop,commit=300", image, at)
		t.Cleanup(func() { syscall.Unmount(at, syscall.MNT_DETACH) })
		return at
	}
	must("truncate", "-s", "256M", disk)
	must("mkfs.ext4", "-q", disk)
	folder := filepath.Join(mount(disk), "store")

	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childEnv+"=write "+folder, failpoint.Env+"="+arm)
	pipe, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(pipe)
	for n := 0; n < lines && in.Scan(); n++ {
		if epoch, ok := strings.CutPrefix(in.Text(), "committed "); ok {
			fmt.Sscan(epoch, &acknowledged)
		}
	}
	c.Process.Signal(syscall.SIGSTOP)
	must("cp", "--sparse=always", disk, later)
	c.Process.Kill()
	for in.Scan() { // what it had said before it was stopped
	}
	c.Wait()

	folder = filepath.Join(mount(later), "store")
	s, err := broker.Start(broker.Options{Name: "test", Store: folder})
	if err != nil {
		return acknowledged, 0, err
	}
	defer s.Close()
	l, err := Open(context.Background(), Config{Topology: "word count", Identity: testIdentity, Folder: folder, Connect: s.ConnectLogs,
		Warn: func(m string) { t.Log(m) }})
	if err != nil {
		return acknowledged, 0, err
	}
	defer l.Close()
	state, err := restored(context.Background(), l)
	return acknowledged, state.epoch, err
}
