// Package broker runs the NATS server that every topology's binary carries.
//
// It starts in process, in a few milliseconds, and nothing outside can reach it unless an
// address to listen on is given, and then only from this machine. What comes in: a store folder, or
// none; an address, or none. What goes out: connections.
//
// The server has three rooms. Components and outside clients meet in the first, by Connect; the frames
// between tasks travel in the second, by ConnectFrames, and the logs of durable spouts are in the third, by ConnectLogs. No client can enter
// those: a stranger who subscribes to everything sees no tuple, and can neither forge nor delay one, nor remove it from a log.
//
// The invariants: a store folder belongs to one process at a time (two servers on one folder would both
// acknowledge, and half of what they acknowledged would be gone); what the server's log acknowledged
// is on the disk; after Close nothing is left, neither goroutines nor the lock.
package broker

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/failpoint"
	"github.com/topo-lang/topo/runtime/fault"
)

// MaxPayload is the size of the largest message that the server takes. It is the most that the server's
// makers recommend; frames between tasks are cut far smaller, so it bounds what components publish.
const MaxPayload = 8 << 20

// noSync is a negative control: a test of lost power must then find losses.
var noSync = failpoint.On("broker.no-sync")

// patience is how long the server may take for what takes milliseconds, before it counts as broken.
const patience = 30 * time.Second

// Options says what kind of server to start.
type Options struct {
	// Name tells this server from others in logs; the topology's name.
	Name string
	// Store is the folder of the commit log; "" runs without one.
	Store string
	// Listen is the address to listen on, "" for none. Port 0 takes any free port. An address that other machines can reach needs TLS and a User.
	Listen string
	// Private lets nobody in but those who know the server's secret.
	Private bool
	// TLS is what connections must speak, nil for none.
	TLS *tls.Config
	// User and Password are what connections must give, "" for nothing. A worker that joins gives them, too.
	User, Password string
	// Log is called, from any goroutine, with what an operator should see: the server's warnings and
	// errors, and those of connections. It may be nil.
	Log func(message string)
}

// Server is a running server.
type Server struct {
	ns     *server.Server
	log    *logger
	frames string // what opens the second room
	addr   string
	pin    string
	store  *store

	mu    sync.Mutex
	conns []*nats.Conn
}

// Start starts a server. Its errors are *fault.Error: they say the way out.
func Start(o Options) (*Server, error) {
	host, port, err := address(o)
	if err != nil {
		return nil, err
	}
	st, err := openStore(o.Store)
	if err != nil {
		return nil, err
	}
	s := &Server{log: &logger{out: o.Log}, frames: rand.Text(), store: st}
	if err := s.start(o, host, port); err != nil {
		return nil, errors.Join(err, st.close())
	}
	return s, nil
}

func (s *Server) start(o Options, host string, port int) error {
	rooms := &rooms{secret: s.frames, private: o.Private, user: o.User, password: o.Password}
	opts := &server.Options{
		ServerName: o.Name,
		DontListen: o.Listen == "",
		Host:       host,
		Port:       port,
		NoSigs:     true,
		MaxPayload: MaxPayload,
		// A stopped process (Ctrl-Z, a laptop's lid) must find its connections whole when it wakes, and no
		// deadline is needed to notice a slow one: it is cut off at its limit of pending bytes.
		WriteDeadline:              24 * time.Hour,
		CustomClientAuthentication: rooms,
		TLSConfig:                  o.TLS,
		JetStream:                  s.store != nil,
		NoSystemAccount:            s.store == nil,
	}
	if s.store != nil {
		opts.StoreDir = s.store.dir
		opts.SyncAlways = !noSync
	}
	ns, err := server.NewServer(opts)
	if err != nil {
		return &fault.Error{What: "the embedded NATS server does not start", Err: err}
	}
	ns.SetLoggerV2(s.log, false, false, false)
	ns.Start()
	// The server has no other way to say why it did not start than its log.
	if why := s.log.fatal.Load(); why != nil {
		ns.Shutdown()
		ns.WaitForShutdown()
		return s.startError(o, *why)
	}
	if !ns.ReadyForConnections(patience) {
		ns.Shutdown()
		ns.WaitForShutdown()
		return &fault.Error{What: fmt.Sprintf("the embedded NATS server was not ready after %v", patience)}
	}
	// The second room is made only now, because JetStream wants to know of each account that exists when it
	// starts; no connection can have come for it yet.
	account, err := ns.RegisterAccount("FRAMES")
	rooms.frames.Store(account)
	if err == nil && s.store != nil {
		err = s.openLogs(ns, rooms)
	}
	if err != nil {
		ns.Shutdown()
		ns.WaitForShutdown()
		return &fault.Error{What: "the embedded NATS server does not start", Err: err}
	}
	s.ns = ns
	if o.Listen != "" {
		s.addr = ns.Addr().String()
	}
	if o.TLS != nil && len(o.TLS.Certificates) > 0 {
		s.pin = fingerprint(o.TLS.Certificates[0].Certificate[0])
	}
	return nil
}

// openLogs makes the third room, with what its logs held when the server ended.
func (s *Server) openLogs(ns *server.Server, rooms *rooms) error {
	account, err := ns.RegisterAccount("LOGS")
	if err != nil {
		return err
	}
	if err := account.EnableJetStream(nil, nil); err != nil {
		return err
	}
	rooms.logs.Store(account)
	return nil
}

func (s *Server) startError(o Options, why string) error {
	switch {
	case o.Listen != "" && addressInUse(why):
		return inUse(o.Listen)
	case s.store != nil:
		return &fault.Error{What: fmt.Sprintf("the store folder %s does not open: %s", s.store.dir, why),
			Way: "see that the folder and all in it can be read and written, or name another with --store"}
	}
	return &fault.Error{What: "the embedded NATS server does not start: " + why}
}

// Addr returns the address that the server listens on, with the real port, or "".
func (s *Server) Addr() string { return s.addr }

// LocalURL is how processes of this machine reach the server.
func (s *Server) LocalURL() string {
	host, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		return ""
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "nats://" + net.JoinHostPort(host, port)
}

// Secret opens both rooms. It is for the processes of this run, and for nobody's eyes.
func (s *Server) Secret() string { return s.frames }

// Pin names the server's certificate; "" without TLS.
func (s *Server) Pin() string { return s.pin }

// Alive reports whether a client, by the server's number for it, is connected.
func (s *Server) Alive(client uint64) bool { return s.ns.GetClient(client) != nil }

// Connect connects in process to the room that components and outside clients share.
func (s *Server) Connect(opts ...nats.Option) (*nats.Conn, error) {
	return s.connect("component", append([]nats.Option{nats.UserInfo(componentUser, s.frames)}, opts...))
}

// ConnectFrames connects in process to the room of the frames between tasks. Such a connection
// does not come back once it is lost, because what was under way on it is lost with it.
func (s *Server) ConnectFrames(opts ...nats.Option) (*nats.Conn, error) {
	return s.connect("frames", append([]nats.Option{
		nats.UserInfo(framesUser, s.frames),
		nats.NoReconnect(),
		// As the server's WriteDeadline.
		nats.FlusherTimeout(0),
	}, opts...))
}

// ConnectLogs connects in process to the room of the logs that stand in front of durable spouts. There is one where there is a store.
func (s *Server) ConnectLogs(opts ...nats.Option) (*nats.Conn, error) {
	if s.store == nil {
		return nil, &fault.Error{What: "a log needs a folder", Way: "give one with --store"}
	}
	return s.connect("logs", append([]nats.Option{nats.UserInfo(logsUser, s.frames)}, opts...))
}

func (s *Server) connect(name string, opts []nats.Option) (*nats.Conn, error) {
	c, err := nats.Connect("", append([]nats.Option{
		nats.InProcessServer(s.ns),
		nats.Name(name),
		nats.Timeout(patience),
		// What is published while the connection is down is refused, not kept for later and then perhaps lost.
		nats.ReconnectBufSize(-1),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			if sub != nil {
				err = fmt.Errorf("subscription to %s: %w", sub.Subject, err)
			}
			s.log.warn("%v", err)
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				s.log.warn("a connection to the embedded NATS server was lost: %v", err)
			}
		}),
	}, opts...)...)
	if err != nil {
		return nil, &fault.Error{What: "the embedded NATS server cannot be reached", Err: err}
	}
	s.mu.Lock()
	s.conns = append(s.conns, c)
	s.mu.Unlock()
	return c, nil
}

// Close closes the connections, stops the server and lets the store folder go.
// It returns when nothing of them is left.
func (s *Server) Close() error {
	s.mu.Lock()
	conns := s.conns
	s.conns = nil
	s.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
	s.ns.Shutdown()
	s.ns.WaitForShutdown()
	return s.store.close()
}
