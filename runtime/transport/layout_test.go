package transport

import (
	"math/rand/v2"
	"testing"
)

// TestLayoutStaysFarBelowTheLimits checks the bounds for any number of edges and tasks.
func TestLayoutStaysFarBelowTheLimits(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	shapes := [][]int{{}, {1}, {maxSenders}, {maxSenders, 1, maxSenders}, make([]int, 5000)}
	for i := range shapes[4] {
		shapes[4][i] = 100
	}
	for range 300 {
		var s []int
		for range 1 + rnd.IntN(100) {
			s = append(s, 1+rnd.IntN(1<<rnd.IntN(12)))
		}
		shapes = append(shapes, s)
	}
	for _, senders := range shapes {
		var ends []*end
		for _, n := range senders {
			ends = append(ends, &end{in: make([]*inbound, n)})
		}
		l := lay(ends)
		if l.window < tinyWindow || l.window > maxWindow || l.frame < 1000 || l.frame > maxFrame {
			t.Fatalf("%d ends: %+v", len(ends), l)
		}
		if 2*cost(l.frame) > l.window-l.window/grantPart {
			t.Errorf("a window of %d holds no two frames of %d while credit is gathered", l.window, l.frame)
		}
		pending := make([]uint64, l.conns)
		for i, n := range senders {
			pending[l.conn[i]] += l.window * uint64(n)
		}
		for _, bytes := range pending {
			if bytes > connBytes {
				t.Errorf("%d bytes may be pending on one of %d connections", bytes, l.conns)
			}
		}
	}
}
