package app

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/broker"
	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/query"
)

// Queries are served in three ways, each only where it is asked for: over HTTP (--http), over NATS (--listen), and for the command query of this machine's user, who finds
// the run by its store. What listens, listens on this machine, unless there is TLS and a password.

const httpHelp = "write it as 127.0.0.1:8080, or 127.0.0.1:0 for any free port"

// httpWanted is what the flags say about HTTP.
type httpWanted struct {
	addr           string
	tls            *tls.Config
	user, password string
}

// httpAddress sees that an address is one, and returns it as the system wants it. One that other machines reach is guarded.
func httpAddress(addr string, guarded bool) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fault.New(httpHelp, "cannot serve queries at %q: it is not host:port", addr)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return "", fault.New(httpHelp, "cannot serve queries at %q: the port is not a number from 0 to 65535", addr)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if host == "" && guarded {
		host = "0.0.0.0"
	}
	if ip, err := netip.ParseAddr(host); !guarded && (err != nil || !ip.IsLoopback()) {
		return "", fault.New("give --tls-cert, --tls-key and --user-file, or listen on this machine only: "+httpHelp, "cannot serve queries at %q: other machines could ask, and that needs TLS and a password", addr)
	} else if err != nil {
		return "", fault.New(httpHelp, "cannot serve queries at %q: the host is not an address", addr)
	}
	return net.JoinHostPort(host, port), nil
}

// httpOptions reads the flags.
func (a *app) httpOptions(given map[string]string) (w httpWanted, problems []problem) {
	addr, ok := given["http"]
	if !ok {
		return w, nil
	}
	w.addr = addr
	var err error
	if cert, key := given["tls-cert"], given["tls-key"]; cert != "" && key != "" {
		if w.tls, err = broker.ServerTLS(cert, key); err != nil {
			return w, []problem{explain(err)}
		}
	}
	if user := given["user-file"]; user != "" {
		if w.user, w.password, err = broker.UserFile(user); err != nil {
			return w, []problem{explain(err)}
		}
	}
	if _, err := httpAddress(addr, w.tls != nil && w.user != ""); err != nil {
		problems = append(problems, explain(err))
	}
	return w, problems
}

// queryServer serves the queries of a run.
type queryServer struct {
	app     *app
	answers atomic.Pointer[answers] // nil before the run begins
	servers []*http.Server
	ended   sync.WaitGroup
	file    string
	conn    *nats.Conn
	calls   *nats.Conn    // by which calls are made; nil where there are none
	now     chan struct{} // of the calls under way
}

// serveQueries begins to serve queries, where there are any, as the flags say.
func (a *app) serveQueries(given map[string]string, server *broker.Server, public bool) (_ *queryServer, err error) {
	if len(a.Queries) == 0 && !a.Calls {
		return nil, nil
	}
	s := &queryServer{app: a, now: make(chan struct{}, callsAtOnce)}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if a.Calls && (given["http"] != "" || given["store"] != "") {
		if s.calls, err = server.Connect(); err != nil {
			return nil, err
		}
	}
	if w, _ := a.httpOptions(given); w.addr != "" {
		at, err := httpAddress(w.addr, w.tls != nil && w.user != "")
		if err != nil {
			return nil, err
		}
		l, err := net.Listen("tcp", at)
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fault.New("choose another port, or 127.0.0.1:0 for any free one", "cannot serve queries at %s: another program uses this port", w.addr)
		}
		if err != nil {
			return nil, fault.New(httpHelp, "cannot serve queries at %q: %v", w.addr, err)
		}
		scheme := "http"
		if w.tls != nil {
			scheme = "https"
			c := w.tls.Clone()
			c.NextProtos = []string{"http/1.1"}
			l = tls.NewListener(l, c)
		}
		s.serve(l, w)
		what, path := "queries", "query"
		if len(a.Queries) == 0 {
			what, path = "calls", "call"
		}
		a.stderr.line("%s: %s at %s://%s/%s", a.Name, what, scheme, l.Addr(), path)
	}
	if store := given["store"]; store != "" {
		if err := s.serveStore(store); err != nil {
			return nil, err
		}
	}
	if public && len(a.Queries) > 0 {
		if err := s.serveNATS(server); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// begin lets questions be answered.
func (s *queryServer) begin(ask engine.Asker) {
	if s != nil {
		s.answers.Store(s.app.answers(ask))
	}
}

// close ends all.
func (s *queryServer) close() {
	if s == nil {
		return
	}
	if s.file != "" {
		_ = os.Remove(s.file) // one that stays names a server that is not there
	}
	for _, one := range s.servers {
		one.Close()
	}
	for _, conn := range []*nats.Conn{s.conn, s.calls} {
		if conn != nil {
			conn.Close()
		}
	}
	s.ended.Wait()
}

// serve serves HTTP.
func (s *queryServer) serve(l net.Listener, w httpWanted) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /query", s.list)
	mux.HandleFunc("GET /query/{name}", s.get)
	mux.HandleFunc("POST /query/{name}", s.post)
	if s.calls != nil {
		mux.HandleFunc("POST /call/{name}", s.call)
	}
	one := &http.Server{Handler: guarded(mux, w), ReadHeaderTimeout: metricsPatience, ReadTimeout: queryPatience, WriteTimeout: 2*queryPatience + metricsPatience, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	s.servers = append(s.servers, one)
	s.ended.Go(func() {
		_ = one.Serve(l) // which ends by close
	})
}

// guarded lets in who may ask. A page of the web that a browser of this machine shows may not: it can reach the address, by a name of its own, too.
func guarded(next http.Handler, w httpWanted) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); w.user == "" && host != "localhost" && (err != nil || !ip.IsLoopback()) {
			reply(out, http.StatusForbidden, problemJSON("this server is asked by the address of this machine"))
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
				reply(out, http.StatusForbidden, problemJSON("pages of other servers may not ask"))
				return
			}
		}
		if w.user != "" {
			user, password, _ := r.BasicAuth()
			sameUser, samePassword := subtle.ConstantTimeCompare([]byte(user), []byte(w.user)), subtle.ConstantTimeCompare([]byte(password), []byte(w.password))
			if sameUser&samePassword != 1 {
				out.Header().Set("WWW-Authenticate", `Basic realm="topo"`)
				reply(out, http.StatusUnauthorized, problemJSON("a name and a password are needed"))
				return
			}
		}
		next.ServeHTTP(out, r)
	})
}

func reply(out http.ResponseWriter, status int, text []byte) {
	out.Header().Set("Content-Type", "application/json")
	out.Header().Set("Cache-Control", "no-store")
	out.Header().Set("X-Content-Type-Options", "nosniff")
	out.WriteHeader(status)
	_, _ = out.Write(append(text, '\n')) // a client that has gone is its own affair
}

// list says which queries there are.
func (s *queryServer) list(out http.ResponseWriter, _ *http.Request) {
	type param struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	type one struct {
		Name   string   `json:"name"`
		Doc    string   `json:"doc,omitempty"`
		Params []param  `json:"params"`
		Fields []string `json:"fields"`
		Many   bool     `json:"many"`
	}
	all := []one{}
	for _, q := range s.app.Queries {
		o := one{q.Name, q.Doc, []param{}, q.Fields, q.Many}
		for _, p := range q.Params {
			o.Params = append(o.Params, param{p.Name, p.Type})
		}
		all = append(all, o)
	}
	text, err := json.Marshal(map[string]any{"topology": s.app.Name, "queries": all})
	if err != nil {
		reply(out, http.StatusInternalServerError, problemJSON(err.Error()))
		return
	}
	reply(out, http.StatusOK, text)
}

func (s *queryServer) get(out http.ResponseWriter, r *http.Request) {
	q, err := s.app.query(r.PathValue("name"))
	var params []byte
	if err == nil {
		given := map[string]string{}
		for name, values := range r.URL.Query() {
			given[name] = values[len(values)-1]
		}
		params, err = q.texts(given)
	}
	s.reply(out, r, params, err)
}

func (s *queryServer) post(out http.ResponseWriter, r *http.Request) {
	params, err := io.ReadAll(io.LimitReader(r.Body, queryLimit+1))
	if len(params) > queryLimit {
		reply(out, http.StatusRequestEntityTooLarge, problemJSON("the question is too long"))
		return
	}
	s.reply(out, r, params, err)
}

func (s *queryServer) reply(out http.ResponseWriter, r *http.Request, params []byte, err error) {
	var text []byte
	if err == nil {
		text, err = s.answer(r.Context(), r.PathValue("name"), params)
	}
	if err != nil {
		status, why := whyNot(err)
		reply(out, status, problemJSON(why))
		return
	}
	reply(out, http.StatusOK, text)
}

func (s *queryServer) answer(ctx context.Context, name string, params []byte) ([]byte, error) {
	answers := s.answers.Load()
	if answers == nil {
		return nil, engine.ErrNotRunning
	}
	return answers.answer(ctx, name, params)
}

// queryFile is the file of a store that says where its run answers.
const queryFile = "topo.query"

// whereAsked is what stands in it.
type whereAsked struct {
	URL      string `json:"url"`
	User     string `json:"user"`
	Password string `json:"password"`
}

// serveStore serves those who can read the store's files, which is the run's user.
func (s *queryServer) serveStore(store string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fault.New("see whether this machine has the address 127.0.0.1", "cannot serve queries: %w", err)
	}
	secret := make([]byte, 24)
	_, _ = rand.Read(secret) // which never fails
	w := whereAsked{"http://" + l.Addr().String(), "store", hex.EncodeToString(secret)}
	text, err := json.Marshal(w)
	if err == nil {
		name := filepath.Join(store, queryFile)
		_ = os.Remove(name) // its permissions would stay
		if err = os.WriteFile(name, text, 0o600); err == nil {
			s.file = name
		}
	}
	if err != nil {
		l.Close()
		return fault.New("", "the store cannot say where it is asked: %w", err)
	}
	s.serve(l, httpWanted{user: w.User, password: w.Password})
	return nil
}

// querySubject is where a query is asked over NATS.
func querySubject(topology, name string) string { return "query." + topology + "." + name }

// serveNATS answers requests of the server's clients.
func (s *queryServer) serveNATS(server *broker.Server) error {
	conn, err := server.Connect()
	if err != nil {
		return err
	}
	s.conn = conn
	for _, q := range s.app.Queries {
		name := q.Name
		_, err := conn.Subscribe(querySubject(s.app.Name, name), func(m *nats.Msg) {
			if m.Reply == "" {
				return
			}
			go func() {
				text, err := s.answer(context.Background(), name, m.Data)
				if err == nil && int64(len(text)) > conn.MaxPayload() {
					err = errors.New("the answer is too long for a message")
				}
				out := &nats.Msg{Subject: m.Reply, Data: text}
				if err != nil {
					_, why := whyNot(err)
					out.Data, out.Header = problemJSON(why), nats.Header{query.ErrorHeader: {strings.ReplaceAll(why, "\n", " ")}}
				}
				_ = m.RespondMsg(out) // who asked may be gone
			}()
		})
		if err != nil {
			return err
		}
	}
	return conn.Flush()
}
