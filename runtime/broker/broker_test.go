package broker

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/fault"
)

func start(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Name == "" {
		o.Name = "test"
	}
	if o.Log == nil {
		o.Log = func(m string) { t.Errorf("the server says: %s", m) }
	}
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refused starts a server that must not start, and returns the error's text and its way out.
func refused(t *testing.T, o Options) (what, help string) {
	t.Helper()
	o.Name = "test"
	s, err := Start(o)
	if err == nil {
		s.Close()
		t.Fatalf("Start(%+v) started", o)
	}
	var e *fault.Error
	if !errors.As(err, &e) || e.Help() == "" {
		t.Fatalf("no way out in %#v", err)
	}
	return err.Error(), e.Help()
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q does not say %q", text, p)
		}
	}
}

func TestMessagesPassInProcess(t *testing.T) {
	s := start(t, Options{})
	defer s.Close()
	if s.Addr() != "" {
		t.Errorf("listens on %s unasked", s.Addr())
	}
	a, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	sub, err := a.SubscribeSync("x")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish("x", make([]byte, MaxPayload)); err != nil {
		t.Fatal(err)
	}
	m, err := sub.NextMsg(patience)
	if err != nil || len(m.Data) != MaxPayload {
		t.Fatalf("got %v, %v", m, err)
	}
}

func TestFramesAreApart(t *testing.T) {
	// The log tells of the stranger below.
	s := start(t, Options{Listen: "127.0.0.1:0", Store: t.TempDir(), Log: func(string) {}})
	defer s.Close()
	frames, err := s.ConnectFrames()
	if err != nil {
		t.Fatal(err)
	}
	outside, err := nats.Connect("nats://" + s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	inside, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	seen, err := outside.SubscribeSync(">")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := frames.SubscribeSync(">")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*nats.Conn{outside, frames} {
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	for c, text := range map[*nats.Conn]string{frames: "frame", inside: "common"} {
		if err := c.Publish("d.t.0.0", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := seen.NextMsg(patience); err != nil || string(m.Data) != "common" {
		t.Errorf("outside got %v, %v", m, err)
	}
	if m, err := kept.NextMsg(patience); err != nil || string(m.Data) != "frame" {
		t.Errorf("the room of the frames got %v, %v", m, err)
	}
	for _, sub := range []*nats.Subscription{seen, kept} {
		if n, _, _ := sub.Pending(); n != 0 {
			t.Errorf("%d messages crossed over", n)
		}
	}
	if _, err := nats.Connect("nats://"+s.Addr(), nats.UserInfo(framesUser, "guess")); err == nil {
		t.Error("a wrong secret opened the room of the frames")
	}
}

func TestLogIsThereWithAStoreOnly(t *testing.T) {
	for _, store := range []string{"", t.TempDir()} {
		s := start(t, Options{Store: store})
		c, err := s.Connect()
		if err != nil {
			t.Fatal(err)
		}
		js, err := c.JetStream()
		if err != nil {
			t.Fatal(err)
		}
		_, err = js.AddStream(&nats.StreamConfig{Name: "LOG", Subjects: []string{"log"}})
		if store == "" {
			if err == nil {
				t.Error("a log without a store folder")
			}
		} else if err != nil {
			t.Error(err)
		} else if _, err := js.Publish("log", []byte("kept")); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if store == "" {
			continue
		}
		s = start(t, Options{Store: store})
		if c, err = s.Connect(); err != nil {
			t.Fatal(err)
		}
		if js, err = c.JetStream(); err != nil {
			t.Fatal(err)
		}
		if m, err := js.GetLastMsg("LOG", "log"); err != nil || string(m.Data) != "kept" {
			t.Errorf("after a restart: %v, %v", m, err)
		}
		s.Close()
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, o := range []Options{{}, {Store: t.TempDir()}, {Listen: "127.0.0.1:0"}} {
		s := start(t, o)
		for range 3 {
			if _, err := s.Connect(); err != nil { // left open by its component
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	settle(t, before)
}

// settle waits until no more goroutines run than before.
func settle(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<20)
			t.Fatalf("goroutines are left:\n%s", buf[:runtime.Stack(buf, true)])
		}
	}
}

func TestListen(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "localhost:0", "127.0.0.2:0", "[::1]:0"} {
		if l, err := net.Listen("tcp", addr); err != nil {
			t.Logf("this machine has no %s: %v", addr, err)
			continue
		} else {
			l.Close()
		}
		s := start(t, Options{Listen: addr})
		c, err := nats.Connect("nats://" + s.Addr())
		if err != nil {
			t.Errorf("%s, that is %s: %v", addr, s.Addr(), err)
		} else {
			c.Close()
		}
		s.Close()
	}
}

func TestListenRefused(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":4222", "[::]:0", "192.168.1.1:4222", "example.com:4222"} {
		what, help := refused(t, Options{Listen: addr})
		contains(t, what, addr, "other machines could reach it", "TLS")
		contains(t, help, "127.0.0.1")
	}
	for _, addr := range []string{"4222", "127.0.0.1", "127.0.0.1:port", "127.0.0.1:70000"} {
		what, _ := refused(t, Options{Listen: addr})
		contains(t, what, addr)
	}
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	what, help := refused(t, Options{Listen: l.Addr().String(), Store: dir})
	contains(t, what, l.Addr().String(), "another program uses this port")
	contains(t, help, "127.0.0.1:0")
	s := start(t, Options{Store: dir}) // the folder was let go
	s.Close()
}

func TestPortTakenInBetween(t *testing.T) {
	s := &Server{}
	err := s.startError(Options{Listen: "127.0.0.1:4222"}, `Error listening on port: 127.0.0.1:4222, "listen tcp 127.0.0.1:4222: bind: address already in use"`)
	contains(t, err.Error(), "127.0.0.1:4222", "another program uses this port")
}

func TestStoreIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := start(t, Options{Store: dir})
	defer s.Close()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("the store folder has mode %v", info.Mode())
	}
}

func BenchmarkStart(b *testing.B) {
	for _, kind := range []string{"memory", "store"} {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				o := Options{Name: "bench"}
				if kind == "store" {
					b.StopTimer()
					o.Store = b.TempDir()
					b.StartTimer()
				}
				s, err := Start(o)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := s.Connect(); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				s.Close()
				b.StartTimer()
			}
		})
	}
}
