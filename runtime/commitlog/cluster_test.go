package commitlog

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// TestCluster keeps a log in three servers, and takes away the one that leads while it is written.
func TestCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("an election takes seconds")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var servers []*server.Server
	var urls []string
	var ports []int
	var routes []*url.URL
	for range 3 { // each wants to know the others before it starts
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer free.Close()
		ports = append(ports, free.Addr().(*net.TCPAddr).Port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: free.Addr().String()})
		free.Close()
	}
	for i, port := range ports {
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("server", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: t.TempDir(), SyncAlways: true,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port}, Routes: routes,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		defer func() {
			s.Shutdown()
			s.WaitForShutdown()
		}()
		servers = append(servers, s)
	}
	for _, s := range servers {
		if !s.ReadyForConnections(2 * patience) {
			t.Fatal("a server does not start")
		}
		urls = append(urls, s.ClientURL())
	}
	connect := func(o ...nats.Option) (*nats.Conn, error) {
		return nats.Connect(strings.Join(urls, ","), append(o, nats.ReconnectBufSize(-1), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))...)
	}
	c := Config{Topology: "word count", Identity: testIdentity, Connect: connect, Replicas: 3}
	var l *Log
	var err error
	for l == nil { // until they have found each other
		if l, err = Open(ctx, c); err != nil && ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	var want model
	commit := func(epoch uint64, sizes ...int) {
		t.Helper()
		r := someRecord(epoch, sizes...)
		if err := l.Commit(ctx, r); err != nil {
			t.Fatal(err)
		}
		want.records = append(want.records, recordWords(r))
	}
	for e := range uint64(20) {
		commit(e+1, 1000)
	}
	info, err := l.medium.(*streams).stream[0].Info(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range servers {
		if s.Name() == info.Cluster.Leader {
			go s.Shutdown()
		}
	}
	for e := uint64(21); e <= 40; e++ {
		commit(e, 1000, int(e)*100_000)
	}
	l.Close()
	conn, err := connect()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, _ := jetstream.New(conn)
	if names, err := topologies(ctx, js); err != nil || len(names) != 1 {
		t.Error(names, err)
	}
	l, err = Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := recoverAll(l)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, want)
	l.Close()
}
