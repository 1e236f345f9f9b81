package drpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/query"
)

// start runs a server in this process and returns a context whose Broker connects to it.
func start(t *testing.T) (*component.Context, *nats.Conn) {
	t.Helper()
	s, err := server.NewServer(&server.Options{NoSigs: true, NoLog: true, DontListen: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server is not ready")
	}
	ctx := &component.Context{Topology: "t", Component: "c", Tasks: 1, Now: time.Now}
	ctx.Broker = func() (*nats.Conn, error) {
		nc, err := nats.Connect("", nats.InProcessServer(s))
		if err == nil {
			t.Cleanup(nc.Close)
		}
		return nc, err
	}
	nc, err := ctx.Broker()
	if err != nil {
		t.Fatal(err)
	}
	return ctx, nc
}

func schema() []component.Column {
	return []component.Column{{Name: "word", Kind: component.String}, {Name: "id", Kind: component.String}, {Name: "n", Kind: component.Int}}
}

// TestCalls lets many callers ask at once, and gives each its own answer.
func TestCalls(t *testing.T) {
	ctx, nc := start(t)
	var failed sync.Map
	ctx.Fail = func(f component.Failed) { failed.Store(f.Tuple, f.Reason) }
	spout, reply, fail := &Calls{Name: "shout"}, &Reply{Id: 1}, &Fail{Id: 1, Why: 0}
	if err := errors.Join(spout.Open(ctx, schema()), reply.Open(ctx, schema()), fail.Open(ctx, schema())); err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		for running.Err() == nil {
			rows := &component.Columns{Cols: schema()}
			bad := &component.Columns{Cols: schema()}
			out := component.NewObjects(schema(), func(text string) error {
				var call struct{ Word, ID string }
				if err := json.Unmarshal([]byte(text), &call); err != nil {
					return err
				}
				to := rows
				switch call.Word {
				case "":
					return errors.New("field word: it is missing")
				case "silence":
					return nil
				case "bad":
					to = bad
				}
				to.Cols[0].Strings = append(to.Cols[0].Strings, strings.ToUpper(call.Word))
				to.Cols[1].Strings = append(to.Cols[1].Strings, call.ID)
				to.Cols[2].Ints = append(to.Cols[2].Ints, int64(len(call.Word)))
				to.N++
				return nil
			})
			if err := errors.Join(spout.Next(running, out), reply.Write(rows), reply.Flush(), fail.Write(bad), fail.Flush()); err != nil {
				ended <- err
				return
			}
		}
		ended <- errors.Join(spout.Close(), reply.Close(true), fail.Close(true))
	}()
	call := func(text string, patience time.Duration) (string, string, error) {
		waits, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		m, err := nc.RequestWithContext(waits, query.CallSubject("t", "shout"), []byte(text))
		if err != nil {
			return "", "", err
		}
		return string(m.Data), m.Header.Get(query.ErrorHeader), nil
	}
	var callers sync.WaitGroup
	for i := range 200 {
		callers.Go(func() {
			word := fmt.Sprintf("word%d", i)
			got, _, err := call(fmt.Sprintf(`{"word": %q}`, word), 10*time.Second)
			if want := fmt.Sprintf(`{"word":"%s","n":%d}`, strings.ToUpper(word), len(word)); err != nil || got != want {
				t.Errorf("%s, want %s: %v", got, want, err)
			}
		})
	}
	callers.Wait()
	for text, want := range map[string]string{
		``: "field word: it is missing", `{}`: "field word: it is missing", `[]`: "a call is a JSON object", `{"word":`: "a call is a JSON object", `{"word":"bad"}`: "BAD",
	} {
		got, why, err := call(text, 10*time.Second)
		if err != nil || why != want || !strings.Contains(got, `"error"`) {
			t.Errorf("%s: %s, %s, %v", text, got, why, err)
		}
	}
	if _, ok := failed.Load(`[]`); !ok {
		t.Error("nobody was told of a bad call")
	}
	// Who is answered is not for the caller to say.
	other, err := nc.SubscribeSync("_INBOX.other")
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := call(`{"id":"_INBOX.other","word":"x"}`, 10*time.Second); err != nil || got != `{"word":"X","n":1}` {
		t.Error(got, err)
	}
	if n, _, _ := other.Pending(); n != 0 {
		t.Error("somebody else was answered")
	}
	if _, _, err := call(`{"word":"silence"}`, 20*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Error("no answer is an answer:", err)
	}
	// Without somebody to answer to, and with one who is no caller, nothing is done.
	if err := errors.Join(nc.Publish(query.CallSubject("t", "shout"), []byte(`{"word":"x"}`)), nc.PublishRequest(query.CallSubject("t", "shout"), "other.subject", []byte(`{"word":"x"}`)), nc.Flush()); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestOpen(t *testing.T) {
	ctx, _ := start(t)
	for _, name := range []string{"", "a.b", "*", "a b", "a/b"} {
		if err := (&Calls{Name: name}).Open(ctx, schema()); err == nil {
			t.Errorf("%q names a call", name)
		}
	}
	if err := (&Calls{Name: "x"}).Open(ctx, schema()[:1]); err == nil {
		t.Error("a call without an id")
	}
	if err := (&Reply{Id: 2}).Open(ctx, schema()); err == nil {
		t.Error("an id that is a number")
	}
	if err := (&Fail{Id: 1, Why: 2}).Open(ctx, schema()); err == nil {
		t.Error("a reason that is a number")
	}
}
