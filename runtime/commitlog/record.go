package commitlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/crc64"
	"math"
)

// format is the version of what is written here. A log of a newer one is refused.
const format = 1

// What a record in the lane "tx" is.
const (
	kindOpen     = 1 // someone opened the log; the payload is the identity
	kindCommit   = 2 // an epoch; the payload is its parts
	kindRelease  = 3 // a mark; no payload
	kindSnapshot = 4 // a snapshot is whole; the payload is the identity
)

const (
	recordMagic = "topo log"
	chunkMagic  = "topo chu"
	headSize    = 8 + 4 + 6*8 + 5*8 + 4 + 8 + 8 + 4 + 4
	placeSize   = 16
	sumSize     = 8
	chunkHead   = 8 + 8 + 8 + 4 + 4
)

// head is how things stand with a record, and behind it.
type head struct {
	kind     byte
	term     uint64 // of the holder: one more with each opening
	index    uint64 // of the record in its lane, from 1
	epoch    uint64 // the last that is committed
	released uint64 // the last whose outbox is out
	base     uint64 // records up to this index are needed no more
	identity uint64 // the sequence number of the record with the identity; 0 in that itself
	snapshot snapshot
	before   uint64 // the sum of the record before
	length   uint64 // of the payload
	crc      uint32 // of the payload
	chunks   uint32 // how many there are; 0: the payload is here

	sum uint64 // of all this and the chunks' places; it stands behind them
}

// snapshot is where the newest one is: in the other stream, from first on.
type snapshot struct {
	term                        uint64 // of who wrote it
	epoch, first, chunks, bytes uint64
	crc                         uint32 // of all of it
}

// place is where a chunk is.
type place struct {
	seq       uint64
	size, crc uint32
}

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	ecma       = crc64.MakeTable(crc64.ECMA)
	le         = binary.LittleEndian
)

func sum32(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// encode appends the record, and sets the head's sum. A payload in chunks is not appended.
func (h *head) encode(b []byte, places []place, payload []byte) []byte {
	start := len(b)
	b = append(b, recordMagic...)
	b = le.AppendUint16(b, format)
	b = append(b, h.kind, 0)
	for _, n := range [...]uint64{h.term, h.index, h.epoch, h.released, h.base, h.identity,
		h.snapshot.term, h.snapshot.epoch, h.snapshot.first, h.snapshot.chunks, h.snapshot.bytes} {
		b = le.AppendUint64(b, n)
	}
	b = le.AppendUint32(b, h.snapshot.crc)
	b = le.AppendUint64(b, h.before)
	b = le.AppendUint64(b, h.length)
	b = le.AppendUint32(b, h.crc)
	b = le.AppendUint32(b, h.chunks)
	for _, p := range places {
		b = le.AppendUint64(b, p.seq)
		b = le.AppendUint32(b, p.size)
		b = le.AppendUint32(b, p.crc)
	}
	h.sum = crc64.Checksum(b[start:], ecma)
	b = le.AppendUint64(b, h.sum)
	if h.chunks == 0 {
		b = append(b, payload...)
	}
	return b
}

// newer is the error of a record in a format that this program does not know.
type newer int

func (v newer) Error() string {
	return fmt.Sprintf("it is in format %d, and this program knows formats up to %d", int(v), format)
}

var errDamaged = errors.New("its checksum does not match")

// decode reads a record. The payload is there where it is not in chunks.
func decode(b []byte) (h head, places []place, payload []byte, err error) {
	if len(b) < headSize+sumSize || string(b[:8]) != recordMagic {
		return h, nil, nil, errors.New("it is no record of a commit log")
	}
	if v := le.Uint16(b[8:]); v > format {
		return h, nil, nil, newer(v)
	}
	h.kind = b[10]
	at := 12
	for _, n := range [...]*uint64{&h.term, &h.index, &h.epoch, &h.released, &h.base, &h.identity,
		&h.snapshot.term, &h.snapshot.epoch, &h.snapshot.first, &h.snapshot.chunks, &h.snapshot.bytes} {
		*n = le.Uint64(b[at:])
		at += 8
	}
	h.snapshot.crc = le.Uint32(b[at:])
	h.before = le.Uint64(b[at+4:])
	h.length = le.Uint64(b[at+12:])
	h.crc = le.Uint32(b[at+20:])
	h.chunks = le.Uint32(b[at+24:])
	at = headSize
	if uint64(len(b)-at-sumSize)/placeSize < uint64(h.chunks) {
		return h, nil, nil, errDamaged
	}
	for range h.chunks {
		places = append(places, place{le.Uint64(b[at:]), le.Uint32(b[at+8:]), le.Uint32(b[at+12:])})
		at += placeSize
	}
	h.sum = le.Uint64(b[at:])
	if crc64.Checksum(b[:at], ecma) != h.sum {
		return h, nil, nil, errDamaged
	}
	payload = b[at+sumSize:]
	if h.chunks > 0 {
		if len(payload) > 0 {
			return h, nil, nil, errDamaged
		}
		return h, places, nil, nil
	}
	if uint64(len(payload)) != h.length || sum32(payload) != h.crc {
		return h, nil, nil, errDamaged
	}
	return h, nil, payload, nil
}

// A chunk names the holder and the record, or the snapshot, that it was written for.
func encodeChunk(b []byte, term, of uint64, number int, data []byte) []byte {
	b = append(b, chunkMagic...)
	b = le.AppendUint64(b, term)
	b = le.AppendUint64(b, of)
	b = le.AppendUint32(b, uint32(number))
	b = le.AppendUint32(b, sum32(data))
	return append(b, data...)
}

type chunk struct {
	term, of uint64
	number   int
	crc      uint32
	data     []byte
}

func decodeChunk(b []byte) (c chunk, err error) {
	if len(b) < chunkHead || string(b[:8]) != chunkMagic {
		return c, errors.New("it is no chunk of a commit log")
	}
	c = chunk{le.Uint64(b[8:]), le.Uint64(b[16:]), int(le.Uint32(b[24:])), le.Uint32(b[28:]), b[chunkHead:]}
	if sum32(c.data) != c.crc {
		return c, errDamaged
	}
	return c, nil
}

// encodeParts appends a record's parts.
func encodeParts(b []byte, parts []Part) []byte {
	for _, p := range parts {
		b = appendPart(b, p)
	}
	return b
}

func appendPart(b []byte, p Part) []byte {
	b = append(appendPartHead(b, p), p.Bytes...)
	return b
}

func appendPartHead(b []byte, p Part) []byte {
	b = append(b, byte(p.Kind))
	b = binary.AppendUvarint(b, uint64(len(p.Component)))
	b = append(b, p.Component...)
	b = binary.AppendUvarint(b, uint64(p.Task))
	return binary.AppendUvarint(b, uint64(len(p.Bytes)))
}

// errShort says that a part is not whole yet.
var errShort = errors.New("a part is cut off")

// nextPart reads the first part. Its bytes are those of b.
func nextPart(b []byte) (p Part, rest []byte, err error) {
	if len(b) == 0 {
		return p, nil, errShort
	}
	p.Kind = Kind(b[0])
	name, b, err := cutBytes(b[1:])
	if err != nil {
		return p, nil, err
	}
	task, n := binary.Uvarint(b)
	if n <= 0 || task > math.MaxInt32 {
		return p, nil, errShort
	}
	p.Component, p.Task = string(name), int(task)
	p.Bytes, rest, err = cutBytes(b[n:])
	return p, rest, err
}

func cutBytes(b []byte) (text, rest []byte, err error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || uint64(len(b)-n) < size {
		return nil, nil, errShort
	}
	end := n + int(size)
	return b[n:end:end], b[end:], nil
}

func decodeParts(b []byte) (parts []Part, err error) {
	for len(b) > 0 {
		var p Part
		if p, b, err = nextPart(b); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}
