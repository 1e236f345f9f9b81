// Package engine runs a topology in one process: a goroutine a task, bounded queues of batches between them.
//
// It never looks inside a tuple. Generated code registers components and edges, and gives a Task for each
// task; the engine drives them, moves their batches, and ends the run when the spouts have.
//
// What holds, always:
//
//   - Tuples arrive first in, first out for each (sender task, receiver task, edge).
//   - A task's code runs on one goroutine at a time. Every Open returned before any spout's Next, sinks
//     opened before what feeds them; every Close comes after the last task's code, what feeds a sink closed before it.
//   - Queues are bounded, so a slow task holds back what feeds it, up to the spouts; within a cycle, what enters it.
//   - The end of input travels behind the tuples: a task finishes when each task that feeds it has.
//   - Nothing is paid once a tuple: time, counters, locks and queues are touched once a batch.
//
// How a run ends is decided by the first thing to go wrong. A spout's error, and Stop, end all
// spouts and let what was read drain; the error of a bolt or sink, and the context's end, stop everything at
// once. A panic in a task's code is an error of that task.
package engine

import (
	"context"
	"time"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/tree"
)

// Task is the generated code of one task of a bolt or sink.
type Task interface {
	Open(ctx *component.Context) error
	// Process reads one batch that came in by the input with this index. b is a *batch.Batch[R] of that input's edge.
	// The engine frees the batch afterwards.
	Process(input int, b any) error
	// Idle is called when the inbox is empty, before outputs are flushed: sinks flush.
	Idle() error
	// Finish is called once when every input has ended: `finish` blocks. It is not called after an
	// error, when what was counted so far is no result; what was read is then followed by Idle.
	Finish() error
	// Close is called once for each task that opened; complete is false after an error anywhere in the run.
	Close(complete bool) error
}

// Timed is a Task that wants to be called at times: `every`, `after`, `ttl`, retries.
type Timed interface {
	// Due returns when the task next wants a Tick, by the run's clock (component.Context.Now); false where nothing waits.
	Due() (time.Time, bool)
	// Tick runs what is due at now.
	Tick(now time.Time) error
}

// Holder is a Timed task that holds tuples back to try them again. Its input has not ended before it holds none.
type Holder interface {
	Timed
	// Held is how many tuples wait; full says that no more should come before the next Tick.
	Held() (n int, full bool)
}

// SpoutTask is the generated code of one task of a spout.
type SpoutTask interface {
	Open(ctx *component.Context) error
	// Next reads once from the source and routes what came into the outputs; io.EOF ends the source.
	// The context is done when the run stops or drains; then Next returns, and its rows count.
	Next(ctx context.Context) error
	// Close is called once for each task that opened, after its last Next.
	Close() error
}

// Grouping says how an edge spreads its tuples.
type Grouping int

// The groupings.
const (
	Shuffle Grouping = iota
	Fields
	All
	Global
	Local   // a task of this process, which all are: shuffle
	Partial // the less loaded of the two tasks that a key may go to
	Direct  // the task that the sender names
)

// EdgeSpec names an edge.
type EdgeSpec struct {
	From, Stream string // component and stream ("" for the unnamed)
	To           string
	Input        int // index of the receiver's input
	Grouping     Grouping
	Loop         bool          // it closes a cycle
	LoopMax      int64         // how often a tuple may pass the loops of its cycle to pass this one
	Fused        bool          // task n of the receiver runs in the goroutine of the sender's task n: see chain
	Timed        bool          // its reader wants to know how far the time of its tuples has come: see marks.go
	Times        *Times        // of a Timed one, where its stream's tuples have a time of their own
	Behind       time.Duration // of a Timed one without Times: how far its tuples may lie behind its sender's watermark
	Aside        bool          // it carries what its sender could not do, or what came too late: see asides
	Latest       bool          // rows replace one another while they wait: the batch may be larger
}

// Codec turns batches of one stream into bytes and back. Both are generated.
type Codec[R any] struct {
	// Encode appends the rows of b.
	Encode func(dst []byte, b *batch.Batch[R]) []byte
	// Decode appends the rows in src to b, whose arena src becomes; it checks every length and never panics.
	Decode func(src []byte, b *batch.Batch[R]) error
}

// Failer is told of failed tuples. Generated code calls it with the reason and the place in the .topo text. Texts may be views.
type Failer interface {
	// Fail counts a failed tuple that nobody handles. It reports whether Show should be called: the tuple is the first of its place.
	Fail(component, place, why string) (show bool)
	// Show tells of a failed tuple, given as JSON.
	Show(component, place, why, tuple string)
	// Again is told of a tuple that failed for a reason that may pass, by its origin. It reports whether the tuple's spout gives it again: it has
	// not failed then.
	Again(origin uint64) bool
	// Handled counts a failed tuple that another component takes from the stream `.failed`.
	Handled(component, place, why string)
}

// Transport carries batches between tasks as bytes. Where there is none, batches pass through memory as they are.
// Edges are numbered from 0 in the order of Connect.
type Transport interface {
	// Receive is called for each (edge, receiving task) before any Send. deliver is called in order for each sender, from one
	// goroutine a receiving end; it may block, which must hold back that end's senders only. done must be called
	// when the payload's tuples have been processed: it gives the sender its credit back.
	Receive(edge, task int, senders int, deliver func(Frame) error) error
	// Send carries one frame; it blocks while the receiver has granted no credit, until ctx is done.
	// The payload may be used again when Send returns.
	Send(ctx context.Context, edge, from, to int, f Frame) error
	// Close lets go of everything; it is called after the last frame was delivered, or after an error.
	Close() error
}

// Frame is a batch on its way.
type Frame struct {
	From    int    // sending task
	Rows    int    // tuples in Payload
	End     bool   // the sender has ended; Payload is empty
	Barrier bool   // the sender's epoch ends here; Payload says which
	Mark    bool   // how far the sender's time has come, which Payload says
	Payload []byte // valid until Done where received
	Own     bool   // and after it: nobody else will write there
	// Whole, where not nil, is where Payload stands where it is sent, behind FrameRoom bytes that Send may write over: what it puts in front of a payload
	// then costs no copy of it.
	Whole []byte
	Done  func() // set on received frames
	// Settle says what became of the tuples in the end, once, if ever: it may come long after Done. Between processes a frame that has one where it
	// is sent has one where it is received, which tells the sender. Where a frame is sent it is called when the receiver has said so, or when the frame or its
	// receiver was lost.
	Settle func(Outcome)
	// Touch says that somebody is at work on the tuples, which are not settled. It is there where Settle is.
	Touch func()
	// Narrow says that all of the tuples are settled but these, which are held back, and those that have failed for a reason that may pass. It is there where Settle is.
	// It may come several times, or be lost.
	Narrow func(failed []uint64, held []tree.Held)
}

// FrameRoom is how many bytes Frame.Whole has in front of the payload.
const FrameRoom = 64

// Outcome is what became of a frame's tuples.
type Outcome struct {
	Lost   bool     // something was lost, nobody knows of which
	Failed []uint64 // origins of tuples that failed for a reason that may pass
}
