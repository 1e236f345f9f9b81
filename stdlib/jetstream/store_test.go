package jetstream_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/store"
	"github.com/topo-lang/topo/runtime/store/storetest"
	"github.com/topo-lang/topo/stdlib/jetstream"
)

// serve starts a server on a free port of this machine.
func serve(t *testing.T, js bool) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: js, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the server does not start")
	}
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s.ClientURL()
}

func TestStore(t *testing.T) {
	url := serve(t, true)
	storetest.Conform(t, func() store.Backend { return &jetstream.Jetstream{Url: url, Replicas: 1} })
}

func TestStoreRefuses(t *testing.T) {
	url, bare := serve(t, true), serve(t, false)
	for _, c := range []struct {
		b    *jetstream.Jetstream
		want string
	}{
		{&jetstream.Jetstream{Replicas: 1}, "no server is named"},
		{&jetstream.Jetstream{Url: url, Bucket: "a b", Replicas: 1}, "is no name of a bucket"},
		{&jetstream.Jetstream{Url: url, Replicas: 9}, "there can't be 9"},
		{&jetstream.Jetstream{Url: bare, Replicas: 1}, "no JetStream answers"},
	} {
		err := c.b.Open(&component.Context{Stderr: io.Discard}, storetest.TableOf(store.Opaque, 0))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
		_ = c.b.Close()
	}
}
