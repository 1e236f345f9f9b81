package engine

import (
	"strings"
	"testing"
)

// What ends an epoch says how many tuples it had; that others came is found.
func TestBarriersCount(t *testing.T) {
	frame := func(m mark) Frame { return Frame{Barrier: true, Payload: appendMark(nil, m)} }
	for _, c := range []struct {
		name string
		at   crossing
		f    Frame
		want string
	}{
		{"all of it", crossing{4, 7}, frame(mark{5, 7, true}), ""},
		{"the first, in a run that goes on", crossing{0, 2}, frame(mark{9, 2, false}), ""},
		{"one too few", crossing{4, 6}, frame(mark{5, 7, false}), "epoch 5 has 7 tuples, and 6 came"},
		{"one too many", crossing{4, 8}, frame(mark{5, 7, false}), "epoch 5 has 7 tuples, and 8 came"},
		{"twice", crossing{5, 0}, frame(mark{5, 0, false}), "the end of epoch 5 came behind that of epoch 5"},
		{"one left out", crossing{5, 0}, frame(mark{7, 0, false}), "the end of epoch 7 came behind that of epoch 5"},
		{"cut off", crossing{4, 7}, Frame{Barrier: true, Payload: appendMark(nil, mark{5, 7, true})[:9]}, "damaged"},
		{"changed", crossing{4, 7}, Frame{Barrier: true, Payload: append(appendMark(nil, mark{5, 7, true})[:16], 2)}, "damaged"},
	} {
		all, err := c.at.barrier(c.f)
		switch {
		case c.want == "" && (err != nil || c.at.rows != 0 || all != (c.f.Payload[16] == 1)):
			t.Errorf("%s: %v, %+v", c.name, err, c.at)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
