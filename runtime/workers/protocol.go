// Package workers spreads a run over several processes.
//
// One process supervises: it owns the embedded server, decides which process runs which task, starts workers and starts those anew that were
// killed, and puts together what they say. The others are workers: each registers the whole topology and runs its tasks. A worker can be
// started by the supervisor, or join from another machine.
//
// What they say to each other are requests in JSON on the server's closed room, beside the frames: k.<topology>.s is the supervisor's
// subject, k.<topology>.w.<number> a worker's. The order of a run:
//
//	worker      hello     who it is; the answer is what it needs to know: its number, the params, who runs what
//	worker      ready     its tasks are open, and it is subscribed to all that is sent to it
//	supervisor  go        all are; spouts may read
//	both        drain, abort, sinkdone, read, lost, report, position
//	worker      ended     all its tasks have
//	supervisor  close     all have, everywhere: outputs are complete
//	worker      cleared   its spouts have read all, and it is settled
//	worker      done      its summary
//
// While a run goes on, the supervisor asks workers for their metrics. A worker that was killed is started anew with its attempt one higher. The others are told by reset before it may go.
package workers

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/engine"
)

// Kinds of messages.
const (
	kindHello    = "hello"
	kindReady    = "ready"
	kindGo       = "go"
	kindDrain    = "drain"
	kindAbort    = "abort"
	kindReset    = "reset"
	kindClose    = "close"
	kindSinkDone = "sinkdone"
	kindRead     = "read"
	kindLost     = "lost"
	kindReport   = "report"
	kindNote     = "note"
	kindEnded    = "ended"
	kindDone     = "done"
	kindMetrics  = "metrics"
	kindPosition = "position"
	kindCleared  = "cleared"
)

// patience is how long one process waits for the other's answer before it counts as gone.
const patience = 30 * time.Second

// message is what a worker and the supervisor say to each other.
type message struct {
	Kind    string
	Worker  int // of the sender, or in reset the one that was started anew; in hello -1: any
	Attempt uint16

	Hello    *hello            `json:",omitempty"`
	Sinks    int               `json:",omitempty"`
	Owns     map[string]string `json:",omitempty"`
	Peers    []uint16          `json:",omitempty"`
	Fault    *Fault            `json:",omitempty"`
	Drain    bool              `json:",omitempty"` // the fault ends spouts only
	Task     *Task             `json:",omitempty"`
	Rows     int64             `json:",omitempty"`
	Report   *engine.Report    `json:",omitempty"`
	Note     string            `json:",omitempty"`
	Position *Position         `json:",omitempty"`
	Summary  *engine.Summary   `json:",omitempty"`
	Metrics  *engine.Metrics   `json:",omitempty"`
	Identity []engine.Identity `json:",omitempty"`
}

// hello is who a worker is.
type hello struct {
	Build  string // names the binary
	Host   string
	PID    int
	Client uint64 // its connection's number at the server
}

// Welcome is what a worker is told about the run.
type Welcome struct {
	Refused  string `json:",omitempty"` // why it can't take part
	Worker   int
	Attempt  uint16
	Peers    []uint16
	Settings map[string]string // params, as text
	BaseDir  string            `json:",omitempty"`
	// Guarantee is what this run keeps.
	Guarantee string
	Assigned  engine.Assignment
	Read      []Task
	Positions []Position `json:",omitempty"` // of the spouts that it runs
	Drain     bool       // the run is ending
	Fault     *Fault     `json:",omitempty"` // with this error
}

// Task is one task of a component.
type Task struct {
	Component string
	Number    int
}

// Fault is an error on its way to another process.
type Fault struct {
	What string
	Hint string `json:",omitempty"`
	// Again says that this attempt at the run is over, and another one goes on.
	Again bool `json:",omitempty"`
}

// Error implements error.
func (f *Fault) Error() string { return f.What }

// Help returns the way out, where there is one.
func (f *Fault) Help() string { return f.Hint }

// FaultOf makes a fault of an error.
func FaultOf(err error) *Fault {
	if err == nil {
		return nil
	}
	f := &Fault{What: err.Error()}
	var again *Again
	f.Again = errors.As(err, &again)
	for e := err; e != nil; {
		if h, ok := e.(interface{ Help() string }); ok {
			f.Hint = h.Help()
			break
		}
		u, ok := e.(interface{ Unwrap() error })
		if !ok {
			break
		}
		e = u.Unwrap()
	}
	return f
}

// Elsewhere is the error of another process of the run, which is reported there.
type Elsewhere struct{ Fault *Fault }

// Error implements error.
func (e *Elsewhere) Error() string { return e.Fault.What }

func supervisorSubject(topology string) string { return "k." + topology + ".s" }

func workerSubject(topology string, worker int, attempt uint16) string {
	return fmt.Sprintf("k.%s.w.%d.%d", topology, worker, attempt)
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("workers: %T: %v", v, err)) // all of it is plain data
	}
	return b
}

// respond answers a request; an answer that does not get through is a connection's end, which is seen elsewhere.
func respond(m *nats.Msg, v any) {
	if m.Reply != "" {
		_ = m.Respond(encode(v))
	}
}
