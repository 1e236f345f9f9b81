package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
)

// kept is Positions in memory.
type keptPositions map[string][]byte

func (k keptPositions) Load(c string, task int) []byte    { return k[fmt.Sprint(c, task)] }
func (k keptPositions) Save(c string, task int, p []byte) { k[fmt.Sprint(c, task)] = p }
func (k keptPositions) Clear()                            { clear(k) }

// countSpout gives numbers, and knows where it stands.
type countSpout struct {
	out      *Out[leaf]
	at, most int
	bad      string
	began    *int
}

func (s *countSpout) Open(*component.Context) error { return nil }
func (s *countSpout) Close() error                  { return nil }
func (s *countSpout) Rows() int                     { return 1 }
func (s *countSpout) Position() ([]byte, error)     { return fmt.Append(nil, s.at, s.bad), nil }
func (s *countSpout) Rewind(p []byte) error {
	*s.began = -1
	err := json.Unmarshal(p, &s.at)
	*s.began = s.at
	return err
}
func (s *countSpout) Again(context.Context, []byte, []int) error { return errors.ErrUnsupported }

func (s *countSpout) Next(context.Context) error {
	b := s.out.Next()
	b.Rows = append(b.Rows, leaf{id: int64(s.at)})
	if s.at++; s.at == s.most {
		return io.EOF
	}
	return nil
}

// seenSink notes what it is given, and fails at a number.
type seenSink struct {
	plainTask
	seen  map[int64]bool
	fails int64
}

func (s *seenSink) Process(_ int, b any) error {
	for _, r := range b.(*batch.Batch[leaf]).Rows {
		if s.seen[r.id] = true; r.id == s.fails {
			return errors.New("no further")
		}
	}
	return nil
}

type plainTask struct{}

func (plainTask) Open(*component.Context) error { return nil }
func (plainTask) Idle() error                   { return nil }
func (plainTask) Finish() error                 { return nil }
func (plainTask) Close(bool) error              { return nil }

// runKept runs a spout and a sink; it returns where the spout was sent back to, -1 where it was not.
func runKept(t *testing.T, k keptPositions, seen map[int64]bool, fails int64, place Place, bad string) (began int, err error) {
	began = -1
	synctest.Test(t, func(t *testing.T) {
		top := New("kept")
		e := Connect(top, EdgeSpec{From: "count", To: "out"}, leafCodec)
		top.Spout("count", 1, func(n int) SpoutTask { return &countSpout{out: e.Out(n), most: 300, bad: bad, began: &began} })
		top.Bolt("out", 1, 1, func(int) Task { return &seenSink{seen: seen, fails: fails} })
		top.Place("out", place)
		_, err = top.Run(t.Context(), Options{Tracking: &Tracking{Positions: k}})
	})
	return began, err
}

func TestPositionsFromRunToRun(t *testing.T) {
	k, seen := keptPositions{}, map[int64]bool{}
	if _, err := runKept(t, k, seen, 200, Place{}, ""); err == nil {
		t.Fatal("the sink did not fail")
	}
	k.Save("count", 0, []byte("150"))
	for n := range int64(150) {
		if !seen[n] {
			t.Fatalf("%d was not seen in the first run", n)
		}
	}
	began, err := runKept(t, k, seen, -1, Place{}, "")
	if err != nil || began != 150 || len(seen) != 300 {
		t.Errorf("%v; began at %d, %d seen", err, began, len(seen))
	}
	if len(k) != 0 {
		t.Error("the run came to its end, and positions are left")
	}
}

func TestPositionsAboveMemory(t *testing.T) {
	for _, place := range []Place{{Keeps: true}, {Whole: true}} {
		k := keptPositions{}
		k.Save("count", 0, []byte("150"))
		began, err := runKept(t, k, map[int64]bool{}, 200, place, "")
		if err == nil || began != -1 || string(k["count0"]) != "150" {
			t.Errorf("%v; began at %d, stands at %s", err, began, k["count0"])
		}
	}
}

func TestPositionIsNoJSON(t *testing.T) {
	if _, err := runKept(t, keptPositions{}, map[int64]bool{}, -1, Place{}, "x"); err == nil {
		t.Error("a position that is no JSON was kept")
	}
}
