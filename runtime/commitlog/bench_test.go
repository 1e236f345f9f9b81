//go:build unix

package commitlog

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"syscall"
	"testing"
)

var megabytes = flag.Int("megabytes", 64, "how much BenchmarkRecover reads")

// BenchmarkCommit commits records of a size.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1 << 10, 100 << 10, 1000 << 10, 4 << 20} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			p := serverPlace(b, b.TempDir())
			l := p.open(p.config())
			defer l.Close()
			r := someRecord(0, size)
			b.SetBytes(int64(size))
			defer cpu(b)()
			for b.Loop() {
				r.Epoch++
				if err := l.Commit(context.Background(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRecover reads a log: records, and a snapshot of keys with counts.
func BenchmarkRecover(b *testing.B) {
	ctx := context.Background()
	for _, kind := range []string{"records", "snapshot"} {
		b.Run(kind, func(b *testing.B) {
			p := serverPlace(b, b.TempDir())
			l := p.open(p.config())
			const size = 500 << 10
			n := *megabytes << 20 / size
			if kind == "records" {
				r := someRecord(0, size)
				for range n {
					r.Epoch++
					if err := l.Commit(ctx, r); err != nil {
						b.Fatal(err)
					}
				}
			} else {
				if err := l.Commit(ctx, someRecord(1, 1)); err != nil {
					b.Fatal(err)
				}
				w, err := l.Snapshot(ctx, 1)
				if err != nil {
					b.Fatal(err)
				}
				piece := make([]byte, 0, size)
				for key := uint64(0); len(piece)+24 < size; key++ {
					piece = fmt.Appendf(piece, "key%012d=", key)
					piece = binary.LittleEndian.AppendUint64(piece, key)
				}
				for i := range n {
					if err := w.Add(Part{State, "words", i, piece}); err != nil {
						b.Fatal(err)
					}
				}
				if err := w.Commit(); err != nil {
					b.Fatal(err)
				}
			}
			l.Close()
			b.SetBytes(int64(n) * size)
			defer cpu(b)()
			for b.Loop() {
				p.restart()
				l := p.open(p.config())
				keys := 0
				err := l.Recover(ctx, Restore{Snapshot: func(p Part) error {
					for t := p.Bytes; len(t) >= 24; t = t[24:] {
						keys += int(t[0] & 1)
					}
					return nil
				}})
				if err != nil {
					b.Fatal(err)
				}
				l.Close()
			}
		})
	}
}

// cpu reports the processor's time of an iteration: the other figures depend on who else is at work.
func cpu(b *testing.B) func() {
	used := func() int64 {
		var r syscall.Rusage
		if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
			return 0
		}
		return r.Utime.Nano() + r.Stime.Nano()
	}
	before := used()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op") }
}
