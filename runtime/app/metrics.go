package app

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/metrics"
)

// note tells of a run that stands still, or goes on.
func (a *app) note(text string) { a.stderr.line("warning: %s", text) }

// metricsServer serves what the run counts.
type metricsServer struct {
	server *http.Server
	ended  chan struct{}
}

// metricsPatience is how long a client may take to ask, and the server to say goodbye.
const metricsPatience = 5 * time.Second

const metricsHelp = "write it as 127.0.0.1:9464, or 127.0.0.1:0 for any free port"

// metricsAddress sees that an address is one, of this machine, and returns it as the system wants it.
func metricsAddress(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fault.New(metricsHelp, "cannot serve metrics at %q: it is not host:port", addr)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return "", fault.New(metricsHelp, "cannot serve metrics at %q: the port is not a number from 0 to 65535", addr)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return "", fault.New(metricsHelp+"; a proxy or an agent on this machine may pass them on", "cannot serve metrics at %q: other machines could read them, and they are served without TLS and without authentication", addr)
	}
	return net.JoinHostPort(host, port), nil
}

// serveMetrics starts the server; "" is no address, and no server.
func (a *app) serveMetrics(addr string) (*metricsServer, error) {
	if addr == "" {
		return nil, nil
	}
	at, err := metricsAddress(addr)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", at)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fault.New("choose another port, or 127.0.0.1:0 for any free one", "cannot serve metrics at %s: another program uses this port", addr)
	}
	if err != nil {
		return nil, fault.New(metricsHelp, "cannot serve metrics at %q: %v", addr, err)
	}
	s := &metricsServer{ended: make(chan struct{}), server: &http.Server{Handler: a.metricsHandler(), ReadTimeout: metricsPatience, WriteTimeout: metricsPatience}}
	go func() {
		defer close(s.ended)
		_ = s.server.Serve(l) // which ends by close
	}()
	a.stderr.line("%s: metrics at http://%s/metrics", a.Name, l.Addr())
	return s, nil
}

// close ends the server.
func (s *metricsServer) close() {
	if s != nil {
		s.server.Close() // whoever asks now gets no answer: the run has ended
		<-s.ended
	}
}

// metrics is what the run has done so far; false where that is not known, or not all of it.
func (a *app) metrics() (m engine.Metrics, ok bool) {
	if counted := a.counted.Load(); counted != nil {
		m, ok = (*counted)()
	}
	m.Topology = a.Name
	return m, ok
}

// metricsHandler answers what is asked.
func (a *app) metricsHandler() http.Handler {
	mux := http.NewServeMux()
	serve := func(path, kind string, write func(engine.Metrics) ([]byte, error)) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			m, _ := a.metrics()
			text, err := write(m)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(text) // a client that has gone is its own affair
		})
	}
	serve("/metrics", "text/plain; version=0.0.4; charset=utf-8", func(m engine.Metrics) ([]byte, error) { return []byte(prometheus(m)), nil })
	serve("/metrics.json", "application/json", func(m engine.Metrics) ([]byte, error) { return json.MarshalIndent(numbersOf(m), "", "  ") })
	return mux
}

// prometheus writes the numbers for Prometheus.
func prometheus(m engine.Metrics) string {
	var t metrics.Text
	topology := metrics.Label{Name: "topology", Value: m.Topology}
	of := func(k engine.TaskMetrics) []metrics.Label {
		return []metrics.Label{topology, {Name: "component", Value: k.Component}, {Name: "kind", Value: k.Kind}, {Name: "task", Value: strconv.Itoa(k.Task)}}
	}
	on := func(e engine.EdgeMetrics) []metrics.Label {
		return []metrics.Label{topology, {Name: "from", Value: e.From}, {Name: "stream", Value: e.Stream}, {Name: "to", Value: e.To}, {Name: "input", Value: strconv.Itoa(e.Input)}}
	}
	tasks := func(name, kind, help string, value func(engine.TaskMetrics) int64) {
		t.Family(name, kind, help)
		for _, k := range m.Tasks {
			t.Int(name, value(k), of(k)...)
		}
	}
	edges := func(name, kind, help string, value func(engine.EdgeMetrics) int64) {
		t.Family(name, kind, help)
		for _, e := range m.Edges {
			t.Int(name, value(e), on(e)...)
		}
	}
	t.Family("topo_uptime_seconds", "gauge", "Time since the run began.")
	t.Seconds("topo_uptime_seconds", m.Uptime, topology)
	tasks("topo_executed_tuples_total", "counter", "Tuples that a task took in.", func(k engine.TaskMetrics) int64 { return k.Executed.Rows })
	tasks("topo_executed_batches_total", "counter", "Batches that a task took in.", func(k engine.TaskMetrics) int64 { return k.Executed.Batches })
	tasks("topo_emitted_tuples_total", "counter", "Tuples that a task put out, once each however many receive them.", func(k engine.TaskMetrics) int64 { return k.Emitted })
	tasks("topo_transferred_tuples_total", "counter", "Tuples that a task sent, once for each receiver.", func(k engine.TaskMetrics) int64 { return k.Transferred.Rows })
	tasks("topo_queue_batches", "gauge", "Batches that wait in a task's queue.", func(k engine.TaskMetrics) int64 { return int64(k.Queue) })
	tasks("topo_queue_capacity_batches", "gauge", "Batches that a task's queue has room for.", func(k engine.TaskMetrics) int64 { return int64(k.Room) })
	t.Family("topo_busy_seconds_total", "counter", "Time in a component's code: its rate is the task's capacity, from 0 to 1.")
	for _, k := range m.Tasks {
		t.Seconds("topo_busy_seconds_total", k.Busy, of(k)...)
	}
	t.Family("topo_call_seconds", "gauge", "How long the call that goes on in a component's code has taken.")
	for _, k := range m.Tasks {
		t.Seconds("topo_call_seconds", k.In, of(k)...)
	}
	t.Family("topo_execute_seconds", "histogram", "Time in the component's code for a tuple.")
	for _, k := range m.Tasks {
		t.Histogram("topo_execute_seconds", k.Execute, of(k)...)
	}
	t.Family("topo_process_seconds", "histogram", "Time from a tuple's entering a task's queue until its batch was processed.")
	for _, k := range m.Tasks {
		t.Histogram("topo_process_seconds", k.Process, of(k)...)
	}
	roots := func(name, kind, help string, value func(engine.TaskMetrics) int64) {
		t.Family(name, kind, help)
		for _, k := range m.Tasks {
			if k.Tracked {
				t.Int(name, value(k), of(k)...)
			}
		}
	}
	roots("topo_acked_tuples_total", "counter", "Tuples of a spout of which all is settled.", func(k engine.TaskMetrics) int64 { return k.Acked })
	roots("topo_given_up_tuples_total", "counter", "Tuples of a spout that failed as often as they may.", func(k engine.TaskMetrics) int64 { return k.Failed })
	roots("topo_replayed_tuples_total", "counter", "Tuples of a spout that were given again.", func(k engine.TaskMetrics) int64 { return k.Replayed })
	roots("topo_pending_tuples", "gauge", "Tuples of a spout that are not settled.", func(k engine.TaskMetrics) int64 { return k.Pending })
	t.Family("topo_complete_seconds", "histogram", "Time from a tuple's being read until all that became of it was settled.")
	for _, k := range m.Tasks {
		if k.Tracked {
			t.Histogram("topo_complete_seconds", k.Complete, of(k)...)
		}
	}
	edges("topo_edge_tuples_total", "counter", "Tuples that an edge carried.", func(e engine.EdgeMetrics) int64 { return e.Rows })
	edges("topo_edge_batches_total", "counter", "Batches that an edge carried.", func(e engine.EdgeMetrics) int64 { return e.Batches })
	edges("topo_edge_stalls_total", "counter", "How often a sender found no room.", func(e engine.EdgeMetrics) int64 { return e.Stalls })
	t.Family("topo_edge_stalled_seconds_total", "counter", "Time that senders waited for room.")
	for _, e := range m.Edges {
		t.Seconds("topo_edge_stalled_seconds_total", e.Stalled, on(e)...)
	}
	t.Family("topo_edge_full_seconds", "gauge", "How long a sender has been waiting for room now.")
	for _, e := range m.Edges {
		t.Seconds("topo_edge_full_seconds", e.Full, on(e)...)
	}
	for _, family := range []struct {
		name, help string
		value      func(engine.Failure) int64
	}{
		{"topo_failed_tuples_total", "Tuples that failed, and nobody handled them.", func(f engine.Failure) int64 { return f.Count }},
		{"topo_handled_tuples_total", "Tuples that failed, and went to the stream .failed.", func(f engine.Failure) int64 { return f.Handled }},
	} {
		t.Family(family.name, "counter", family.help)
		for _, f := range m.Failures {
			t.Int(family.name, family.value(f), topology, metrics.Label{Name: "component", Value: f.Component}, metrics.Label{Name: "place", Value: f.Place})
		}
	}
	return t.String()
}

// runNumbers and what is in it are the numbers as JSON. Times are in nanoseconds.
type runNumbers struct {
	Topology string           `json:"topology"`
	Uptime   time.Duration    `json:"uptime_ns"`
	Tasks    []taskNumbers    `json:"tasks"`
	Edges    []edgeNumbers    `json:"edges"`
	Failures []failureNumbers `json:"failures"`
}

type taskNumbers struct {
	Component   string         `json:"component"`
	Kind        string         `json:"kind"`
	Task        int            `json:"task"`
	Executed    int64          `json:"executed"`
	Emitted     int64          `json:"emitted"`
	Transferred int64          `json:"transferred"`
	Batches     int64          `json:"batches"`
	Capacity    float64        `json:"capacity"` // the share of the run's time in the component's code
	Busy        time.Duration  `json:"busy_ns"`
	Queue       int            `json:"queue"`
	Room        int            `json:"room"`
	Call        string         `json:"call,omitempty"`
	In          time.Duration  `json:"call_ns,omitempty"`
	Execute     latencyNumbers `json:"execute"`
	Process     latencyNumbers `json:"process"`
	Roots       *rootNumbers   `json:"roots,omitempty"` // of a spout whose tuples are followed
}

type rootNumbers struct {
	Acked    int64          `json:"acked"`
	Failed   int64          `json:"failed"`
	Replayed int64          `json:"replayed"`
	Pending  int64          `json:"pending"`
	Complete latencyNumbers `json:"complete"`
}

type latencyNumbers struct {
	Mean time.Duration `json:"mean_ns"`
	P50  time.Duration `json:"p50_ns"`
	P99  time.Duration `json:"p99_ns"`
	Max  time.Duration `json:"max_ns"`
}

type edgeNumbers struct {
	From    string        `json:"from"`
	Stream  string        `json:"stream,omitempty"`
	To      string        `json:"to"`
	Input   int           `json:"input"`
	Tuples  int64         `json:"tuples"`
	Batches int64         `json:"batches"`
	Stalls  int64         `json:"stalls"`
	Stalled time.Duration `json:"stalled_ns"`
	Full    time.Duration `json:"full_ns"`
}

type failureNumbers struct {
	Component string   `json:"component"`
	Place     string   `json:"place"`
	Failed    int64    `json:"failed"`
	Handled   int64    `json:"handled"`
	Reasons   []string `json:"reasons"`
}

func numbersOf(m engine.Metrics) runNumbers {
	n := runNumbers{Topology: m.Topology, Uptime: m.Uptime, Tasks: []taskNumbers{}, Edges: []edgeNumbers{}, Failures: []failureNumbers{}}
	for _, k := range m.Tasks {
		var roots *rootNumbers
		if k.Tracked {
			roots = &rootNumbers{Acked: k.Acked, Failed: k.Failed, Replayed: k.Replayed, Pending: k.Pending, Complete: latencies(k.Complete)}
		}
		n.Tasks = append(n.Tasks, taskNumbers{
			Component: k.Component, Kind: k.Kind, Task: k.Task, Executed: k.Executed.Rows, Emitted: k.Emitted, Transferred: k.Transferred.Rows, Batches: k.Executed.Batches,
			Capacity: metrics.Share(k.Busy, m.Uptime), Busy: k.Busy, Queue: k.Queue, Room: k.Room, Call: k.Call, In: k.In,
			Execute: latencies(k.Execute), Process: latencies(k.Process), Roots: roots,
		})
	}
	for _, e := range m.Edges {
		n.Edges = append(n.Edges, edgeNumbers{From: e.From, Stream: e.Stream, To: e.To, Input: e.Input, Tuples: e.Rows, Batches: e.Batches, Stalls: e.Stalls, Stalled: e.Stalled, Full: e.Full})
	}
	for _, f := range m.Failures {
		n.Failures = append(n.Failures, failureNumbers{Component: f.Component, Place: f.Place, Failed: f.Count, Handled: f.Handled, Reasons: f.Reasons})
	}
	return n
}

func latencies(s metrics.Snapshot) latencyNumbers {
	return latencyNumbers{Mean: s.Mean(), P50: s.Quantile(0.5), P99: s.Quantile(0.99), Max: s.Max}
}
