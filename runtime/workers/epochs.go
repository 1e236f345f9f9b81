package workers

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/engine"
)

// How the workers of a run commit in epochs. The supervisor coordinates: it has the commit log, and sees each worker as an engine.EpochMember. What they say beside the
// other messages is, on subjects that have the attempt in their names, so that nothing of an earlier one is heard:
//
//	worker      opened     its tasks are, and what their records depend on
//	supervisor  restore    what an earlier run, or attempt, has committed of its tasks
//	supervisor  recovered  that was all; the answer is what its tasks go on with
//	supervisor  cut        an epoch ends
//	worker      prepared   what its tasks did in that; over: all of them have ended; full: they have read as much as an epoch should have
//	supervisor  release    the epoch is committed; the answer comes when it is written
//	supervisor  sync       that is to outlast a crash of the machine; before the answer comes synced: all state of tasks that have ended
//
// State and output may be large: they travel in pieces, each of which is answered before the next is sent, with a checksum each and one for all of it.
//
// A worker that is lost takes its attempt at the run with it: all others are ended, and all begin anew, behind what was committed last. That is one way for everything that
// may go wrong, and the same as after a crash of the whole run.

// Kinds of these messages.
const (
	kindOpened    = "opened"
	kindStopping  = "stopping"
	kindRestore   = "restore"
	kindRecovered = "recovered"
	kindCut       = "cut"
	kindPrepared  = "prepared"
	kindOver      = "over"
	kindFull      = "full"
	kindRelease   = "release"
	kindSync      = "sync"
	kindSynced    = "synced"
)

const (
	// mostPiece is the largest piece of state or output in a message.
	mostPiece = 512 << 10
	// work is how long a worker may take for what it does before it answers.
	work = 2 * time.Minute
)

// Again says that a worker was lost, and with it this attempt at the run: the next one goes on behind what was committed.
type Again struct{ What string }

// Error implements error.
func (a *Again) Error() string { return a.What }

// epochMessage is the head of a message.
type epochMessage struct {
	Kind    string
	Worker  int    `json:",omitempty"`
	Attempt uint16 `json:",omitempty"`
	Epoch   uint64 `json:",omitempty"`
	All     bool   `json:",omitempty"`
	Failed  bool   `json:",omitempty"`
	// Of a piece: which it is, from 0, whether it is the last, and then the sum of all.
	Piece int    `json:",omitempty"`
	Last  bool   `json:",omitempty"`
	Sum   uint32 `json:",omitempty"`

	Resumed *engine.Resumed `json:",omitempty"`
	Fault   *Fault          `json:",omitempty"`
}

func coordinatorSubject(topology string, attempt uint16) string {
	return fmt.Sprintf("k.%s.c.%d", topology, attempt)
}

func tasksSubject(topology string, worker int, attempt uint16) string {
	return fmt.Sprintf("k.%s.e.%d.%d", topology, worker, attempt)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// pack makes a message of a head and a piece: the head's length, the head, the piece, and the checksum of all that.
func pack(head epochMessage, piece []byte) []byte {
	text := encode(head)
	out := make([]byte, 0, 8+len(text)+len(piece))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(text)))
	out = append(append(out, text...), piece...)
	return binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, castagnoli))
}

var errDamaged = errors.New("a message between coordinator and workers arrived damaged")

// unpack takes a message apart. The piece is a part of data.
func unpack(data []byte) (head epochMessage, piece []byte, err error) {
	if len(data) < 8 {
		return head, nil, errDamaged
	}
	text, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	n := binary.LittleEndian.Uint32(text)
	if crc32.Checksum(text, castagnoli) != sum || uint64(n) > uint64(len(text)-4) {
		return head, nil, errDamaged
	}
	if err := json.Unmarshal(text[4:4+n], &head); err != nil {
		return head, nil, errDamaged
	}
	return head, text[4+n:], nil
}

// whole is the bit of a part's kind that says that it is of all state.
const whole = 0x80

// appendParts appends parts, as one text.
func appendParts(dst []byte, parts []engine.Part, mark byte) []byte {
	for _, p := range parts {
		dst = append(dst, byte(p.Kind)|mark)
		dst = binary.AppendUvarint(dst, uint64(len(p.Component)))
		dst = append(dst, p.Component...)
		dst = binary.AppendUvarint(dst, uint64(p.Task))
		dst = binary.AppendUvarint(dst, uint64(len(p.Bytes)))
		dst = append(dst, p.Bytes...)
	}
	return dst
}

// parseParts is the other way round. Bytes of parts are of src.
func parseParts(src []byte) (parts, all []engine.Part, err error) {
	number := func() int {
		n, size := binary.Uvarint(src)
		if size <= 0 || n > 1<<40 {
			err = errDamaged
			return 0
		}
		src = src[size:]
		return int(n)
	}
	bytes := func() []byte {
		n := number()
		if err != nil || n > len(src) {
			err = errDamaged
			return nil
		}
		b := src[:n:n]
		src = src[n:]
		return b
	}
	for len(src) > 0 {
		kind := src[0]
		src = src[1:]
		p := engine.Part{Kind: engine.Kind(kind &^ whole), Component: string(bytes()), Task: number(), Bytes: bytes()}
		if err != nil {
			return nil, nil, err
		}
		if kind&whole != 0 {
			all = append(all, p)
		} else {
			parts = append(parts, p)
		}
	}
	return parts, all, nil
}

// send sends a text in pieces, and returns the answer to the last.
func send(ctx context.Context, conn *nats.Conn, subject string, head epochMessage, text []byte) (answer epochMessage, err error) {
	sum := crc32.Checksum(text, castagnoli)
	for head.Piece = 0; ; head.Piece++ {
		n := min(len(text), mostPiece)
		piece := text[:n]
		text = text[n:]
		if head.Last = len(text) == 0; head.Last {
			head.Sum = sum
		}
		limit, cancel := context.WithTimeout(ctx, work)
		m, err := conn.RequestWithContext(limit, subject, pack(head, piece))
		cancel()
		if err != nil {
			return answer, err
		}
		if answer, _, err = unpack(m.Data); err != nil {
			return answer, err
		}
		if answer.Fault != nil || head.Last {
			return answer, nil
		}
	}
}

// joined puts the pieces of one text together.
type joined struct {
	next int
	text []byte
}

// take takes a piece, and gives the text when it is whole.
func (j *joined) take(head epochMessage, piece []byte) (text []byte, ok bool, err error) {
	if head.Piece == 0 {
		*j = joined{}
	}
	if head.Piece != j.next {
		return nil, false, errDamaged
	}
	j.next++
	j.text = append(j.text, piece...)
	if !head.Last {
		return nil, false, nil
	}
	text = j.text
	*j = joined{}
	if crc32.Checksum(text, castagnoli) != head.Sum {
		return nil, false, errDamaged
	}
	return text, true, nil
}

// reply answers a message; what does not get through is a connection's end, which is seen elsewhere.
func reply(m *nats.Msg, head epochMessage) {
	if m.Reply != "" {
		_ = m.Respond(pack(head, nil))
	}
}
