package workers

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/topo-lang/topo/runtime/engine"
)

// What travels between coordinator and workers is the same there, or it is refused, whatever was changed on its way.
func TestPiecesAreWholeOrRefused(t *testing.T) {
	parts := []engine.Part{
		{Kind: engine.State, Component: "count", Task: 3, Bytes: []byte("abc")},
		{Kind: engine.Over, Component: "lines", Bytes: []byte{}},
		{Kind: engine.Outbox, Component: "out", Task: 1 << 20, Bytes: bytes.Repeat([]byte("x"), 1000)},
	}
	text := appendParts(appendParts(nil, parts[:2], 0), parts[2:], whole)
	some, all, err := parseParts(text)
	if err != nil || !reflect.DeepEqual(some, parts[:2]) || !reflect.DeepEqual(all, parts[2:]) {
		t.Fatalf("%+v, %+v, %v", some, all, err)
	}
	for n := range text {
		if a, b, err := parseParts(text[:n]); err == nil && len(a)+len(b) == len(parts) {
			t.Errorf("cut off at %d it is whole", n)
		}
	}
	message := pack(epochMessage{Kind: kindPrepared, Worker: 2, Attempt: 7, Epoch: 9, Last: true}, text)
	head, piece, err := unpack(message)
	if err != nil || head.Kind != kindPrepared || head.Worker != 2 || head.Attempt != 7 || head.Epoch != 9 || !bytes.Equal(piece, text) {
		t.Fatalf("%+v, %v", head, err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		bad := bytes.Clone(message)
		switch random.IntN(3) {
		case 0:
			bad = bad[:random.IntN(len(bad))]
		case 1:
			bad[random.IntN(len(bad))] ^= byte(1 + random.IntN(255))
		case 2:
			bad = append(bad, byte(random.IntN(256)))
		}
		if _, _, err := unpack(bad); !errors.Is(err, errDamaged) {
			t.Fatal("a damaged message is taken")
		}
		_, _, _ = parseParts(bad) // does not panic
	}
}

func TestPiecesInTheirOrder(t *testing.T) {
	var j joined
	take := func(h epochMessage, piece string) (string, bool, error) {
		text, ok, err := j.take(h, []byte(piece))
		return string(text), ok, err
	}
	if _, ok, err := take(epochMessage{}, "ab"); ok || err != nil {
		t.Error(ok, err)
	}
	if _, _, err := take(epochMessage{Piece: 2}, "ef"); err == nil {
		t.Error("a piece is left out")
	}
	take(epochMessage{}, "xx") // it is sent once more
	if _, _, err := take(epochMessage{Piece: 1, Last: true, Sum: 1}, "y"); err == nil {
		t.Error("the sum is another")
	}
	take(epochMessage{}, "ab")
	if text, ok, err := take(epochMessage{Piece: 1, Last: true, Sum: 0xe7a2bb74}, "cd"); err == nil && (!ok || text != "abcd") {
		t.Error(text, ok, err)
	}
}

// A lost worker is the end of its attempt; what a worker says is wrong is the end of the run.
func TestLostWorkersEndTheAttempt(t *testing.T) {
	a := &engine.Assignment{Workers: 2, Components: []engine.Assigned{{Component: "in", Spout: true, Workers: []int{0}}, {Component: "out", Workers: []int{1}}}}
	for _, c := range []struct {
		name          string
		do            func(s *Supervisor)
		again, killed bool
	}{
		{"killed", func(s *Supervisor) { s.Gone(1, 4, "was killed") }, true, true},
		{"an earlier attempt's", func(s *Supervisor) { s.Gone(1, 3, "was killed"); s.Abort(errors.New("x")) }, false, false},
		{"its transport broke", func(s *Supervisor) { s.Abort(&Again{"a frame was lost"}) }, true, true},
		{"failed", func(s *Supervisor) { s.Abort(errors.New("division by zero")) }, false, false},
		{"failed, and then killed", func(s *Supervisor) { s.Abort(errors.New("division by zero")); s.Gone(1, 4, "was killed") }, false, false},
	} {
		killed := make(chan bool, 2)
		s := New(Config{Topology: "t", Assigned: a, Local: 2, Attempt: 4, Epochs: &engine.Epochs{}, Kill: func() { killed <- true },
			Place: func(string) engine.Place { return engine.Place{} }, Say: func(string, ...any) {}})
		s.once = &once{cancel: func() {}}
		for _, w := range s.workers {
			w.state = awaited
		}
		c.do(s)
		_, err := s.result()
		var again *Again
		if errors.As(err, &again) != c.again || err == nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.killed {
			<-killed
		}
		select {
		case <-s.finished:
		default:
			t.Errorf("%s: it goes on", c.name)
		}
	}
}
