package commitlog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestFullDisk fills a small disk while the log is used, and empties it again.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=96m"); err != nil {
		t.Skip("this user may not mount: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	p := serverPlace(t, filepath.Join(dir, "store"))
	filler := filepath.Join(dir, "filler")
	c := p.config()
	told := make(chan bool, 10)
	c.Full = func(full bool, why string) {
		t.Log(full, why)
		told <- full
	}
	l := p.open(c)
	ctx := context.Background()
	if err := l.Commit(ctx, someRecord(1, 100)); err != nil {
		t.Fatal(err)
	}
	fill, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for b := make([]byte, 1<<16); err == nil; {
		_, err = fill.Write(b)
	}
	fill.Close()
	done := make(chan error)
	go func() { done <- l.Commit(ctx, someRecord(2, 3<<20)) }()
	if !<-told {
		t.Fatal("it goes on before it waits")
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if <-told {
		t.Error("it waits, and has committed")
	}
	l.Close()
	p.restart()
	l = p.open(p.config())
	got, _, err := recoverAll(l)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, model{records: []string{recordWords(someRecord(1, 100)), recordWords(someRecord(2, 3<<20))}})
	l.Close()
	p.stop() // before the disk is gone
}

// TestFullAtOnce lets the server meet the full disk, as where others write to it, too: the run ends, and the next one goes on.
func TestFullAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("the server is given time to answer")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64m"); err != nil {
		t.Skip("this user may not mount: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	defer func(b uint64, d time.Duration) { reserve, patience = b, d }(reserve, patience)
	reserve, patience = 0, time.Second
	p := serverPlace(t, filepath.Join(dir, "store"))
	l := p.open(p.config())
	ctx := context.Background()
	if err := l.Commit(ctx, someRecord(1, 100)); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	fill, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for b := make([]byte, 1<<12); err == nil; {
		_, err = fill.Write(b)
	}
	fill.Truncate(64<<20 - 1<<20)
	fill.Close()
	err = nil
	epoch := uint64(1)
	for err == nil {
		epoch++
		l.medium.(*streams).folder = ""
		err = l.Commit(ctx, someRecord(epoch, 1<<18))
	}
	t.Log(epoch, err)
	if !errors.Is(err, ErrUncertain) {
		t.Errorf("the commit ends with %v", err)
	}
	os.Remove(filler)
	l.Close()
	p.restart()
	l = p.open(p.config())
	got, _, err := recoverAll(l)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.records); n != int(epoch)-1 && n != int(epoch) {
		t.Errorf("%d records, and epoch %d was not known", n, epoch)
	}
	l.Close()
	p.stop()
}
