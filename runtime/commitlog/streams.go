package commitlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/topo-lang/topo/runtime/fault"
)

const (
	stalled   = time.Second // without a message, when a stream is read
	prefetch  = 64 << 20    // bytes, when a stream is read
	commits   = "COMMITS+"
	snapshots = "SNAPSHOTS+"
)

// patience is for one answer of the server.
var patience = 10 * time.Second

// reserve is how many bytes of the disk are left to the server's own files.
var reserve uint64 = 32 << 20

// What the server says where there is no room.
const (
	codeStorage   = 10047 // insufficient storage resources
	codeResources = 10023 // insufficient resources
	codeConflict  = 10071 // wrong last sequence
	codeConflict2 = 10164 // another check is in flight on this subject
)

// streams is a log in JetStream.
type streams struct {
	conn     *nats.Conn
	js       jetstream.JetStream
	folder   string
	stream   [2]jetstream.Stream
	subjects [3]string // by lane
	replies  string    // where the answers to chunks come

	mu    sync.Mutex
	waits map[string]chan *nats.Msg
	count uint64
}

var _ medium = (*streams)(nil)
var _ medium = (*Memory)(nil)

// word is a name as a part of a stream's name and subject.
func word(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .*>/\\\t", r) {
			return '='
		}
		return r
	}, name)
}

// openStreams opens the two streams of a topology, and makes them where they are missing and create is true.
func openStreams(ctx context.Context, c Config, create bool) (_ *streams, err error) {
	if c.Connect == nil {
		return nil, errors.New("a commit log needs a server, or memory")
	}
	conn, err := c.Connect()
	if err != nil {
		return nil, err
	}
	s := &streams{conn: conn, folder: c.Folder, waits: map[string]chan *nats.Msg{}}
	defer func() {
		if err != nil {
			conn.Close()
		}
	}()
	if s.js, err = jetstream.New(conn); err != nil {
		return nil, err
	}
	s.replies = nats.NewInbox()
	if _, err := conn.Subscribe(s.replies+".*", s.answer); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.alone(ctx, c); err != nil {
		return nil, err
	}
	name := word(c.Topology)
	s.subjects = [3]string{"commit." + name + ".tx", "commit." + name + ".chunk", "snapshot." + name}
	for i, config := range []jetstream.StreamConfig{
		{Name: commits + name, Subjects: s.subjects[:2]},
		{Name: snapshots + name, Subjects: s.subjects[2:]},
	} {
		config.Storage, config.Replicas = jetstream.FileStorage, max(1, c.Replicas)
		config.DenyDelete = true
		s.stream[i], err = s.js.Stream(ctx, config.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) && !create {
			return nil, &fault.Error{What: "there is no commit log of topology " + c.Topology, Way: "name the folder that its run was given with --store"}
		}
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			s.stream[i], err = s.js.CreateStream(ctx, config)
		}
		if err != nil {
			return nil, &fault.Error{What: "the commit log of " + c.Topology + " does not open", Err: err,
				Way: "see that there is room on the disk, and that the folder of --store can be written"}
		}
	}
	return s, nil
}

// alone sees that a folder is not another topology's.
func (s *streams) alone(ctx context.Context, c Config) error {
	if c.Folder == "" {
		return nil
	}
	names, err := topologies(ctx, s.js)
	for _, other := range names {
		if other != word(c.Topology) {
			return &fault.Error{What: fmt.Sprintf("the store %s is that of topology %s, and this is %s", c.Folder, other, c.Topology),
				Way: "name another folder with --store"}
		}
	}
	return err
}

// topologies are those that a server has logs of.
func topologies(ctx context.Context, js jetstream.JetStream) (all []string, err error) {
	names := js.StreamNames(ctx)
	for name := range names.Name() {
		// The log of a durable spout has another + in its name.
		if topology, ok := strings.CutPrefix(name, commits); ok && !strings.Contains(topology, "+") {
			all = append(all, topology)
		}
	}
	slices.Sort(all)
	return all, names.Err()
}

func (s *streams) last(ctx context.Context) (uint64, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	msg, err := s.stream[0].GetLastMsgForSubject(ctx, s.subjects[laneTx])
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return 0, nil, nil
	case s.conn.IsClosed():
		return 0, nil, errGone
	case err != nil:
		return 0, nil, err
	}
	return msg.Sequence, msg.Data, nil
}

func (s *streams) get(ctx context.Context, seq uint64) ([]byte, error) { return s.at(ctx, 0, seq) }

func (s *streams) at(ctx context.Context, stream int, seq uint64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	msg, err := s.stream[stream].GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, errMissing
	}
	if err != nil {
		return nil, err
	}
	return msg.Data, nil
}

func (s *streams) append(ctx context.Context, data []byte, expected uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ack, err := s.js.PublishMsg(ctx, &nats.Msg{Subject: s.subjects[laneTx], Data: data},
		jetstream.WithExpectLastSequencePerSubject(expected), jetstream.WithRetryAttempts(0))
	if err != nil {
		return 0, outcome(err)
	}
	return ack.Sequence, nil
}

// outcome says what an error means for what was written.
func outcome(err error) error {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		if errors.Is(err, nats.ErrMaxPayload) {
			return err
		}
		return fmt.Errorf("%w: %w", errUnknown, err)
	}
	switch api.ErrorCode {
	case codeConflict, codeConflict2:
		return fmt.Errorf("%w: %w", errConflict, err)
	case codeStorage, codeResources:
		return fmt.Errorf("%w: %w: the embedded server takes three quarters of what was free when it started", errFull, err)
	}
	return err
}

// put does not use the client's own asynchronous publishing: that keeps a copy of each message.
func (s *streams) put(l lane, data []byte) (func(context.Context) (uint64, error), error) {
	answer := make(chan *nats.Msg, 1)
	s.mu.Lock()
	s.count++
	id := strconv.FormatUint(s.count, 36)
	s.waits[id] = answer
	s.mu.Unlock()
	if err := s.conn.PublishRequest(s.subjects[l], s.replies+"."+id, data); err != nil {
		s.forget(id)
		return nil, outcome(err)
	}
	return func(ctx context.Context) (uint64, error) {
		defer s.forget(id)
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		select {
		case msg := <-answer:
			return acknowledged(msg)
		case <-ctx.Done():
			return 0, outcome(ctx.Err())
		}
	}, nil
}

func (s *streams) forget(id string) {
	s.mu.Lock()
	delete(s.waits, id)
	s.mu.Unlock()
}

func (s *streams) answer(msg *nats.Msg) {
	id := msg.Subject[strings.LastIndexByte(msg.Subject, '.')+1:]
	s.mu.Lock()
	answer := s.waits[id]
	s.mu.Unlock()
	if answer != nil {
		answer <- msg
	}
}

func (s *streams) read(ctx context.Context, stream int, from, to uint64, f func(uint64, lane, []byte) error) error {
	first, last, _, err := s.state(ctx, stream)
	if err != nil {
		return err
	}
	if from, to = max(from, first), min(to, last); from > to {
		return nil
	}
	for from <= to {
		next, err := s.readOn(ctx, stream, from, to, f)
		if err != nil {
			return err
		}
		if next > to {
			break
		}
		// Nothing has come for a while: the server does not say why.
		if _, err := s.at(ctx, stream, next); err != nil && !errors.Is(err, errMissing) {
			return fmt.Errorf("message %d: %w", next, err)
		} else if err != nil && next == from {
			next++
		}
		from = next
	}
	return nil
}

// readOn reads until the end, or until nothing has come for a while. It returns the number that is the next.
func (s *streams) readOn(ctx context.Context, stream int, from, to uint64, f func(uint64, lane, []byte) error) (next uint64, err error) {
	consumer, err := s.stream[stream].OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from})
	if err != nil {
		return from, err
	}
	messages, err := consumer.Messages(jetstream.PullMaxBytes(prefetch))
	if err != nil {
		return from, err
	}
	defer messages.Stop()
	stop := context.AfterFunc(ctx, messages.Stop)
	defer stop()
	for {
		msg, err := messages.Next(jetstream.NextMaxWait(stalled))
		if ctx.Err() != nil {
			return from, ctx.Err()
		}
		if errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
			return from, nil
		}
		if err != nil {
			return from, err
		}
		meta, err := msg.Metadata()
		if err != nil {
			return from, err
		}
		seq := meta.Sequence.Stream
		if seq > to {
			return seq, nil
		}
		l := laneSnapshot
		switch msg.Subject() {
		case s.subjects[laneTx]:
			l = laneTx
		case s.subjects[laneChunk]:
			l = laneChunk
		}
		if err := f(seq, l, msg.Data()); err != nil {
			return from, err
		}
		from = seq + 1
		if meta.NumPending == 0 {
			return to + 1, nil
		}
	}
}

func (s *streams) state(ctx context.Context, stream int) (first, last uint64, bytes int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	info, err := s.stream[stream].Info(ctx)
	if err != nil {
		return 0, 0, 0, err
	}
	return info.State.FirstSeq, info.State.LastSeq, int64(info.State.Bytes), nil
}

func (s *streams) purge(ctx context.Context, stream int, before uint64) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.stream[stream].Purge(ctx, jetstream.WithPurgeSequence(before))
}

// room leaves the server something: once it has met a full disk it writes no more until it is started again.
func (s *streams) room(bytes int) error {
	if s.folder == "" {
		return nil
	}
	free, ok := freeBytes(s.folder)
	if !ok || free >= uint64(bytes)+reserve {
		return nil
	}
	return fmt.Errorf("%w: %d MiB are free where %s is, and %d are needed", errFull, free>>20, s.folder, (uint64(bytes)+reserve)>>20+1)
}

func (s *streams) most() int { return int(s.conn.MaxPayload()) }

func (s *streams) close() { s.conn.Close() }

// acknowledged reads the server's answer to a chunk.
func acknowledged(msg *nats.Msg) (uint64, error) {
	if msg.Header.Get("Status") == "503" {
		return 0, fmt.Errorf("%w: %w", errUnknown, nats.ErrNoResponders)
	}
	var ack struct {
		Seq   uint64              `json:"seq"`
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(msg.Data, &ack); err != nil {
		return 0, outcome(err)
	}
	if ack.Error != nil {
		return 0, outcome(ack.Error)
	}
	return ack.Seq, nil
}
