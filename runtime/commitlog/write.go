package commitlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/topo-lang/topo/runtime/failpoint"
	"github.com/topo-lang/topo/runtime/fault"
)

const (
	mostInline = 1 << 20 // of a payload that goes in one message with its record
	mostChunk  = 1 << 20
	spare      = 8 << 10  // bytes of a message that are not for a payload
	flying     = 16       // chunks under way
	keepBuffer = 16 << 20 // of a record's buffer that is used again
	mostLost   = 6        // attempts, each of which the server had patience for
	mostFailed = 300      // attempts to read the last record: a cluster may take long to find a leader
	again      = 200 * time.Millisecond
)

// The points where the crash test kills.
var (
	beforeOpen     = failpoint.New("commitlog.before-open")
	afterOpen      = failpoint.New("commitlog.after-open")
	beforeCommit   = failpoint.New("commitlog.before-commit")
	afterChunk     = failpoint.New("commitlog.after-chunk")
	beforeRecord   = failpoint.New("commitlog.before-record")
	afterRecord    = failpoint.New("commitlog.after-record")
	afterWitness   = failpoint.New("commitlog.after-witness")
	afterCommit    = failpoint.New("commitlog.after-commit")
	beforeRelease  = failpoint.New("commitlog.before-release")
	afterRelease   = failpoint.New("commitlog.after-release")
	snapshotChunk  = failpoint.New("commitlog.snapshot-chunk")
	beforeSnapshot = failpoint.New("commitlog.before-snapshot")
	afterSnapshot  = failpoint.New("commitlog.after-snapshot")
	betweenPurges  = failpoint.New("commitlog.between-purges")
	afterPurges    = failpoint.New("commitlog.after-purges")
)

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// next is the head of the record that follows.
func (l *Log) next(kind byte) head {
	h := l.head
	h.kind, h.before = kind, l.head.sum
	h.index++
	h.length, h.crc, h.chunks = 0, 0, 0
	if h.identity == 0 && l.head.index > 0 {
		h.identity = l.at // the last record is the one that has it
	}
	return h
}

// write writes a record with its payload, and moves on to it. It returns the number of the first message.
func (l *Log) write(ctx context.Context, h *head, payload []byte) (first uint64, err error) {
	ctx, cancel := l.until(ctx)
	defer cancel()
	h.length, h.crc = uint64(len(payload)), sum32(payload)
	var places []place
	if len(payload) > l.inline {
		if places, err = l.putChunks(ctx, h, payload); err != nil {
			return 0, l.failed(err)
		}
		h.chunks = uint32(len(places))
		payload = nil
	}
	if n := len(places)*placeSize + headSize + sumSize; n > l.medium.most()-spare {
		return 0, fmt.Errorf("a record of %d bytes is too large for the commit log", h.length)
	}
	text := h.encode(l.text[:0], places, payload)
	if l.text = text; cap(text) > keepBuffer {
		l.text = nil
	}
	beforeRecord.Hit()
	seq, err := l.append(ctx, h, text)
	if err != nil {
		return 0, l.failed(err)
	}
	afterRecord.Hit()
	l.head, l.at = *h, seq
	if err := l.witness.write(l.head); err != nil {
		l.warn("the witness of the commit log can't be written: %v", err)
	}
	afterWitness.Hit()
	if len(places) > 0 {
		return places[0].seq, nil
	}
	return seq, nil
}

// until is a context that ends also with the log.
func (l *Log) until(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.closed, cancel)
	return ctx, func() { stop(); cancel() }
}

// failed keeps an error after which nothing more may be written.
func (l *Log) failed(err error) error {
	if errors.Is(err, ErrFenced) || errors.Is(err, ErrUncertain) {
		l.err = err
	} else if l.closed.Err() != nil && errors.Is(err, context.Canceled) {
		return ErrClosed
	}
	return err
}

// append writes a record until it is known whether it is in the log.
func (l *Log) append(ctx context.Context, h *head, text []byte) (seq uint64, err error) {
	if err := l.waitRoom(ctx, len(text)); err != nil {
		return 0, err
	}
	expected, lost := l.at, 0
	for sure := true; ; {
		if l.noFence {
			if expected, _, err = l.medium.last(ctx); err != nil {
				return 0, err
			}
		}
		seq, err = l.medium.append(ctx, text, expected)
		switch {
		case err == nil:
			l.hasRoom()
			return seq, nil
		case errors.Is(err, errFull) && sure:
			if err := l.isFull(ctx, err); err != nil {
				return 0, err
			}
			continue
		case errors.Is(err, errConflict), errors.Is(err, errUnknown), errors.Is(err, errFull):
		case sure:
			return 0, err
		}
		sure = false
		at, there, why := l.outcome(ctx, h)
		switch {
		case why == nil && there:
			return at, nil
		case why != nil && ctx.Err() == nil:
			return 0, why
		case ctx.Err() != nil:
			return 0, fmt.Errorf("%w: %w", ErrUncertain, ctx.Err())
		}
		// A server that reads but does not write has met an error of the disk: it stays so until it is started again.
		if lost++; lost == mostLost {
			return 0, &fault.Error{What: fmt.Sprintf("the server has not written the last record in %d attempts", lost), Err: errors.Join(ErrUncertain, err),
				Way: "see that the disk is whole and has room, and start it again: what was committed is there"}
		}
		// Not yet: what is still under way and what is written now expect the same number, and one of them will find another.
		if l.config.pause(ctx, again) != nil {
			return 0, fmt.Errorf("%w: %w", ErrUncertain, ctx.Err())
		}
	}
}

// outcome reads the last record until it can be read, and tells whether it is the one that was written.
func (l *Log) outcome(ctx context.Context, h *head) (seq uint64, there bool, err error) {
	for failed := 0; ; {
		seq, text, err := l.medium.last(ctx)
		if err == nil {
			if seq == l.at {
				return 0, false, nil
			}
			last, _, _, err := decode(text)
			if err == nil && last.term == h.term && last.index == h.index && last.sum == h.sum {
				return seq, true, nil
			}
			if err == nil && l.noFence {
				return 0, false, nil
			}
			return 0, false, ErrFenced
		}
		if failed++; failed == mostFailed || errors.Is(err, errGone) {
			return 0, false, &fault.Error{What: "the commit log can't be read any more", Err: errors.Join(ErrUncertain, err),
				Way: "start the run again: what was committed is there"}
		}
		if err := l.config.pause(ctx, again); err != nil {
			return 0, false, err
		}
	}
}

// putChunks writes a payload piece by piece, and returns when all of it is durable.
func (l *Log) putChunks(ctx context.Context, h *head, payload []byte) (places []place, err error) {
	pieces := slices.Collect(slices.Chunk(payload, l.chunk))
	places = make([]place, len(pieces))
	waits := make([]func(context.Context) (uint64, error), 0, flying)
	// One that is not known to be there is written again: nobody looks at the one too many.
	for done, sent := 0, 0; done < len(pieces); {
		for sent < len(pieces) && len(waits) < flying {
			l.text = encodeChunk(l.text[:0], h.term, h.index, sent, pieces[sent])
			text := l.text
			if err := l.waitRoom(ctx, len(text)); err != nil {
				return nil, err
			}
			wait, err := l.medium.put(laneChunk, text)
			if err != nil {
				wait = func(context.Context) (uint64, error) { return 0, err }
			}
			waits = append(waits, wait)
			sent++
		}
		seq, err := waits[0](ctx)
		switch {
		case err == nil:
			places[done] = place{seq, uint32(len(pieces[done])), sum32(pieces[done])}
			waits = append(waits[:0], waits[1:]...)
			done++
			afterChunk.Hit()
		case errors.Is(err, errFull):
			if err := l.isFull(ctx, err); err != nil {
				return nil, err
			}
			waits, sent = waits[:0], done
		case errors.Is(err, errUnknown):
			if err := l.config.pause(ctx, again); err != nil {
				return nil, err
			}
			waits, sent = waits[:0], done
		default:
			return nil, err
		}
	}
	return places, nil
}

// waitRoom waits until there is room for so many bytes.
func (l *Log) waitRoom(ctx context.Context, bytes int) error {
	for {
		err := l.medium.room(bytes)
		if !errors.Is(err, errFull) {
			return err
		}
		if err := l.isFull(ctx, err); err != nil {
			return err
		}
	}
}

// isFull tells once that the log waits, and waits a little.
func (l *Log) isFull(ctx context.Context, why error) error {
	if !l.full {
		l.full = true
		if l.config.Full != nil {
			l.config.Full(true, why.Error())
		}
	}
	return l.config.pause(ctx, again)
}

// hasRoom tells that the log goes on.
func (l *Log) hasRoom() {
	if l.full {
		l.full = false
		if l.config.Full != nil {
			l.config.Full(false, "")
		}
	}
}

// base is the last of the records, from the oldest on, that nobody needs: the changes of their epochs are in the snapshot and their outbox is out. The
// record with the identity stays, and what comes behind it.
func (l *Log) base(snapshot, released, identity uint64) uint64 {
	base := l.head.base
	for _, s := range l.kept {
		if s.epoch > min(snapshot, released) || s.seq == identity {
			break
		}
		base = max(base, s.index)
	}
	return base
}

// truncate removes from the log what the last record says is not needed. That it fails is no harm: the next one does it.
func (l *Log) truncate(ctx context.Context) {
	needed := slices.IndexFunc(l.kept, func(s span) bool { return s.index > l.head.base })
	if needed > 0 {
		if err := l.medium.purge(ctx, 0, l.kept[needed].first); err != nil {
			l.warn("the commit log can't be shortened: %v", err)
			return
		}
		l.kept = slices.Delete(l.kept, 0, needed)
	}
	betweenPurges.Hit()
	if l.purged != l.head.snapshot {
		if err := l.medium.purge(ctx, 1, l.head.snapshot.first); err != nil {
			l.warn("old snapshots can't be removed: %v", err)
			return
		}
		l.purged = l.head.snapshot
	}
	afterPurges.Hit()
}
