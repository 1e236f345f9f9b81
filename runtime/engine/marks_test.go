package engine

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
)

// timedSpout emits tuples of times, in seconds since 1970, each after a pause; it reads and hands on apart, as generated spouts do.
type timedSpout struct {
	waitingSpout
	out    *Out[item]
	script [][2]time.Duration // pause, time
	at     time.Duration
	any    bool
}

func (s *timedSpout) Read(context.Context) error {
	s.any = false
	if len(s.script) == 0 {
		return io.EOF
	}
	time.Sleep(s.script[0][0])
	s.at, s.any = s.script[0][1], s.script[0][1] >= 0
	s.script = s.script[1:]
	return nil
}

func (s *timedSpout) Route() {
	if s.any {
		s.out.See(int64(s.at))
		b := s.out.Pending[0]
		b.Rows = append(b.Rows, item{id: int64(s.at)})
		s.out.Check()
	}
}

func (s *timedSpout) Next(ctx context.Context) error {
	err := s.Read(ctx)
	s.Route()
	return err
}

// markSink notes what it was told: tuples by their times, and watermarks behind "|", at when they came.
type markSink struct {
	plain
	start time.Time
	log   []string
}

func (s *markSink) Process(_ int, in any) error {
	for _, row := range in.(*batch.Batch[item]).Rows {
		s.log = append(s.log, fmt.Sprintf("%s:%s", time.Since(s.start), time.Duration(row.id)))
	}
	return nil
}

func (s *markSink) Advance(mark int64) error {
	at := time.Duration(mark).String()
	if mark == EndMark {
		at = "end"
	}
	s.log = append(s.log, fmt.Sprintf("%s|%s", time.Since(s.start), at))
	return nil
}

// marked runs two spouts with times into a sink, the first through a bolt.
func marked(t *testing.T, one, two [][2]time.Duration, o Options) *markSink {
	t.Helper()
	sink := &markSink{start: time.Now()}
	top := New("marked")
	times := &Times{Lateness: 2 * time.Second, Idle: 30 * time.Second}
	a := Connect(top, EdgeSpec{From: "one", To: "bolt", Timed: true, Times: times}, itemCodec)
	b := Connect(top, EdgeSpec{From: "bolt", To: "sink", Timed: true}, itemCodec)
	c := Connect(top, EdgeSpec{From: "two", To: "sink", Input: 1, Timed: true, Times: times}, itemCodec)
	top.Spout("one", 1, func(int) SpoutTask { return &timedSpout{out: a.Out(0), script: one} })
	top.Spout("two", 1, func(int) SpoutTask { return &timedSpout{out: c.Out(0), script: two} })
	top.Bolt("bolt", 1, 1, func(int) Task { return &slowBolt{out: b.Out(0)} })
	top.Bolt("sink", 1, 2, func(int) Task { return sink })
	o.Now = func() time.Time { return time.Unix(1000, 0).Add(time.Since(sink.start)) }
	if _, err := top.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return sink
}

func (s *markSink) wants(t *testing.T, want string) {
	t.Helper()
	if got := strings.Join(s.log, " "); got != want {
		t.Errorf("the sink was told\n%s\nwant\n%s", got, want)
	}
}

const sec = time.Second

// A watermark is the least of what the senders have told, and at the end of the input that of the end of time.
func TestMarksAreTheLeast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := marked(t,
			[][2]time.Duration{{1 * sec, 10 * sec}, {2 * sec, 9 * sec}, {2 * sec, 20 * sec}},
			[][2]time.Duration{{2 * sec, 7 * sec}, {2 * sec, 12 * sec}, {4 * sec, 30 * sec}}, Options{})
		s.wants(t, "1s:10s 2s:7s 2s|5s 3s:9s 4s:12s 4s|8s 5s:20s 5s|10s 8s:30s 8s|28s 8s|end")
	})
}

// Who is silent for long is not waited for, and is again when it speaks; its time does not go back.
func TestMarksOfTheIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := marked(t,
			[][2]time.Duration{{1 * sec, 10 * sec}, {39 * sec, 50 * sec}, {1 * sec, 60 * sec}, {1 * sec, 61 * sec}},
			[][2]time.Duration{{40*sec + sec/2, 12 * sec}, {10 * sec, 70 * sec}}, Options{})
		s.wants(t, "1s:10s 30s|8s 40s:50s 40s|48s 40.5s:12s 41s:1m0s 42s:1m1s 50.5s:1m10s 50.5s|1m8s 50.5s|end")
	})
}

// A time far ahead of the clock does not let time get on, and is told of once.
func TestMarksFarAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var notes []string
		day := 24 * time.Hour
		s := marked(t,
			[][2]time.Duration{{1 * sec, 10 * sec}, {1 * sec, 36500 * day}, {1 * sec, 36500 * day}, {1 * sec, 11 * sec}, {6 * sec, 12 * sec}, {5 * sec, -1}},
			[][2]time.Duration{{5 * sec, 100 * sec}, {4 * sec, -1}}, Options{Note: func(s string) { notes = append(notes, s) }})
		s.wants(t, "1s:10s 2s:876000h0m0s 3s:876000h0m0s 4s:11s 5s:1m40s 5s|9s 10s:12s 10s|10s 15s|end")
		if len(notes) != 1 || !strings.Contains(notes[0], "one gives tuples of 2069-12-07") {
			t.Errorf("it was told %q", notes)
		}
	})
}

// Watermarks travel as frames, too, behind the tuples.
func TestMarksTravel(t *testing.T) {
	for _, v := range []struct {
		at   int64
		idle bool
	}{{0, false}, {NoMark, true}, {EndMark, false}, {-5, true}} {
		at, idle, err := parseMarkFrame(markFrame(nil, v.at, v.idle))
		if err != nil || at != v.at || idle != v.idle {
			t.Errorf("%v came as %d, %v, %v", v, at, idle, err)
		}
	}
	for _, bad := range [][]byte{nil, make([]byte, 8), append(make([]byte, 8), 2), make([]byte, 10)} {
		if _, _, err := parseMarkFrame(bad); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	if !slices.Equal(newLanes(2).at, []int64{NoMark, NoMark}) {
		t.Error("lanes begin with something")
	}
}
