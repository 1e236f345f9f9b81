package store

import (
	"encoding/json"
	"fmt"

	"github.com/topo-lang/topo/runtime/codec"
)

// mark is what a store knows of a task that puts rows into it.
type mark struct {
	// Version is that of this record and of the rows.
	Version  int    `json:"version"`
	Topology string `json:"topology"`
	Bolt     string `json:"bolt"`
	Mode     string `json:"mode"`
	Shape    string `json:"shape"`
	Tasks    int    `json:"tasks"`
	// Log is the commit log whose epochs these are.
	Log string `json:"log"`
	// Epoch is the last of which the task has put rows, Before the one before it.
	Epoch  uint64 `json:"epoch"`
	Before uint64 `json:"before"`
}

const markVersion = 1

func (m *mark) bytes() []byte {
	text, _ := json.Marshal(m) // texts and numbers can be written
	return text
}

func parseMark(text []byte) (*mark, error) {
	if text == nil {
		return nil, nil
	}
	m := &mark{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("what it says of itself is damaged: %w", err)
	}
	return m, nil
}

// outbox is what an epoch has changed in a task's rows, as it stands in the commit log.
type outbox struct {
	log           string
	epoch, before uint64
	rows          []Row // without txids
}

func (o *outbox) append(dst []byte) []byte {
	dst = codec.AppendUvarint(dst, markVersion)
	dst = codec.AppendString(dst, o.log)
	dst = codec.AppendUvarint(dst, o.epoch)
	return codec.AppendUvarint(dst, o.before)
}

func appendOutboxRow(dst, key, value, prev []byte) []byte {
	dst = codec.AppendBytes(dst, key)
	dst = codec.AppendBytes(dst, value)
	dst = codec.AppendBool(dst, prev != nil)
	if prev != nil {
		dst = codec.AppendBytes(dst, prev)
	}
	return dst
}

// parseOutboxHead reads what stands before the rows.
func parseOutboxHead(src []byte) (*codec.Reader, *outbox, error) {
	r := codec.NewReader(src)
	o := &outbox{}
	if v := r.Uvarint(); v != markVersion && r.Err() == nil {
		return nil, nil, fmt.Errorf("what was prepared for a store is of version %d, and this program knows version %d", v, markVersion)
	}
	o.log, o.epoch, o.before = r.String(), r.Uvarint(), r.Uvarint()
	return r, o, nil
}

// parseOutbox reads one. Rows are views.
func parseOutbox(src []byte) (*outbox, error) {
	r, o, err := parseOutboxHead(src)
	if err != nil {
		return nil, err
	}
	for r.More() {
		row := Row{Key: r.Bytes(), Value: r.Bytes()}
		if row.Value == nil {
			row.Value = []byte{}
		}
		if r.Bool() {
			if row.Prev = r.Bytes(); row.Prev == nil {
				row.Prev = []byte{}
			}
		}
		o.rows = append(o.rows, row)
	}
	if err := r.Close(); err != nil {
		return nil, fmt.Errorf("what was prepared for a store is damaged: %w", err)
	}
	return o, nil
}

// AppendRow writes a row but for its key as bytes, for stores that keep bytes by a key.
func AppendRow(dst []byte, r Row) []byte {
	dst = codec.AppendUvarint(dst, markVersion)
	dst = codec.AppendUvarint(dst, r.Txid)
	dst = codec.AppendBool(dst, r.Prev != nil)
	if r.Prev != nil {
		dst = codec.AppendBytes(dst, r.Prev)
	}
	return append(dst, r.Value...)
}

// ParseRow reads what AppendRow wrote. The row's Prev and Value are views.
func ParseRow(key, src []byte) (Row, error) {
	r := codec.NewReader(src)
	if v := r.Uvarint(); v != markVersion && r.Err() == nil {
		return Row{}, fmt.Errorf("a row is of version %d, and this program knows version %d", v, markVersion)
	}
	row := Row{Key: key, Txid: r.Uvarint()}
	if r.Bool() {
		if row.Prev = r.Bytes(); row.Prev == nil {
			row.Prev = []byte{}
		}
	}
	var err error
	if row.Value, err = r.Rest(); err != nil {
		return Row{}, fmt.Errorf("a row is damaged: %w", err)
	}
	if row.Value == nil {
		row.Value = []byte{}
	}
	return row, nil
}
