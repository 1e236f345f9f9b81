package durable

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/topo-lang/topo/runtime/fault"
)

// What may be on its way to the log, and wait in memory behind it.
const (
	window      = 64 // entries
	windowBytes = 32 << 20
	partBytes   = 4 << 20 // of one message; an entry that is larger is several
	overhead    = 128     // bytes that the log needs for a message beside what is in it
	patience    = 30 * time.Second
	trimEvery   = 100 * time.Millisecond
	usualLimit  = 1 << 30
)

// where names a log.
type where struct {
	topology, component string
	task, tasks         int
	schema              string // of the tuples
	limit               int64  // bytes
}

// log is the stream of the embedded server that keeps what a spout's task has given. An entry is what one Next gave; its number is that of
// the stream. The task's reader appends, the task itself reads on.
type log struct {
	where
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream

	pending chan *entry   // on their way
	ended   chan struct{} // the goroutine that waits for them has
	more    chan struct{} // there is something to read, or an end
	room    chan struct{} // there is room again, or something was accepted
	trim    chan struct{}
	closing chan struct{}
	trimmed chan struct{} // the goroutine that trims has ended

	mu       sync.Mutex
	last     uint64 // the newest entry that the log has
	settled  uint64 // nothing before is wanted any more
	first    uint64 // what the log begins with
	bytes    int64  // in the log, and on their way to it
	flying   int64  // bytes on their way
	recent   map[uint64][]byte
	kept     int64    // bytes in recent
	accepted []uint64 // ids of the source's tuples that the log has
	wake     func()   // called when there are some
	waits    bool     // and when little is on its way
	entries  int      // on their way
	err      error
}

// entry is what one Next gave, on its way to the log.
type entry struct {
	text  []byte
	ids   []uint64
	parts []jetstream.PubAckFuture
	size  int64
}

// word is a name as a part of a stream's name and subject.
func word(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .*>/\\\t", r) {
			return '='
		}
		return r
	}, name)
}

func (w where) stream(task int) string {
	return fmt.Sprintf("%s+%s+%d", word(w.topology), word(w.component), task)
}

// The stream's metadata that say what is in it.
const schemaKey = "topo-tuples"

// openLog opens a task's log, or makes it. It owns the connection.
func openLog(conn *nats.Conn, w where) (*log, error) {
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(1<<16), jetstream.WithPublishAsyncTimeout(patience))
	if err != nil {
		return nil, err
	}
	l := &log{where: w, conn: conn, js: js, recent: map[uint64][]byte{}, pending: make(chan *entry, window), ended: make(chan struct{}),
		more: make(chan struct{}, 1), room: make(chan struct{}, 1), trim: make(chan struct{}, 1), closing: make(chan struct{}), trimmed: make(chan struct{})}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := l.others(ctx); err != nil {
		return nil, err
	}
	name := w.stream(w.task)
	config := jetstream.StreamConfig{
		Name: name, Subjects: []string{"log." + name}, Storage: jetstream.FileStorage, Metadata: map[string]string{schemaKey: w.schema},
	}
	l.stream, err = js.Stream(ctx, name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		l.stream, err = js.CreateStream(ctx, config)
	case err == nil && l.stream.CachedInfo().Config.Metadata[schemaKey] != w.schema:
		if n := l.stream.CachedInfo().State.Msgs; n > 0 {
			return nil, &fault.Error{What: fmt.Sprintf("the log of %s holds %s that are not settled and have other fields: %s then, and %s now",
				w.component, entries(n), l.stream.CachedInfo().Config.Metadata[schemaKey], w.schema),
				Way: "let the program that wrote them finish, with the same --store; or name another folder with --store, without them"}
		}
		l.stream, err = js.UpdateStream(ctx, config)
	}
	if err != nil {
		return nil, l.broken("does not open", err)
	}
	state := l.stream.CachedInfo().State
	l.first, l.last, l.settled, l.bytes = state.FirstSeq, state.LastSeq, state.FirstSeq, int64(state.Bytes)
	if l.first == 0 {
		l.first, l.settled = 1, 1
	}
	if l.limit <= 0 {
		l.limit = usualLimit
	}
	go l.land()
	go l.keepShort()
	return l, nil
}

// others sees that no task of an earlier run has left entries that no task has now.
func (l *log) others(ctx context.Context) error {
	if l.task != 0 {
		return nil
	}
	prefix := strings.TrimSuffix(l.where.stream(0), "0")
	list := l.js.ListStreams(ctx)
	for s := range list.Info() {
		var task int
		if rest, ok := strings.CutPrefix(s.Config.Name, prefix); !ok || s.State.Msgs == 0 {
			continue
		} else if _, err := fmt.Sscanf(rest, "%d", &task); err != nil || task < l.tasks {
			continue
		}
		return &fault.Error{What: fmt.Sprintf("the log of task %d of %s holds %s that are not settled, and there are %d tasks now", task, l.component, entries(s.State.Msgs), l.tasks),
			Way: fmt.Sprintf("run it with %d tasks or more until they are settled; or name another folder with --store, without them", task+1)}
	}
	if err := list.Err(); err != nil {
		return l.broken("does not open", err)
	}
	return nil
}

func entries(n uint64) string {
	if n == 1 {
		return "a block of tuples"
	}
	return fmt.Sprintf("%d blocks of tuples", n)
}

func (l *log) broken(what string, err error) error {
	return &fault.Error{What: fmt.Sprintf("the log in front of %s %s", l.component, what), Err: err,
		Way: "see that there is room on the disk, and that the folder of --store can be written"}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// full says how much the log holds, where there is no room for more.
func (l *log) full() (bytes int64, full bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes, l.bytes >= l.limit || l.flying >= windowBytes || len(l.pending) >= window
}

// append lets an entry be on its way. There is room: see full. The ids are those of a source that waits to be told of its tuples.
func (l *log) append(text []byte, ids []uint64) error {
	e := &entry{text: text, ids: ids}
	total := max(1, (len(text)+partBytes-1)/partBytes)
	for i := range total {
		head := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(i)), uint64(total))
		data := append(head, text[i*partBytes:min(len(text), (i+1)*partBytes)]...)
		e.size += int64(len(data)) + overhead
		// Without a retry: what is sent again would come behind what was sent since.
		future, err := l.js.PublishAsync("log."+l.where.stream(l.task), data, jetstream.WithRetryAttempts(0))
		if err != nil {
			l.fail(l.broken("can't be written", err))
			return l.failure()
		}
		e.parts = append(e.parts, future)
	}
	l.mu.Lock()
	l.bytes += e.size
	l.flying += e.size
	l.entries++
	l.mu.Unlock()
	l.pending <- e
	return nil
}

// land waits for what is on its way, in order.
func (l *log) land() {
	defer close(l.ended)
	for e := range l.pending {
		first, last := uint64(0), uint64(0)
		var err error
		for _, p := range e.parts {
			select {
			case ack := <-p.Ok():
				if first == 0 {
					first = ack.Sequence
				}
				last = ack.Sequence
			case why := <-p.Err():
				err = errors.Join(err, why)
			}
		}
		l.mu.Lock()
		l.flying -= e.size
		l.entries--
		if err == nil && l.err == nil {
			l.last = last
			l.accepted = append(l.accepted, e.ids...)
			if l.kept < windowBytes {
				l.recent[first] = e.text
				l.kept += int64(len(e.text))
			}
		} else if l.err == nil {
			l.err = l.broken("can't be written", err)
		}
		if l.wake != nil && (len(e.ids) > 0 || l.waits && l.entries < few || l.err != nil) {
			l.wake()
		}
		l.mu.Unlock()
		signal(l.more)
		signal(l.room)
	}
}

// wakes lets wake be called when something was accepted, at once where something has been; and, where something waits to be sent, when little is under way.
func (l *log) wakes(wake func(), waits bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake, l.waits = wake, waits
	if wake != nil && (len(l.accepted) > 0 || waits && l.entries < few) {
		wake()
	}
}

// few is how many entries under way keep the log's disk at work.
const few = 2

// busy reports whether so many are under way that what comes may wait for more.
func (l *log) busy() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entries >= few
}

// taken returns the ids that were accepted since the last time.
func (l *log) taken() []uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := l.accepted
	l.accepted = nil
	return ids
}

func (l *log) fail(err error) {
	l.mu.Lock()
	if l.err == nil {
		l.err = err
	}
	l.mu.Unlock()
	signal(l.more)
	signal(l.room)
}

func (l *log) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// has reports whether the log has an entry at this number, or behind it.
func (l *log) has(at uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return at <= l.last
}

// from is how many entries there are from a number on.
func (l *log) from(at uint64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.last+1, at) - at
}

// read returns the entry at a number, and where the next one begins. An entry that a crash has cut off was accepted by nobody: nil.
func (l *log) read(ctx context.Context, at uint64) (text []byte, next uint64, err error) {
	l.mu.Lock()
	text, ok := l.recent[at]
	if ok {
		delete(l.recent, at)
		l.kept -= int64(len(text))
	}
	l.mu.Unlock()
	if ok {
		return text, at + uint64(max(1, (len(text)+partBytes-1)/partBytes)), nil
	}
	for i := uint64(0); ; i++ {
		if !l.has(at + i) {
			return nil, at + i, nil
		}
		msg, err := l.stream.GetMsg(ctx, at+i)
		if err != nil {
			return nil, at, l.broken("can't be read", err)
		}
		part, n := binary.Uvarint(msg.Data)
		total, m := binary.Uvarint(msg.Data[max(0, n):])
		if n <= 0 || m <= 0 || part >= total {
			return nil, at, l.broken("can't be read", fmt.Errorf("entry %d is damaged", at+i))
		}
		if part != i {
			if i == 0 {
				return nil, at + 1, nil
			}
			return nil, at + i, nil
		}
		text = append(text, msg.Data[n+m:]...)
		if i == total-1 {
			return text, at + i + 1, nil
		}
	}
}

// settle says that nothing before a number is wanted any more.
func (l *log) settle(at uint64) {
	l.mu.Lock()
	l.settled = max(l.settled, at)
	l.mu.Unlock()
	signal(l.trim)
}

// keepShort removes from the log what is settled, now and then.
func (l *log) keepShort() {
	defer close(l.trimmed)
	for {
		select {
		case <-l.trim:
		case <-l.closing:
			return
		}
		l.cut()
		timer := time.NewTimer(trimEvery)
		select {
		case <-timer.C:
		case <-l.closing:
			timer.Stop()
			return
		}
	}
}

// cut removes what is settled.
func (l *log) cut() {
	l.mu.Lock()
	first, settled := l.first, min(l.settled, l.last+1)
	l.mu.Unlock()
	if settled <= first {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := l.stream.Purge(ctx, jetstream.WithPurgeSequence(settled))
	var info *jetstream.StreamInfo
	if err == nil {
		info, err = l.stream.Info(ctx)
	}
	if err != nil {
		l.fail(l.broken("can't be shortened", err))
		return
	}
	l.mu.Lock()
	l.first = settled
	l.bytes = int64(info.State.Bytes) + l.flying
	l.mu.Unlock()
	signal(l.room)
}

// close waits for what is on its way, and shortens the log. Nobody appends any longer.
func (l *log) close() error {
	close(l.pending)
	<-l.ended
	close(l.closing)
	<-l.trimmed
	l.cut()
	l.conn.Close()
	return l.failure()
}

var crcTable = crc32.MakeTable(crc32.Castagnoli)
