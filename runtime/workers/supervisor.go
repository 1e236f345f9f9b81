package workers

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/engine"
)

// Config says what a Supervisor supervises.
type Config struct {
	Topology string
	Conn     *nats.Conn // to the server's closed room
	Assigned *engine.Assignment
	Place    func(component string) engine.Place
	// Welcome is what every worker is told; the supervisor adds what differs.
	Welcome Welcome
	// Local is how many of the workers Start starts; the others join.
	Local int
	Start func(worker int, attempt uint16) error
	// Alive reports whether the connection of a worker that joined is there.
	Alive func(client uint64) bool
	// Build names the binary: one that joins must be the same.
	Build func() (string, error)
	// Replayed says that tuples which were under way to a worker come again.
	Replayed bool
	// Attempt is that of all workers when they are first started; 0: 1.
	Attempt uint16
	// Epochs, where not nil, commits what the workers do. One that is lost is then the end of this attempt at the run: Run returns an *Again. A supervisor with a higher
	// attempt goes on behind what was committed. Kill ends the workers that Start has started.
	Epochs *engine.Epochs
	Kill   func()
	// Positions keeps where spouts stand from run to run; nil: until the run ends.
	Positions engine.Positions
	// Say tells the operator something, Report of a failed tuple.
	Say    func(format string, args ...any)
	Report func(engine.Report)
}

// How often workers are started anew: a wait that doubles, and an end to it where they do not live long.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = 5 * time.Second
	mostStarts  = 8
	longLife    = time.Minute
	aliveEvery  = 500 * time.Millisecond
)

// Supervisor is the process that owns the run.
type Supervisor struct {
	cfg      Config
	finished chan struct{} // closed when no worker has anything left to say

	mu        sync.Mutex
	workers   []*worker
	begun     bool
	draining  bool
	aborted   bool
	closing   bool
	printing  bool // and it is said to those that print, too
	over      bool
	fault     *Fault // the first
	lost      int64
	died      []string // who was started anew
	owners    map[string]string
	reported  map[[2]string][]string // reasons that were told, by component and place
	positions map[Task][]byte
	kept      []string // components whose state was lost
	timers    []*time.Timer
	once      *once // nil where nothing is committed
}

// state is how far a worker is.
type state int

const (
	awaited  state = iota // it has not said hello
	opening               // it has
	ready                 // its tasks are open
	running               // it was told to go
	ended                 // its tasks have ended
	finished              // nothing more comes from it
)

type worker struct {
	number  int
	attempt uint16
	state   state
	host    string
	client  uint64
	sinks   int // of its tasks, that want more
	starts  int
	since   time.Time
	read    []Task
	summary *engine.Summary
	cleared bool // its spouts have nothing left
}

// New makes a supervisor.
func New(cfg Config) *Supervisor {
	s := &Supervisor{cfg: cfg, finished: make(chan struct{}), owners: map[string]string{}, reported: map[[2]string][]string{}, positions: map[Task][]byte{}}
	for i := range cfg.Assigned.Workers {
		s.workers = append(s.workers, &worker{number: i, attempt: s.attempt()})
	}
	return s
}

// Run starts the workers, and returns what the run did when all have ended. ctx ends the wait for them.
func (s *Supervisor) Run(ctx context.Context) (sum engine.Summary, err error) {
	sub, err := s.cfg.Conn.Subscribe(supervisorSubject(s.cfg.Topology), s.take)
	if err != nil {
		return engine.Summary{}, fmt.Errorf("topology %s: %w", s.cfg.Topology, err)
	}
	defer func() { _ = sub.Unsubscribe() }() // the connection may be closed already
	if s.cfg.Epochs != nil {
		heard, err := s.prepareOnce(ctx)
		if err != nil {
			return engine.Summary{}, fmt.Errorf("topology %s: %w", s.cfg.Topology, err)
		}
		defer func() {
			_ = heard.Unsubscribe() // as above
			if closing := s.endOnce(); err == nil && closing != nil {
				err = closing
			}
		}()
	}
	if err := s.cfg.Conn.Flush(); err != nil {
		return engine.Summary{}, fmt.Errorf("topology %s: %w", s.cfg.Topology, err)
	}
	for i := range min(s.cfg.Local, len(s.workers)) {
		s.mu.Lock()
		s.start(s.workers[i])
		s.mu.Unlock()
	}
	tick := time.NewTicker(aliveEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.finished:
			s.stopTimers()
			_ = s.cfg.Conn.Flush() // the last answers
			return s.result()
		case <-ctx.Done():
			s.stopTimers()
			sum, _ := s.result()
			return sum, context.Cause(ctx)
		case <-tick.C:
			s.look()
		}
	}
}

func (s *Supervisor) stopTimers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	for _, t := range s.timers {
		t.Stop()
	}
}

// start starts a worker of this machine.
func (s *Supervisor) start(w *worker) {
	if err := s.cfg.Start(w.number, w.attempt); err != nil {
		w.state = finished
		s.abort(&Fault{What: fmt.Sprintf("worker %d does not start: %v", w.number+1, err)})
	}
}

// look finds joined workers whose connection is gone.
func (s *Supervisor) look() {
	type one struct {
		number  int
		attempt uint16
	}
	var gone []one
	s.mu.Lock()
	for _, w := range s.workers[min(s.cfg.Local, len(s.workers)):] {
		if w.state != awaited && w.state != finished && !s.cfg.Alive(w.client) {
			gone = append(gone, one{w.number, w.attempt})
		}
	}
	s.mu.Unlock()
	for _, w := range gone {
		s.Gone(w.number, w.attempt, "is gone")
	}
}

// tell tells all workers something, and returns when they know or are gone.
func (s *Supervisor) tell(c message) {
	s.mu.Lock()
	var to []string
	for _, w := range s.workers {
		if w.state != awaited && w.state != finished && !(c.Kind == kindReset && w.number == c.Worker) {
			to = append(to, workerSubject(s.cfg.Topology, w.number, w.attempt))
		}
	}
	s.mu.Unlock()
	data := encode(c)
	var all sync.WaitGroup
	for _, subject := range to {
		all.Go(func() {
			// Who does not answer is found out to be gone elsewhere.
			_, _ = s.cfg.Conn.Request(subject, data, patience)
		})
	}
	all.Wait()
}

// take takes what a worker says. It is called by one goroutine.
func (s *Supervisor) take(m *nats.Msg) {
	var c message
	if err := json.Unmarshal(m.Data, &c); err != nil {
		return
	}
	if c.Kind == kindHello {
		respond(m, s.hello(c))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Worker < 0 || c.Worker >= len(s.workers) || s.workers[c.Worker].attempt != c.Attempt {
		return // of one that was given up
	}
	w := s.workers[c.Worker]
	switch c.Kind {
	case kindReady:
		respond(m, message{})
		s.ready(w, c)
		return
	case kindOpened:
		respond(m, message{})
		s.opened(w, c.Identity)
		return
	case kindAbort:
		if c.Drain {
			if s.fault == nil {
				s.fault = c.Fault
			}
			s.draining = true
			go func() {
				s.drain(c.Fault)
				respond(m, message{})
			}()
			return
		}
		s.abort(c.Fault)
	case kindSinkDone:
		w.sinks--
		s.checkSinks()
	case kindRead:
		w.read = append(w.read, *c.Task)
	case kindLost:
		s.lost += c.Rows
	case kindPosition:
		s.save(*c.Position)
		return
	case kindCleared:
		w.cleared = true
		return
	case kindReport:
		s.report(*c.Report)
	case kindNote:
		s.cfg.Say("warning: worker %d: %s", w.number+1, c.Note)
	case kindEnded:
		w.summary, w.state = c.Summary, ended
		if c.Fault != nil {
			s.abort(c.Fault)
		}
		s.checkEnds()
	case kindDone:
		w.summary, w.state = c.Summary, finished
		if c.Fault != nil {
			s.abort(c.Fault)
		}
		respond(m, message{})
		if s.closing && !s.printing && s.once != nil && !s.aborted {
			s.closeLast()
		}
		s.check()
		return
	}
	respond(m, message{})
}

// ready notes that a worker's tasks are open. The run begins when those of all are; one that was started anew when the others know of it.
func (s *Supervisor) ready(w *worker, c message) {
	w.state, w.sinks = ready, c.Sinks
	for what, owner := range c.Owns {
		if first, ok := s.owners[what]; ok && first != owner {
			s.abort(&Fault{What: fmt.Sprintf("%s: %s belongs to %s already", owner, what, first), Hint: "give each of them a path of its own"})
			return
		}
		s.owners[what] = owner
	}
	if s.begun {
		number, attempt := w.number, w.attempt
		go func() {
			s.tell(message{Kind: kindReset, Worker: number, Attempt: attempt})
			s.mu.Lock()
			defer s.mu.Unlock()
			if w := s.workers[number]; w.attempt == attempt && w.state == ready {
				w.state = running
				go s.tellOne(w.number, w.attempt, message{Kind: kindGo, Peers: s.attempts()})
			}
		}()
		return
	}
	for _, w := range s.workers {
		if w.state != ready {
			return
		}
	}
	s.begun = true
	for _, w := range s.workers {
		w.state = running
	}
	go s.tell(message{Kind: kindGo, Peers: s.attempts()})
}

func (s *Supervisor) tellOne(number int, attempt uint16, c message) {
	_, _ = s.cfg.Conn.Request(workerSubject(s.cfg.Topology, number, attempt), encode(c), patience) // as in tell
}

// check ends the wait when nothing more comes.
func (s *Supervisor) check() {
	for _, w := range s.workers {
		if w.state != finished {
			return
		}
	}
	select {
	case <-s.finished:
	default:
		close(s.finished)
	}
}

// report tells of the first failed tuple of each place; the others are counted in the end.
func (s *Supervisor) report(r engine.Report) {
	at := [2]string{r.Component, r.Place}
	first := s.reported[at]
	if r.Count == 1 && (slices.Contains(first, r.Reason) || len(first) > 0 && r.Place != "" || len(first) >= keptReasons) {
		return // what fails at no place in the text, such as lines of an input, is told with some reasons, which name its places
	}
	s.reported[at] = append(first, r.Reason)
	if s.cfg.Report != nil {
		s.cfg.Report(r)
	}
}

// Gone is told that a worker is there no more, and why: "was killed (signal: killed)".
func (s *Supervisor) Gone(number int, attempt uint16, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.workers[number]
	if w.attempt != attempt || w.state == finished {
		return
	}
	name := fmt.Sprintf("worker %d", number+1)
	if s.once != nil && !s.aborted && !s.over && !s.printing {
		w.state = finished
		s.lose(name + " " + why)
		return
	}
	if s.aborted || s.closing {
		w.state = finished
		s.goneAtEnd(w, name+" "+why)
		s.check()
		return
	}
	if s.over {
		return
	}
	if f := s.hopeless(w, name+" "+why); f != nil {
		w.state = finished
		s.abort(f)
		s.check()
		return
	}
	if time.Since(w.since) > longLife {
		w.starts = 0
	}
	wait := min(firstWait<<w.starts, longestWait)
	w.starts++
	w.attempt++
	w.state, w.sinks = awaited, 0
	s.died = append(s.died, fmt.Sprintf("%s %s", name, why))
	s.kept = append(s.kept, s.keepers(w)...)
	if number >= s.cfg.Local {
		s.cfg.Say("warning: %s %s (%s): its tasks wait for another one to join: %s", name, why, w.host, s.tasksOf(number))
		return
	}
	again := "it is started anew, and its tasks with nothing that they kept"
	if s.cfg.Replayed && len(s.keepers(w)) == 0 {
		again = "it is started anew, and what was under way to it comes again"
	}
	s.cfg.Say("warning: %s %s: %s: %s", name, why, again, s.tasksOf(number))
	s.timers = append(s.timers, time.AfterFunc(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if w := s.workers[number]; !s.over && !s.aborted && w.attempt == attempt+1 {
			s.start(w)
		}
	}))
}
