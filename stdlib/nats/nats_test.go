package nats

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/kit/decode/decodetest"
)

// stderr is an operator's terminal that several goroutines write to.
type stderr struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *stderr) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *stderr) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start runs a server in this process and returns a context whose Broker connects to it.
func start(t *testing.T, opts server.Options) (*server.Server, *component.Context, *stderr) {
	t.Helper()
	opts.NoSigs, opts.NoLog = true, true
	if opts.Port == 0 {
		opts.DontListen = true
	}
	s, err := server.NewServer(&opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server is not ready")
	}
	var errs stderr
	ctx := &component.Context{Topology: "t", Component: "c", Tasks: 1, Stderr: &errs, Now: time.Now}
	ctx.Broker = func() (*nats.Conn, error) {
		nc, err := nats.Connect("", nats.InProcessServer(s), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
		if err == nil {
			t.Cleanup(nc.Close)
		}
		return nc, err
	}
	return s, ctx, &errs
}

func connectTo(t *testing.T, ctx *component.Context) *nats.Conn {
	t.Helper()
	nc, err := ctx.Broker()
	if err != nil {
		t.Fatal(err)
	}
	return nc
}

func helpOf(err error) string {
	var h interface{ Help() string }
	if errors.As(err, &h) {
		return h.Help()
	}
	return ""
}

var tweet = []component.Column{{Name: "user", Kind: component.String}, {Name: "n", Kind: component.Int}}

// columns returns an empty batch of a schema.
func columns(schema []component.Column) *component.Objects {
	return decodetest.Objects(slices.Clone(schema))
}

// readAll runs a spout to its end, and returns its rows as text.
func readAll(t *testing.T, s *Subscribe, schema []component.Column) []string {
	t.Helper()
	var got []string
	for {
		out := columns(schema)
		err := s.Next(t.Context(), out)
		for i := range out.Len() {
			line := ""
			for _, c := range out.Cols {
				switch c.Kind {
				case component.Int:
					line += fmt.Sprint(c.Ints[i], " ")
				case component.Bytes:
					line += fmt.Sprintf("%q ", c.Blobs[i])
				default:
					line += c.Strings[i] + " "
				}
			}
			got = append(got, strings.TrimSpace(line))
		}
		if err == io.EOF {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestSubscribeJSON(t *testing.T) {
	_, ctx, errs := start(t, server.Options{})
	s := &Subscribe{Subject: "tweets.>", Format: "json", Count: 4}
	if err := s.Open(ctx, tweet); err != nil {
		t.Fatal(err)
	}
	nc := connectTo(t, ctx)
	for _, text := range []string{`{"user":"ann","n":1}`, `{"user":"bob","n":"2"}`, `{`, `{"n":3,"user":"\u00e9","more":{"a":["}"]}}`} {
		if err := nc.Publish("tweets.all", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	nc.Flush()
	if got := readAll(t, s, tweet); !slices.Equal(got, []string{"ann 1", "é 3"}) {
		t.Errorf("%q", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`subject tweets.all: left out a message, the 1st of its kind: field n: a string ("2") is not a whole number`, "the 2nd of its kind: not JSON: ", "2 of 4 messages were left out"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("%q is not in\n%s", want, errs)
		}
	}
}

func TestSubscribeText(t *testing.T) {
	_, ctx, _ := start(t, server.Options{})
	schema := []component.Column{{Name: "line", Kind: component.String}, {Name: "subject", Kind: component.String}}
	s := &Subscribe{Subject: "a.*", Format: "text", Count: 3}
	if err := s.Open(ctx, schema); err != nil {
		t.Fatal(err)
	}
	raw := &Subscribe{Subject: "a.*", Format: "text", Count: 3}
	bytes := []component.Column{{Name: "data", Kind: component.Bytes}}
	if err := raw.Open(ctx, bytes); err != nil {
		t.Fatal(err)
	}
	nc := connectTo(t, ctx)
	nc.Publish("a.x", []byte("one"))
	nc.Publish("a.y", []byte("\xff"))
	nc.Publish("a.z", nil)
	nc.Flush()
	if got := readAll(t, s, schema); !slices.Equal(got, []string{"one a.x", "a.z"}) {
		t.Errorf("%q", got)
	}
	if got := readAll(t, raw, bytes); !slices.Equal(got, []string{`"one"`, `"\xff"`, `""`}) {
		t.Errorf("%q", got)
	}
	s.Close()
	raw.Close()
}

func TestTasksShareTheMessages(t *testing.T) {
	_, ctx, _ := start(t, server.Options{})
	schema := []component.Column{{Name: "line", Kind: component.String}}
	var spouts []*Subscribe
	for task := range 3 {
		one := *ctx
		one.Task, one.Tasks = task, 3
		s := &Subscribe{Subject: "work", Format: "text", Idle: 100 * time.Millisecond}
		if err := s.Open(&one, schema); err != nil {
			t.Fatal(err)
		}
		spouts = append(spouts, s)
	}
	nc := connectTo(t, ctx)
	for i := range 300 {
		nc.Publish("work", fmt.Append(nil, i))
	}
	nc.Flush()
	seen := map[string]bool{}
	for _, s := range spouts {
		got := readAll(t, s, schema)
		if len(got) == 0 {
			t.Error("a task got none")
		}
		for _, line := range got {
			if seen[line] {
				t.Errorf("message %s came twice", line)
			}
			seen[line] = true
		}
		s.Close()
	}
	if len(seen) != 300 {
		t.Errorf("%d messages", len(seen))
	}
}

func TestOverrunIsAnError(t *testing.T) {
	_, ctx, _ := start(t, server.Options{})
	schema := []component.Column{{Name: "line", Kind: component.String}}
	s := &Subscribe{Subject: "flood", Format: "text"}
	if err := s.Open(ctx, schema); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.sub.SetPendingLimits(10, pendingBytes); err != nil {
		t.Fatal(err)
	}
	nc := connectTo(t, ctx)
	for range 100 {
		nc.Publish("flood", []byte("x"))
	}
	nc.Flush()
	// Once the spout's own connection has answered too, all that was sent has reached it.
	s.link.Conn.Flush()
	var err error
	for range 20 {
		if err = s.Next(t.Context(), columns(schema)); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "faster than they are taken") || helpOf(err) == "" {
		t.Errorf("%v", err)
	}
}

func TestStopDoesNotWaitForAMessage(t *testing.T) {
	_, ctx, _ := start(t, server.Options{})
	s := &Subscribe{Subject: "quiet", Format: "json"}
	if err := s.Open(ctx, tweet); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stop, cancel := contextOf(t)
	done := make(chan error)
	go func() { done <- s.Next(stop, columns(tweet)) }()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestPublish(t *testing.T) {
	_, ctx, _ := start(t, server.Options{})
	nc := connectTo(t, ctx)
	sub, err := nc.SubscribeSync("out")
	if err != nil {
		t.Fatal(err)
	}
	nc.Flush()
	p := &Publish{Subject: "out", Format: "json"}
	if err := p.Open(ctx, tweet); err != nil {
		t.Fatal(err)
	}
	rows := columns(tweet)
	rows.N, rows.Cols[0].Strings, rows.Cols[1].Ints = 2, []string{"ann", "b\"b"}, []int64{1, 2}
	if err := p.Write(&rows.Columns); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`{"user":"ann","n":1}`, `{"user":"b\"b","n":2}`} {
		msg, err := sub.NextMsg(10 * time.Second)
		if err != nil || string(msg.Data) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestPublishTooLarge(t *testing.T) {
	_, ctx, _ := start(t, server.Options{MaxPayload: 1024})
	p := &Publish{Subject: "out", Format: "text"}
	if err := p.Open(ctx, tweet[:1]); err != nil {
		t.Fatal(err)
	}
	rows := columns(tweet[:1])
	rows.N, rows.Cols[0].Strings = 1, []string{strings.Repeat("x", 2000)}
	err := p.Write(&rows.Columns)
	if err == nil || !strings.Contains(err.Error(), "a message of 2000 bytes; the server takes 1024") || !strings.Contains(helpOf(err), "max_payload") {
		t.Errorf("%v; help: %s", err, helpOf(err))
	}
	p.Close(false)
}

func TestServerOfAURL(t *testing.T) {
	perms := &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{"open.>"}},
		Subscribe: &server.SubjectPermission{Allow: []string{"open.>"}},
	}
	s, ctx, _ := start(t, server.Options{Host: "127.0.0.1", Port: -1, Users: []*server.User{{Username: "ann", Password: "hunter2", Permissions: perms}}})
	good := strings.Replace(s.ClientURL(), "nats://", "nats://ann:hunter2@", 1)
	bad := strings.Replace(s.ClientURL(), "nats://", "nats://ann:secret3@", 1)

	p := &Publish{Subject: "open.a", Url: good, Format: "text"}
	if err := p.Open(ctx, tweet[:1]); err != nil {
		t.Fatal(err)
	}
	sub := &Subscribe{Subject: "open.a", Url: good, Format: "text", Count: 1}
	if err := sub.Open(ctx, tweet[:1]); err != nil {
		t.Fatal(err)
	}
	rows := columns(tweet[:1])
	rows.N, rows.Cols[0].Strings = 1, []string{"x"}
	if err := p.Write(&rows.Columns); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(true); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, sub, tweet[:1]); !slices.Equal(got, []string{"x"}) {
		t.Errorf("%q", got)
	}
	sub.Close()

	check := func(what string, err error, text, help string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(helpOf(err), help) {
			t.Errorf("%s: %v; help: %s", what, err, helpOf(err))
		}
		if err != nil && (strings.Contains(err.Error(), "secret3") || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: the password is shown: %v", what, err)
		}
	}
	check("a wrong password", (&Publish{Subject: "open.a", Url: bad, Format: "text"}).Open(ctx, tweet), "Authorization", "check user and password")
	check("a url that is none", (&Publish{Subject: "a", Url: "nats://ann:secret3%@h:1", Format: "text"}).Open(ctx, tweet), "not the url", "percent-encoded")
	check("a forbidden subject", (&Subscribe{Subject: "shut", Url: good, Format: "text"}).Open(ctx, tweet[:1]), "shut: cannot subscribe", "the right to subscribe")
	shut := &Publish{Subject: "shut", Url: good, Format: "text"}
	if err := shut.Open(ctx, tweet[:1]); err != nil {
		t.Fatal(err)
	}
	if err := shut.Write(&rows.Columns); err != nil {
		t.Fatal(err)
	}
	check("a forbidden publish", shut.Close(true), "shut: cannot publish", "the right to publish")

	s.Shutdown()
	s.WaitForShutdown()
	check("no server", (&Subscribe{Subject: "a", Url: good, Format: "text"}).Open(ctx, tweet[:1]), "cannot connect", "check that the server runs")
}

func TestArguments(t *testing.T) {
	_, ctx, _ := start(t, server.Options{})
	for _, s := range []Subscribe{
		{Subject: "", Format: "json"}, {Subject: "a..b", Format: "json"}, {Subject: "a b", Format: "json"}, {Subject: "a.>.b", Format: "json"},
		{Subject: "a", Format: "xml"}, {Subject: "a", Format: "json", Count: -1}, {Subject: "a", Format: "json", Queue: "a b"}, {Subject: "a", Format: "text"},
	} {
		if err := s.Open(ctx, []component.Column{{Name: "n", Kind: component.Int}}); err == nil || helpOf(err) == "" {
			t.Errorf("%+v: %v", s, err)
		}
		s.Close()
	}
	for _, p := range []Publish{{Subject: "a.*", Format: "json"}, {Subject: "a", Format: "xml"}} {
		if err := p.Open(ctx, tweet); err == nil || helpOf(err) == "" {
			t.Errorf("%+v: %v", p, err)
		}
		if err := p.Close(false); err != nil {
			t.Error(err)
		}
	}
}

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}
