package broker

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// holdStore is set in the environment of the child process that holds a store folder.
const holdStore = "TOPO_TEST_HOLD_STORE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdStore); dir != "" {
		if _, err := Start(Options{Name: "child", Store: dir}); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println("holding")
		select {}
	}
	goleak.VerifyTestMain(m) // a test that leaves a goroutine behind fails
}

func TestStoreOfTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), holdStore+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Process.Kill()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "holding\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	what, help := refused(t, Options{Store: dir})
	contains(t, what, dir, "process "+strconv.Itoa(child.Process.Pid))
	contains(t, help, "--store")

	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	s := start(t, Options{Store: dir})
	defer s.Close()
}

func TestStoreOfOneProcess(t *testing.T) {
	dir := t.TempDir()
	s := start(t, Options{Store: dir})
	what, _ := refused(t, Options{Store: dir})
	contains(t, what, dir, "process "+strconv.Itoa(os.Getpid()))
	s.Close()
	s = start(t, Options{Store: dir})
	s.Close()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if e.Name() == ownerFile {
			t.Error("a closed store names an owner")
		}
	}
}

func TestStoreIsAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	what, _ := refused(t, Options{Store: file})
	contains(t, what, file, "is a file")
	what, _ = refused(t, Options{Store: filepath.Join(file, "below")})
	contains(t, what, filepath.Join(file, "below"))
}

func TestStoreNotWritable(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Create(filepath.Join(dir, "probe")); err == nil {
		f.Close()
		t.Skip("this user may write anywhere")
	}
	what, help := refused(t, Options{Store: filepath.Join(dir, "store")})
	contains(t, what, dir, "cannot be written")
	contains(t, help, "--store")
}

func TestStoreErrors(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the errors below are those of Unix")
	}
	for _, c := range []struct {
		err  error
		what string
	}{
		{syscall.ENOSPC, "the disk is full"},
		{syscall.EACCES, "cannot be written: permission denied"},
		{syscall.EIO, "cannot be used: input/output error"},
	} {
		err := storeError("dir", &fs.PathError{Op: "write", Path: "dir/topo.pid", Err: c.err})
		contains(t, err.Error(), "the store folder dir", c.what)
	}
}
