package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// header stands before each frame's payload. All frames of one payload carry its rows and its total.
type header struct {
	flags    byte
	attempt  uint32
	epoch    uint64 // counts how often the lane began anew in this attempt
	sequence uint64 // of the frame in its lane, from 1
	edge     uint32
	from, to uint32 // tasks
	rows     uint32
	total    uint32 // bytes of the whole payload, in this frame and those that continue it
}

// The flags of a frame.
const (
	flagEnd      = 1 << iota // the sender has ended
	flagMore                 // the payload goes on in the next frame
	flagQuestion             // no frame: asks whether all up to this sequence has arrived
	flagHeld                 // the sender wants to know what becomes of the tuples
	flagBarrier              // the sender's epoch ends here; the payload says which
	flagMark                 // no tuples: how far the sender's time has come
)

// The layout of a header: magic, version and flags; the fields in their order, little-endian; the length of what follows,
// and the checksum of everything else.
const (
	magic      = "tpf"
	version    = 2
	headerSize = 3 + 1 + 1 + 3 + 4 + 8 + 8 + 4 + 4 + 4 + 4 + 4 + 4 + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendFrame appends the frame of h and payload to dst.
func appendFrame(dst []byte, h header, payload []byte) []byte {
	return append(appendHeader(dst, h, payload), payload...)
}

// appendHeader appends what stands before a payload.
func appendHeader(dst []byte, h header, payload []byte) []byte {
	at := len(dst)
	le := binary.LittleEndian
	dst = append(dst, magic...)
	dst = append(dst, version, h.flags, 0, 0, 0)
	dst = le.AppendUint32(dst, h.attempt)
	dst = le.AppendUint64(dst, h.epoch)
	dst = le.AppendUint64(dst, h.sequence)
	dst = le.AppendUint32(dst, h.edge)
	dst = le.AppendUint32(dst, h.from)
	dst = le.AppendUint32(dst, h.to)
	dst = le.AppendUint32(dst, h.rows)
	dst = le.AppendUint32(dst, h.total)
	dst = le.AppendUint32(dst, uint32(len(payload)))
	sum := crc32.Update(crc32.Checksum(dst[at:], castagnoli), castagnoli, payload)
	return le.AppendUint32(dst, sum)
}

// parseFrame takes a message apart. The payload is a part of data.
func parseFrame(data []byte) (h header, payload []byte, err error) {
	if len(data) < headerSize {
		return h, nil, fmt.Errorf("it has %d bytes, less than a header", len(data))
	}
	if string(data[:3]) != magic {
		return h, nil, errors.New("it does not begin as a frame does")
	}
	if data[3] != version {
		return h, nil, fmt.Errorf("it is of version %d, and this program knows %d", data[3], version)
	}
	le := binary.LittleEndian
	sum := crc32.Checksum(data[:headerSize-4], castagnoli)
	if crc32.Update(sum, castagnoli, data[headerSize:]) != le.Uint32(data[headerSize-4:]) {
		return h, nil, errors.New("its checksum is wrong")
	}
	if n := le.Uint32(data[headerSize-8:]); uint64(n) != uint64(len(data)-headerSize) {
		return h, nil, fmt.Errorf("it has %d bytes of payload and should have %d", len(data)-headerSize, n)
	}
	h = header{
		flags:    data[4],
		attempt:  le.Uint32(data[8:]),
		epoch:    le.Uint64(data[12:]),
		sequence: le.Uint64(data[20:]),
		edge:     le.Uint32(data[28:]),
		from:     le.Uint32(data[32:]),
		to:       le.Uint32(data[36:]),
		rows:     le.Uint32(data[40:]),
		total:    le.Uint32(data[44:]),
	}
	return h, data[headerSize:], nil
}

// grant is a message of credit: how many bytes of a lane the receiver has done with since the run began. Because it counts from
// the beginning, a lost grant is made good by the next.
type grant struct {
	attempt  uint32
	edge     uint32
	from, to uint32
	done     uint64 // where it is broken: the sequence of the last frame that arrived
	epoch    uint64
	broken   bool // the receiver takes nothing more of this epoch
}

const (
	grantMagic = "tpc"
	grantSize  = 3 + 1 + 4*4 + 8 + 8 + 1 + 4
)

func appendGrant(dst []byte, g grant) []byte {
	at := len(dst)
	le := binary.LittleEndian
	dst = append(dst, grantMagic...)
	dst = append(dst, version)
	dst = le.AppendUint32(dst, g.attempt)
	dst = le.AppendUint32(dst, g.edge)
	dst = le.AppendUint32(dst, g.from)
	dst = le.AppendUint32(dst, g.to)
	dst = le.AppendUint64(dst, g.done)
	dst = le.AppendUint64(dst, g.epoch)
	dst = append(dst, flagOf(g.broken))
	return le.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

func flagOf(is bool) byte {
	if is {
		return 1
	}
	return 0
}

func parseGrant(data []byte) (grant, error) {
	le := binary.LittleEndian
	if len(data) != grantSize || string(data[:3]) != grantMagic || data[3] != version ||
		crc32.Checksum(data[:grantSize-4], castagnoli) != le.Uint32(data[grantSize-4:]) {
		return grant{}, errors.New("a message of credit arrived damaged")
	}
	return grant{
		attempt: le.Uint32(data[4:]), edge: le.Uint32(data[8:]),
		from: le.Uint32(data[12:]), to: le.Uint32(data[16:]), done: le.Uint64(data[20:]),
		epoch: le.Uint64(data[28:]), broken: data[36] == 1,
	}, nil
}
