package engine

import (
	"bytes"
	"encoding"
	"errors"
)

// marshaler is a component in Go that says, as encoding/gob and others ask for it, how all that it keeps is written.
type marshaler interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// marshalled is Kept for one: what it keeps is committed whole in each epoch in which it is another than before.
type marshalled struct {
	code  marshaler
	known bool
	last  []byte
}

// marshals makes one of a task's code, nil where that does not say it.
func marshals(code any) Kept {
	if m, ok := asTask[marshaler](code); ok {
		return &marshalled{code: m}
	}
	return nil
}

// Changes implements Kept. What is appended is never empty, as what is kept may be.
func (m *marshalled) Changes(dst []byte, all bool) ([]byte, error) {
	text, err := m.code.MarshalBinary()
	if err != nil {
		return nil, err
	}
	if !all {
		if m.known && bytes.Equal(text, m.last) {
			return dst, nil
		}
		m.known, m.last = true, append(m.last[:0], text...)
	}
	return append(append(dst, 1), text...), nil
}

// Restore implements Kept.
func (m *marshalled) Restore(src []byte) error {
	if len(src) == 0 || src[0] != 1 {
		return errors.New("what its Go type has kept is damaged")
	}
	// It may keep what it is given.
	return m.code.UnmarshalBinary(bytes.Clone(src[1:]))
}

// Shape implements Kept. What the bytes are is the type's to know.
func (m *marshalled) Shape() string { return "state of its Go type" }
