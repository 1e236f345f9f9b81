package stdout

import (
	"fmt"
	"strings"

	"github.com/topo-lang/topo/runtime/codec"
	"github.com/topo-lang/topo/runtime/component"
)

// The rows of a table are part of a run's epochs: a later run goes on with them.

var _ component.Kept = (*Table)(nil)

// changes are the rows that have changed in an epoch.
type changes struct {
	on     bool
	epoch  uint32
	stamps []uint32 // by row: the epoch in which it was last noted
	rows   []int32
}

// note notes that a row has changed.
func (c *changes) note(row int) {
	if !c.on {
		return
	}
	for len(c.stamps) <= row {
		c.stamps = append(c.stamps, 0)
	}
	if c.stamps[row] != c.epoch {
		c.stamps[row] = c.epoch
		c.rows = append(c.rows, int32(row))
	}
}

// Shape implements component.Kept.
func (t *Table) Shape() string {
	var parts []string
	for _, c := range t.rows.schema {
		parts = append(parts, fmt.Sprintf("%s %d", c.Name, c.Kind))
	}
	return fmt.Sprintf("rows of (%s) by %s", strings.Join(parts, ", "), t.rows.schema[t.Key].Name)
}

// Changes implements component.Kept.
func (t *Table) Changes(dst []byte, all bool) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.rows
	if all {
		for i := range r.len() {
			dst = r.appendRow(dst, i)
		}
		return dst, nil
	}
	for _, i := range r.kept.rows {
		dst = r.appendRow(dst, int(i))
	}
	r.kept.rows = r.kept.rows[:0]
	r.kept.epoch++
	return dst, nil
}

// appendRow appends a row as it is kept: by what its key was found, and its cells.
func (r *rows) appendRow(dst []byte, i int) []byte {
	for j, k := range r.row(i) {
		if byNumber(r.schema[j].Kind) {
			dst = codec.AppendInt(dst, k.num)
		} else {
			dst = codec.AppendString(dst, k.text)
		}
	}
	return dst
}

// byNumber reports whether a cell of this kind is a number.
func byNumber(k component.Kind) bool {
	switch k {
	case component.Int, component.Float, component.Bool, component.Duration:
		return true
	}
	return false
}

// Restore implements component.Kept.
func (t *Table) Restore(changes []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.rows
	in := codec.NewReader(changes)
	cells := make([]cell, len(r.schema))
	var one component.Columns
	for _, c := range r.schema {
		one.Cols = append(one.Cols, component.Column{Name: c.Name, Kind: c.Kind})
	}
	for in.More() {
		for j := range cells {
			if byNumber(r.schema[j].Kind) {
				cells[j] = cell{num: in.Int()}
			} else {
				cells[j] = cell{text: strings.Clone(in.String())}
			}
		}
		if in.Err() != nil {
			break
		}
		r.put(cells, &one)
	}
	t.dirty = true
	return in.Close()
}

// put sets the row of a key to these cells.
func (r *rows) put(cells []cell, one *component.Columns) {
	spare := &rows{schema: r.schema, cells: cells}
	one.Reset()
	spare.columns(one, 0)
	at, _ := r.find(&one.Cols[r.key], 0)
	copy(r.row(at), cells)
}
