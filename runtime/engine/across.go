package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// How epochs end where tuples travel as frames. A barrier is a frame behind those of its epoch, and says how many tuples they had. What the
// transport loses or doubles it finds by itself; that what it has delivered is all that was sent, and of this epoch, is seen here once more.

// mark is what a barrier's frame says.
type mark struct {
	epoch uint64
	rows  uint64 // of the sender for this receiver, since its last barrier
	all   bool
}

const markSize = 8 + 8 + 1

func appendMark(dst []byte, m mark) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, m.epoch)
	dst = binary.LittleEndian.AppendUint64(dst, m.rows)
	if m.all {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func parseMark(src []byte) (m mark, err error) {
	if len(src) != markSize || src[16] > 1 {
		return m, errors.New("the end of an epoch arrived damaged")
	}
	return mark{binary.LittleEndian.Uint64(src), binary.LittleEndian.Uint64(src[8:]), src[16] == 1}, nil
}

// crossing is what a receiving end knows of one of its senders.
type crossing struct {
	epoch uint64 // whose barrier came last
	rows  uint64 // that came since
}

// barrier takes the end of a sender's epoch.
func (c *crossing) barrier(f Frame) (all bool, err error) {
	m, err := parseMark(f.Payload)
	switch {
	case err != nil:
		return false, err
	case m.epoch <= c.epoch || c.epoch > 0 && m.epoch != c.epoch+1:
		return false, fmt.Errorf("the end of epoch %d came behind that of epoch %d", m.epoch, c.epoch)
	case m.rows != c.rows:
		return false, fmt.Errorf("epoch %d has %d tuples, and %d came", m.epoch, m.rows, c.rows)
	}
	c.epoch, c.rows = m.epoch, 0
	return m.all, nil
}

// handFrom is hand for what came in a frame, behind the end of an epoch.
func (t *task) handFrom(m message, epoch uint64) bool {
	m.at = t.run.clock()
	return t.barrier.passage.keep(m, epoch) || t.hand(m)
}
