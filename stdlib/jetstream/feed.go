package jetstream

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/fault"
)

// feed publishes messages so that each is in the stream once: component.Commits. An epoch's messages are in the record that commits it, and are published when that is in the log, each by an id that says
// of which epoch it is and which of its messages. What is published again while the run lives the server knows by the id, for as long as its window of duplicates is. What a run that died has published of its
// last epoch the next one reads in the stream, behind the last message of the epoch before, and so however long that was ago.
type feed struct {
	p      *Publish
	epochs bool
	rows   [][]byte // that are not prepared
	epoch  uint64   // that is worked on

	mu       sync.Mutex // of what follows: Release is called while the task works
	log      string     // names the epochs of this run and those that it goes on with
	prepared uint64     // the last epoch that has messages
	seq      uint64     // of the last message that is known to be published, or that was there before
	live     bool       // nothing is published twice any more
}

const feedVersion = 1

// name gives the run's epochs a name.
func (f *feed) name() error {
	id := make([]byte, 12)
	if _, err := rand.Read(id); err != nil {
		return err
	}
	f.log = hex.EncodeToString(id)
	return nil
}

// Epoch implements component.Numbered.
func (f *feed) Epoch(n uint64) { f.epoch = n }

// Prepare implements component.Commits.
func (f *feed) Prepare(dst []byte) ([]byte, error) {
	if len(f.rows) == 0 {
		return dst, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	dst = codec.AppendString(codec.AppendUvarint(dst, feedVersion), f.log)
	dst = codec.AppendUvarint(codec.AppendUvarint(dst, f.epoch), f.seq)
	for _, row := range f.rows {
		dst = codec.AppendBytes(dst, row)
	}
	f.rows, f.prepared = f.rows[:0], f.epoch
	return dst, nil
}

// Release implements component.Commits.
func (f *feed) Release(outbox []byte) error {
	r := codec.NewReader(outbox)
	if v := r.Uvarint(); v != feedVersion && r.Err() == nil {
		return fmt.Errorf("what was prepared is of version %d, and this program knows version %d", v, feedVersion)
	}
	log, epoch, seq := r.String(), r.Uvarint(), r.Uvarint()
	var rows [][]byte
	for r.More() {
		rows = append(rows, r.Bytes())
	}
	if err := r.Close(); err != nil {
		return fmt.Errorf("what was prepared is damaged: %w", err)
	}
	f.mu.Lock()
	live := f.live
	f.log, f.prepared = log, max(f.prepared, epoch)
	f.mu.Unlock()
	done := make([]bool, len(rows))
	if !live {
		if err := f.p.trying.Call("reading", func() error { return f.p.said(f.there(log, epoch, seq, done)) }); err != nil {
			return err
		}
	}
	return f.send(rows, log, epoch, done)
}

// send publishes what is not done, and waits until all of it is in the stream.
func (f *feed) send(rows [][]byte, log string, epoch uint64, done []bool) error {
	began := time.Now()
	return f.p.trying.Call("writing to", func() error {
		ctx, cancel := limit()
		defer cancel()
		under := make([]jetstream.PubAckFuture, len(rows))
		var first error
		for i, row := range rows {
			if done[i] {
				continue
			}
			if time.Since(began) > f.p.window*3/4 {
				// A process that was stopped for long: the server has forgotten the ids.
				return fault.New("start the run again: it sees what was published and goes on", "%s: publishing an epoch has taken %v", f.p.at, time.Since(began).Round(time.Second))
			}
			m := &nats.Msg{Subject: f.p.Subject, Data: row, Header: nats.Header{}}
			m.Header.Set(jetstream.MsgIDHeader, log+"."+strconv.FormatUint(epoch, 10)+"."+strconv.Itoa(i))
			future, err := f.p.js.PublishMsgAsync(m, jetstream.WithStallWait(patience))
			if err != nil {
				first = err
				break
			}
			under[i] = future
		}
		for i, future := range under {
			if future == nil {
				continue
			}
			select {
			case ack := <-future.Ok():
				done[i] = true
				f.mu.Lock()
				f.seq = max(f.seq, ack.Sequence)
				f.mu.Unlock()
			case err := <-future.Err():
				if first == nil {
					first = err
				}
			case <-ctx.Done():
				if first == nil {
					first = ctx.Err()
				}
			}
		}
		return f.p.said(first)
	})
}

// there finds out which messages of an epoch are in the stream, behind a message.
func (f *feed) there(log string, epoch, seq uint64, done []bool) error {
	ctx, cancel := limit()
	defer cancel()
	info, err := f.p.stream.Info(ctx)
	if err != nil {
		return err
	}
	if info.State.LastSeq < seq {
		return f.gone(info.State.LastSeq, seq)
	}
	f.mu.Lock()
	f.seq = max(f.seq, seq)
	f.mu.Unlock()
	if info.Config.Retention != jetstream.LimitsPolicy || info.State.LastSeq == seq {
		return nil
	}
	last, err := f.p.stream.GetLastMsgForSubject(ctx, f.p.Subject)
	if err != nil {
		if err == jetstream.ErrMsgNotFound {
			return nil
		}
		return err
	}
	if last.Sequence <= seq {
		return nil
	}
	c, err := f.p.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{FilterSubjects: []string{f.p.Subject}, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: seq + 1, HeadersOnly: true})
	if err != nil {
		return err
	}
	messages, err := c.Messages()
	if err != nil {
		return err
	}
	defer messages.Stop()
	prefix, lowest := log+"."+strconv.FormatUint(epoch, 10)+".", len(done)
	for {
		m, err := messages.Next(jetstream.NextMaxWait(patience))
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		if n, ok := strings.CutPrefix(m.Headers().Get(jetstream.MsgIDHeader), prefix); ok {
			if i, err := strconv.Atoi(n); err == nil && i < len(done) {
				done[i], lowest = true, min(lowest, i)
				f.mu.Lock()
				f.seq = max(f.seq, meta.Sequence.Stream)
				f.mu.Unlock()
			}
		}
		if meta.Sequence.Stream >= last.Sequence {
			break
		}
	}
	if info.State.FirstSeq > seq+1 && lowest < len(done) {
		// The stream has dropped its oldest messages, and with them those that were published before.
		for i := range lowest {
			done[i] = true
		}
	}
	return nil
}

// gone is the error of a stream that lacks what was published.
func (f *feed) gone(has, want uint64) error {
	return fault.New("bring the stream back as it was; or begin anew, with another --store",
		"%s: the stream has messages up to number %d, and they were published up to number %d: it was made anew, or an older one was put in its place", f.p.at, has, want)
}

// Mark implements component.Commits.
func (f *feed) Mark(dst []byte) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return codec.AppendUvarint(codec.AppendUvarint(codec.AppendString(dst, f.log), f.prepared), f.seq), nil
}

// Resume implements component.Commits.
func (f *feed) Resume(mark []byte) error {
	r := codec.NewReader(mark)
	log, prepared, seq := r.String(), r.Uvarint(), r.Uvarint()
	if err := r.Close(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log, f.prepared, f.seq = log, prepared, seq
	return nil
}

// Recovered implements component.Commits.
func (f *feed) Recovered() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.live = true
	return f.p.trying.Call("reading", func() error {
		ctx, cancel := limit()
		defer cancel()
		info, err := f.p.stream.Info(ctx)
		if err != nil {
			return f.p.said(err)
		}
		if info.State.LastSeq < f.seq {
			return f.gone(info.State.LastSeq, f.seq)
		}
		if f.log == "" {
			f.seq = info.State.LastSeq
			return f.name()
		}
		last, err := f.p.stream.GetLastMsgForSubject(ctx, f.p.Subject)
		if err != nil {
			if err == jetstream.ErrMsgNotFound {
				return nil
			}
			return f.p.said(err)
		}
		id, ok := strings.CutPrefix(last.Header.Get(jetstream.MsgIDHeader), f.log+".")
		if !ok {
			return nil
		}
		n, _, _ := strings.Cut(id, ".")
		if epoch, err := strconv.ParseUint(n, 10, 64); err == nil && epoch > f.prepared {
			return fault.New("bring the store folder back as it was; or begin anew, with another --store",
				"%s: the stream has messages of epoch %d, and the commit log ends with epoch %d: an older store was put in its place", f.p.at, epoch, f.prepared)
		}
		return nil
	})
}

// Sync implements component.Commits. What a server acknowledges is as durable as it was told to be: with sync always, or on several servers.
func (f *feed) Sync() error { return nil }
