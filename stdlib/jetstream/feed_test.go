package jetstream

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/store/storetest"
)

// streams starts a server with a stream.
func streams(t *testing.T, c jetstream.StreamConfig) (string, jetstream.Stream) {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the server does not start")
	}
	conn, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		s.Shutdown()
		s.WaitForShutdown()
	})
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.CreateStream(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s.ClientURL(), stream
}

// published counts the numbers in a stream.
func published(t *testing.T, stream jetstream.Stream) map[int]int {
	t.Helper()
	info, err := stream.Info(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	out := map[int]int{}
	for seq := info.State.FirstSeq; seq <= info.State.LastSeq; seq++ {
		m, err := stream.GetMsg(context.Background(), seq)
		if err != nil {
			t.Fatal(err)
		}
		var row struct{ N int }
		if err := json.Unmarshal(m.Data, &row); err != nil {
			t.Fatal(err)
		}
		out[row.N]++
	}
	return out
}

func TestOnce(t *testing.T) {
	url, stream := streams(t, jetstream.StreamConfig{Name: "orders", Subjects: []string{"orders.>"}})
	storetest.Once(t, func() component.ColumnSink { return &Publish{Url: url, Subject: "orders.new", Format: "json"} }, func() map[int]int { return published(t, stream) })
}

// TestThere lets a process die while it publishes an epoch: the next one finds in the stream what is there, and does not need the server's memory of ids for it.
func TestThere(t *testing.T) {
	url, stream := streams(t, jetstream.StreamConfig{Name: "orders", Subjects: []string{"orders.>"}})
	open := func() *Publish {
		t.Helper()
		p := &Publish{Url: url, Subject: "orders.new", Format: "json"}
		if err := p.Open(&component.Context{Epochs: true, Stderr: io.Discard}, storetest.Schema()); err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := open()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(p.feed.Recovered())
	ok(p.Write(storetest.Rows(0, 10)))
	rows := slices.Clone(p.feed.rows)
	p.feed.Epoch(1)
	outbox, err := p.feed.Prepare(nil)
	ok(err)
	some := make([]bool, 10)
	some[2], some[9] = true, true
	ok(p.feed.send(rows, p.feed.log, 1, some)) // all but two
	log := p.feed.log
	ok(p.Close(false))

	p = open()
	done := make([]bool, 10)
	ok(p.feed.there(log, 1, 0, done))
	want := []bool{true, true, false, true, true, true, true, true, true, false}
	if !slices.Equal(done, want) {
		t.Errorf("%v is there, want %v", done, want)
	}
	ok(p.feed.Release(outbox))
	p.feed.Epoch(1)
	ok(p.feed.Recovered())
	ok(p.Close(false))
	for n, times := range published(t, stream) {
		if times != 1 {
			t.Errorf("%d is there %d times", n, times)
		}
	}

	// Older copies of one of the two.
	p = open()
	mark, err := p.feed.Mark(nil)
	ok(err)
	ok(p.feed.Resume(mark))
	p.feed.log = log
	if err := p.feed.Recovered(); err == nil || !strings.Contains(err.Error(), "an older store was put in its place") {
		t.Error(err)
	}
	p.feed.seq = 1000
	if err := p.feed.Recovered(); err == nil || !strings.Contains(err.Error(), "it was made anew") {
		t.Error(err)
	}
	ok(p.Close(false))
}

func TestPublishRefuses(t *testing.T) {
	url, _ := streams(t, jetstream.StreamConfig{Name: "short", Subjects: []string{"short.>"}, Duplicates: time.Second})
	for _, c := range []struct {
		p    *Publish
		want string
	}{
		{&Publish{Url: url, Subject: "a b"}, "white space"},
		{&Publish{Url: url, Subject: "a.*"}, "wildcard"},
		{&Publish{Url: url, Subject: "none", Format: "json"}, "no stream keeps it"},
		{&Publish{Url: url, Subject: "short.a", Format: "json", Stream: "other"}, "stream short keeps it, and not other"},
		{&Publish{Url: url, Subject: "short.a", Format: "json"}, "for 1s only"},
		{&Publish{Url: url, Subject: "short.a", Format: "xml"}, "xml"},
	} {
		err := c.p.Open(&component.Context{Stderr: io.Discard}, storetest.Schema())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}
