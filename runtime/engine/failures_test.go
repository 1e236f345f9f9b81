package engine

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/component"
)

// badSpout reads nothing but lines that are wrong, one each pause.
type badSpout struct {
	waitingSpout
	ctx  *component.Context
	left int
}

func (s *badSpout) Open(ctx *component.Context) error { s.ctx = ctx; return nil }

func (s *badSpout) Next(context.Context) error {
	if s.left == 0 {
		return io.EOF
	}
	s.left--
	time.Sleep(time.Second)
	s.ctx.Fail(component.Failed{Tuple: fmt.Sprint(s.left), Reason: "not a line", Place: "x:1"})
	return nil
}

// Lines of an input have a place of their own each: the first three are told at once.
func TestReportsOfInput(t *testing.T) {
	top := New("input")
	var reports []Report
	top.failed.report = func(r Report) { reports = append(reports, r) }
	fail := top.failTuple("spout")
	for i := range 10 {
		fail(component.Failed{Tuple: fmt.Sprint(i), Reason: "not a line", Place: fmt.Sprintf("x:%d", i/2)})
	}
	want := []Report{
		{Component: "spout", Reason: "x:0: not a line", Tuple: "0", Count: 1},
		{Component: "spout", Reason: "x:1: not a line", Tuple: "2", Count: 1},
		{Component: "spout", Reason: "x:2: not a line", Tuple: "4", Count: 1},
	}
	if !reflect.DeepEqual(reports, want) {
		t.Errorf("reports %v, want %v", reports, want)
	}
}

// The first failure of a place is told at once with its tuple, the others as a number now and then.
func TestReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reports []Report
		top := New("reports")
		first := Connect(top, EdgeSpec{From: "spout", To: "sink"}, itemCodec)
		top.Spout("spout", 1, func(int) SpoutTask { return &badSpout{left: 25} })
		top.Bolt("sink", 1, 1, func(int) Task { return &clockSink{} })
		_ = first
		sum, err := top.Run(t.Context(), Options{Report: func(r Report) { reports = append(reports, r) }})
		if err != nil {
			t.Fatal(err)
		}
		want := []Report{
			{Component: "spout", Reason: "x:1: not a line", Tuple: "24", Count: 1},
			{Component: "spout", Reason: "x:1: not a line", Count: 10},
			{Component: "spout", Reason: "x:1: not a line", Count: 10},
		}
		if !reflect.DeepEqual(reports, want) {
			t.Errorf("reports %v, want %v", reports, want)
		}
		if sum.Failed() != 25 {
			t.Errorf("%d failed", sum.Failed())
		}
	})
}

func TestHandledDoNotCount(t *testing.T) {
	top := New("handled")
	top.Handled("bolt", "f.topo:3", "why")
	top.Fail("bolt", "f.topo:3", "why")
	want := []Failure{{Component: "bolt", Place: "f.topo:3", Count: 1, Handled: 1, Reasons: []string{"why"}}}
	if got := top.failed.sorted(); !reflect.DeepEqual(got, want) {
		t.Errorf("failures %v, want %v", got, want)
	}
}
