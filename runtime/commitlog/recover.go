package commitlog

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/topo-lang/topo/runtime/fault"
)

// Recover gives what the log holds. It is called once, before the first Commit; where Found.Epoch is 0 there is nothing to recover. Its error is a *fault.Error where the log is damaged, or the one
// that a callback returned.
func (l *Log) Recover(ctx context.Context, r Restore) error {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	if l.err != nil {
		return l.err
	}
	ctx, cancel := l.until(ctx)
	defer cancel()
	rc := &recovery{log: l, Restore: r}
	if err := rc.run(ctx); err != nil {
		return err
	}
	l.recovered = true
	return nil
}

// recovery is a Recover under way.
type recovery struct {
	log *Log
	Restore
	done int64

	// Of the snapshot.
	rest []byte // that is no whole part yet
	read snapshot

	// Of the records.
	chunks map[uint64]chunk
	last   head
	kept   []span
	fault  error // what was wrong with messages since last
}

// errEnough ends a reading early.
var errEnough = errors.New("enough")

func (rc *recovery) run(ctx context.Context) error {
	if err := rc.snapshot(ctx); err != nil {
		return err
	}
	rc.chunks = map[uint64]chunk{}
	l := rc.log
	if err := l.medium.read(ctx, 0, 1, l.at, rc.message); err != nil {
		return rc.error(err)
	}
	if rc.last.sum != l.head.sum {
		return l.damaged(rc.missing(l.head.index))
	}
	l.kept = rc.kept
	return nil
}

// callback is an error of who restores: it goes on as it is.
type callback struct{ error }

func (rc *recovery) error(err error) error {
	var c callback
	var e *fault.Error
	switch {
	case errors.As(err, &c):
		return c.error
	case errors.As(err, &e), errors.Is(err, context.Canceled):
		return err
	}
	return rc.log.unreadable(err)
}

func (rc *recovery) progress(n int) {
	rc.done += int64(n)
	if rc.Progress != nil {
		rc.Progress(rc.done, max(rc.done, rc.log.found.Bytes))
	}
}

// snapshot gives the newest snapshot.
func (rc *recovery) snapshot(ctx context.Context) error {
	l, want := rc.log, rc.log.head.snapshot
	if want.chunks == 0 {
		return nil
	}
	_, last, _, err := l.medium.state(ctx, 1)
	if err == nil {
		err = l.medium.read(ctx, 1, want.first, last, rc.snapshotChunk)
	}
	if err != nil && !errors.Is(err, errEnough) {
		return rc.error(err)
	}
	if rc.read != want || len(rc.rest) > 0 {
		return l.damaged(fmt.Errorf("the snapshot of epoch %d is not whole: %d of its %d chunks are there", want.epoch, rc.read.chunks, want.chunks))
	}
	rc.rest = nil
	return nil
}

func (rc *recovery) snapshotChunk(seq uint64, _ lane, text []byte) error {
	want := rc.log.head.snapshot
	c, err := decodeChunk(text)
	if err != nil {
		return rc.log.damaged(fmt.Errorf("the snapshot of epoch %d, chunk %d: %w", want.epoch, seq, err))
	}
	if c.term != want.term || c.of != want.epoch || uint64(c.number) != rc.read.chunks {
		return nil // of someone who was fenced off
	}
	if rc.read.chunks == 0 {
		rc.read = snapshot{term: want.term, epoch: want.epoch, first: seq}
	}
	rc.read.chunks++
	rc.read.bytes += uint64(len(c.data))
	rc.read.crc = update32(rc.read.crc, c.data)
	b := c.data
	if len(rc.rest) > 0 {
		rc.rest = append(rc.rest, b...)
		b = rc.rest
	}
	for len(b) > 0 {
		p, rest, err := nextPart(b)
		if err != nil {
			break
		}
		if rc.Snapshot != nil {
			if err := rc.Snapshot(p); err != nil {
				return callback{err}
			}
		}
		b = rest
	}
	rc.rest = append(rc.rest[:0], b...)
	rc.progress(len(text))
	if rc.read.chunks == want.chunks {
		return errEnough
	}
	return nil
}

// message takes what stands in the stream of the records.
func (rc *recovery) message(seq uint64, l lane, text []byte) error {
	if l == laneChunk {
		c, err := decodeChunk(text)
		if err != nil {
			return nil // who needs it will miss it
		}
		rc.chunks[seq] = c
		return nil
	}
	h, places, payload, err := decode(text)
	if err != nil {
		var v newer
		if errors.As(err, &v) {
			return rc.log.damaged(err)
		}
		rc.fault = fmt.Errorf("record %d: %w", seq, err)
		return nil
	}
	needed := h.index > rc.log.head.base
	follows := h.index == rc.last.index+1 && h.before == rc.last.sum
	// What begins the log may follow anything, as long as nothing that is needed came before.
	if !follows && (h.index > rc.log.head.base+1 || rc.last.index >= h.index) {
		return rc.log.damaged(rc.missing(h.index))
	}
	rc.last, rc.fault = h, nil
	s := span{h.index, 0, seq, seq}
	if len(places) > 0 {
		s.first = places[0].seq
	}
	if h.kind == kindCommit {
		s.epoch = h.epoch
		if needed && h.epoch > min(rc.log.head.snapshot.epoch, rc.log.head.released) {
			if err := rc.commit(h, places, payload); err != nil {
				return err
			}
		}
	}
	rc.kept = append(rc.kept, s)
	clear(rc.chunks)
	rc.progress(len(text) + int(h.length)*min(1, len(places)))
	return nil
}

// commit gives a record.
func (rc *recovery) commit(h head, places []place, payload []byte) error {
	if len(places) > 0 {
		payload = make([]byte, 0, h.length)
		for i, p := range places {
			c, ok := rc.chunks[p.seq]
			if !ok || c.term != h.term || c.of != h.index || c.number != i || c.crc != p.crc || len(c.data) != int(p.size) {
				return rc.log.damaged(fmt.Errorf("chunk %d of the %d of epoch %d is not there", i+1, len(places), h.epoch))
			}
			payload = append(payload, c.data...)
		}
		if uint64(len(payload)) != h.length || sum32(payload) != h.crc {
			return rc.log.damaged(fmt.Errorf("epoch %d: %w", h.epoch, errDamaged))
		}
	}
	parts, err := decodeParts(payload)
	if err != nil {
		return rc.log.damaged(fmt.Errorf("epoch %d: %w", h.epoch, err))
	}
	if rc.Record == nil {
		return nil
	}
	if err := rc.Record(Record{h.epoch, parts}, h.epoch <= rc.log.head.snapshot.epoch); err != nil {
		return callback{err}
	}
	return nil
}

// missing says what is not there before a record.
func (rc *recovery) missing(index uint64) error {
	if rc.fault != nil {
		return rc.fault
	}
	if rc.last.index+1 >= index {
		return errors.New("its records do not follow each other")
	}
	return fmt.Errorf("%d of its records are missing, behind epoch %d", index-rc.last.index-1, rc.last.epoch)
}

// keeps reports what of a log is needed, for the tests.
func (l *Log) keeps() []span { return slices.Clone(l.kept) }
