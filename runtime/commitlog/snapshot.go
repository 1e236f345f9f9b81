package commitlog

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
)

func update32(crc uint32, b []byte) uint32 { return crc32.Update(crc, castagnoli, b) }

// SnapshotWriter writes a snapshot. Nothing of it counts before Commit has returned; who gives up calls Abort.
type SnapshotWriter struct {
	log   *Log
	ctx   context.Context
	at    snapshot
	buf   []byte
	text  []byte // of a message
	waits []func(context.Context) (uint64, error)
	err   error
	ended bool
}

// Snapshot begins a snapshot of all state as it was right after an epoch, which was committed; or which changed nothing, and so is that of the last one that was. There is one at a time. While it is written epochs may be committed. The context is that of
// the whole writing.
func (l *Log) Snapshot(ctx context.Context, epoch uint64) (*SnapshotWriter, error) {
	unlock, err := l.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	epoch = min(epoch, l.head.epoch)
	switch {
	case l.writing:
		return nil, errors.New("a snapshot is being written")
	case epoch <= l.head.snapshot.epoch && (l.before == nil || epoch < l.head.snapshot.epoch):
		return nil, fmt.Errorf("there can't be a snapshot of epoch %d: there is one of %d", epoch, l.head.snapshot.epoch)
	}
	l.writing = true
	return &SnapshotWriter{log: l, ctx: ctx, at: snapshot{term: l.head.term, epoch: epoch}, buf: make([]byte, 0, l.chunk)}, nil
}

// Add writes a part. Its bytes are the caller's again when it returns.
func (w *SnapshotWriter) Add(p Part) error {
	if w.err != nil {
		return w.err
	}
	w.add(appendPartHead(nil, p))
	w.add(p.Bytes)
	return w.err
}

func (w *SnapshotWriter) add(b []byte) {
	for len(b) > 0 && w.err == nil {
		n := copy(w.buf[len(w.buf):cap(w.buf)], b)
		w.buf = w.buf[:len(w.buf)+n]
		b = b[n:]
		if len(w.buf) == cap(w.buf) {
			w.err = w.flush()
		}
	}
}

// flush lets a chunk be on its way.
func (w *SnapshotWriter) flush() error {
	ctx, cancel := w.log.until(w.ctx)
	defer cancel()
	for len(w.waits) >= flying {
		if err := w.land(ctx); err != nil {
			return err
		}
	}
	for {
		err := w.log.medium.room(len(w.buf) + chunkHead)
		if err == nil {
			break
		}
		if !errors.Is(err, errFull) {
			return err
		}
		// What the log says of a full disk it says when it has to commit.
		if err := w.log.config.pause(ctx, again); err != nil {
			return err
		}
	}
	w.text = encodeChunk(w.text[:0], w.at.term, w.at.epoch, int(w.at.chunks), w.buf)
	wait, err := w.log.medium.put(laneSnapshot, w.text)
	if err != nil {
		return err
	}
	w.waits = append(w.waits, wait)
	w.at.chunks++
	w.at.bytes += uint64(len(w.buf))
	w.at.crc = update32(w.at.crc, w.buf)
	w.buf = w.buf[:0]
	snapshotChunk.Hit()
	return nil
}

// land waits for the oldest chunk that is under way. Where that is not known to be there the snapshot fails: it can be written again.
func (w *SnapshotWriter) land(ctx context.Context) error {
	seq, err := w.waits[0](ctx)
	w.waits = append(w.waits[:0], w.waits[1:]...)
	if w.at.first == 0 {
		w.at.first = seq
	}
	return err
}

// Commit ends the snapshot. When it returns nil the next recovery begins with it, and the log is shorter.
func (w *SnapshotWriter) Commit() error {
	defer w.Abort()
	if w.err == nil && (len(w.buf) > 0 || w.at.chunks == 0) {
		w.err = w.flush()
	}
	ctx, cancel := w.log.until(w.ctx)
	defer cancel()
	for w.err == nil && len(w.waits) > 0 {
		w.err = w.land(ctx)
	}
	if w.err != nil {
		return w.err
	}
	l := w.log
	unlock, err := l.lock(w.ctx)
	if err != nil {
		return err
	}
	defer unlock()
	h := l.next(kindSnapshot)
	h.snapshot = w.at
	h.identity = 0
	h.base = l.base(w.at.epoch, h.released, 0)
	beforeSnapshot.Hit()
	first, err := l.write(w.ctx, &h, l.config.Identity.encode())
	if err != nil {
		return err
	}
	afterSnapshot.Hit()
	l.before = nil
	l.keep(span{h.index, 0, first, l.at})
	l.truncate(ctx)
	return nil
}

// Abort gives the snapshot up, unless it was committed. It may be called always.
func (w *SnapshotWriter) Abort() {
	if w.ended {
		return
	}
	w.ended = true
	w.err = errors.New("the snapshot has ended")
	w.log.turn <- struct{}{}
	w.log.writing = false
	<-w.log.turn
}
