package transport

import (
	"encoding/binary"
	"fmt"
)

// What is missing, doubled or damaged on its way ends the run, unless its tuples are followed (Config.Mend). Then the lane begins anew: the receiver takes
// nothing more of this epoch and says how far it has come, the sender goes on with the next one, and the payloads behind that are lost: those who
// wait for them are told, and give their tuples again. The end, where it had been sent, is sent again. What comes twice is left out, by its sequence.
//
// A message that says what became of a payload may be lost as well. So the sender asks from time to time for payloads that have been on their way for long; one that the
// receiver does not hold any more is lost, too: it was settled, and nobody knows how.

// mend begins a lane anew whose receiver has found a hole in this epoch.
func (l *lane) mend(attempt uint32, epoch, arrived uint64) {
	l.out.Lock()
	if l.attempt != attempt || l.epoch != epoch {
		l.out.Unlock()
		return // it has
	}
	lost := l.flying.from(epoch, arrived)
	ended := l.anew(attempt, epoch+1)
	l.out.Unlock()
	l.t.stats.mended.Add(1)
	if rows := lost.rows(); rows > 0 {
		// Those came out of state, by the clock or at the end: nobody can give them again.
		l.t.fail(fmt.Errorf("the transport broke on edge %d from task %d to task %d: frames were lost with up to %d tuples that nobody gives again",
			l.end.edge, l.from, l.end.task, rows))
		return
	}
	l.lost(lost, ended)
}

// hole says that frames of this epoch are missing.
func (in *inbound) hole(format string, args ...any) {
	if !in.end.t.cfg.Mend {
		in.fail(format, args...)
		return
	}
	in.broken = true
	in.answerHole()
}

// answerHole tells the sender of it; once more where it asks, since that may be lost as well.
func (in *inbound) answerHole() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.tell(appendGrant(nil, grant{attempt: in.attempt, edge: uint32(in.end.edge), from: uint32(in.from), to: uint32(in.end.task), epoch: in.epoch, done: in.sequence, broken: true}))
}

// damaged leaves out what arrived so, where that will be noticed as a hole.
func (t *Transport) damaged(err error) {
	if !t.cfg.Mend {
		t.fail(err)
		return
	}
	t.stats.damaged.Add(1)
}

// maxAsked is how many payloads one question asks for.
const maxAsked = 1024

// older are the payloads that someone waits for and that were sent before a place.
func (f *flying) older(than place) (payload []byte) {
	for at := range f.asks {
		if (at.epoch < than.epoch || at.epoch == than.epoch && at.sequence <= than.sequence) && len(payload) < 16*maxAsked {
			payload = binary.LittleEndian.AppendUint64(payload, at.epoch)
			payload = binary.LittleEndian.AppendUint64(payload, at.sequence)
		}
	}
	return payload
}

// answerFor answers for payloads that a question asks for.
func (in *inbound) answerFor(payload []byte) {
	for ; len(payload) >= 16; payload = payload[16:] {
		at := place{binary.LittleEndian.Uint64(payload), binary.LittleEndian.Uint64(payload[8:])}
		in.mu.Lock()
		_, held := in.holds[at]
		in.mu.Unlock()
		if !held {
			in.settle(in.attempt, at.epoch, at.sequence, lostOutcome)
		}
	}
}
