package engine

import "github.com/topo-lang/topo/runtime/batch"

// Gate decides, for one edge of a sending task, whether tuples are combined by their key before they travel. It begins so, and looks
// at what came of it each time so many have come: where the rows were not fewer by half, the tuples travel by themselves for a while, and then it
// tries again, each time later.
type Gate struct {
	in, out int // tuples that were combined, and rows that left, since it last looked
	told    int // of the former, those that Merged has counted
	rest    int // tuples that travel by themselves before it tries again
	pause   int // how many those were last
}

const (
	gateLooks    = 8 << 10
	gatePause    = 64 << 10
	gatePauseMax = 4 << 20
	// MostCombined is how many keys the table of an edge may have.
	MostCombined = 64 << 10
)

// On reports whether a tuple is to be combined.
func (g *Gate) On() bool {
	if g.rest > 0 {
		g.rest--
		return false
	}
	g.in++
	return true
}

// Many is On for so many tuples.
func (g *Gate) Many(n int) bool {
	if g.rest > 0 {
		g.rest = max(0, g.rest-n)
		return false
	}
	g.in += n
	return true
}

// Full reports whether so many keys wait that they should leave: as many as there may be, or fewer that hardly any tuples were combined to.
func (g *Gate) Full(waiting *Gather) bool {
	n := len(waiting.Waiting)
	return n >= batch.LatestRows && (n >= MostCombined || g.in < 4*n)
}

// Merged is told, before Left, that rows will leave, and says how many tuples they stand for beyond themselves.
func (g *Gate) Merged(rows int) int64 {
	n := g.in - g.told - rows
	g.told = g.in
	return int64(n)
}

// Left is told that rows have left, with how many keys stand in the table; it reports whether the table should begin anew.
func (g *Gate) Left(rows, keys int) (anew bool) {
	g.out += rows
	if g.in >= gateLooks {
		if 2*g.out > g.in {
			g.pause = min(max(2*g.pause, gatePause), gatePauseMax)
			g.rest = g.pause
			anew = true // no memory need be kept meanwhile
		} else {
			g.pause = 0
		}
		g.in, g.out, g.told = 0, 0, 0
	}
	return anew || keys > MostCombined
}
