package storetest

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
)

// Schema is that of the rows that Once writes.
func Schema() []component.Column {
	return []component.Column{{Name: "id", Kind: component.String}, {Name: "n", Kind: component.Int}, {Name: "note", Kind: component.JSON, Optional: true, Of: component.String}}
}

// Rows are rows of that schema with the numbers from and up.
func Rows(from, n int) *component.Columns {
	rows := &component.Columns{N: n, Cols: Schema()}
	for i := from; i < from+n; i++ {
		rows.Cols[0].Strings = append(rows.Cols[0].Strings, fmt.Sprintf("it's %d", i))
		rows.Cols[1].Ints = append(rows.Cols[1].Ints, int64(i))
		note := "null"
		if i%2 == 0 {
			note = `"even"`
		}
		rows.Cols[2].Strings = append(rows.Cols[2].Strings, note)
	}
	return rows
}

// Once sees that a sink which commits with the epochs writes each row once, whenever a process dies: before a commit, between commit and release, behind it. Open gives one of a new process; read how often each
// number is there.
func Once(t *testing.T, open func() component.ColumnSink, read func() map[int]int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(5, 5))
	const all = 400
	type record struct {
		epoch  uint64
		read   int
		outbox []byte
	}
	var log []record
	var mark []byte
	var snapshot record
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for lives, over := 0, false; !over; lives++ {
		sink := open()
		ok(sink.Open(&component.Context{Topology: "t", Component: "out", Tasks: 1, Epochs: true, Stderr: io.Discard}, Schema()))
		commits, _ := sink.(interface{ Inner() any }).Inner().(component.Commits)
		if commits == nil {
			t.Fatal("it does not commit")
		}
		numbered, _ := commits.(component.Numbered)
		last := snapshot
		if mark != nil {
			ok(commits.Resume(mark))
		}
		for _, r := range log {
			ok(commits.Release(r.outbox))
			last = r
		}
		numbered.Epoch(last.epoch)
		ok(commits.Recovered())
		at := last.read
		for epoch := last.epoch + 1; ; epoch++ {
			n := min(rnd.IntN(20), all-at)
			ok(sink.Write(Rows(at, n)))
			ok(sink.Flush())
			at += n
			numbered.Epoch(epoch)
			outbox, err := commits.Prepare(nil)
			ok(err)
			if rnd.IntN(5) == 0 {
				break // before the commit
			}
			log = append(log, record{epoch, at, outbox})
			if len(outbox) > 0 {
				if rnd.IntN(5) == 0 {
					break // before the release
				}
				ok(commits.Release(outbox))
				ok(commits.Sync())
			} else {
				log = log[:len(log)-1]
			}
			if rnd.IntN(5) == 0 && len(outbox) > 0 {
				mark, err = commits.Mark(nil)
				ok(err)
				snapshot, log = record{epoch: epoch, read: at}, nil
			}
			if over = at == all; over || rnd.IntN(8) == 0 {
				break
			}
		}
		ok(sink.Close(over))
	}
	want := map[int]int{}
	for i := range all {
		want[i] = 1
	}
	if got := read(); !maps.Equal(got, want) {
		t.Errorf("of %d rows there are %d: %v", all, len(got), got)
	}
}
