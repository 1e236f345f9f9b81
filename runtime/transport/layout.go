package transport

// The bounds that the windows keep. NATS cuts off a connection or a subscription with more than 64 MiB pending.
const (
	// connBytes is what may be under way to all receivers of one connection: a quarter of NATS's limit.
	connBytes = 16 << 20
	// allBytes is what may be under way in the whole process, as long as each lane keeps minWindow.
	allBytes = 64 << 20
	// maxWindow is a lane's credit where there are few; a larger one gains nothing that can be measured.
	maxWindow = 2 << 20
	// minWindow is the least with which a lane still sends frames worth their cost.
	minWindow = 16 << 10
	// tinyWindow is what is left where one task has more senders than connBytes has room for minWindows.
	tinyWindow = 4 << 10
	maxSenders = connBytes / tinyWindow
	// maxFrame lets a message fit into the 32 KiB that nats.go reads at once. One that does not is copied
	// piece by piece, and a byte then costs twice as much (BenchmarkFrames).
	maxFrame = 30 << 10
	// overhead is what a message costs on its way beside its bytes: it counts against the window,
	// so that many small frames are bounded too.
	overhead = 256
)

// MaxPayload is the largest payload that Send takes.
const MaxPayload = 1 << 30

// layout is how many bytes may be under way on each lane, in frames of which size, and which connection each end uses.
type layout struct {
	window uint64 // credit of a lane
	frame  int    // payload of a frame
	conns  int
	conn   []int // by end
}

// lay divides what NATS lets pass: a lane's window shrinks with the number of lanes, and where it
// can shrink no more there are more connections.
func lay(ends []*end) layout {
	lanes, most := 0, 1
	for _, e := range ends {
		n := e.far()
		lanes += n
		most = max(most, n)
	}
	window := min(max(allBytes/max(lanes, 1), minWindow), maxWindow)
	window = min(window, connBytes/most)
	l := layout{
		window: uint64(window),
		// Two frames fit into the part of a window that is not waiting to be granted, so that one is
		// made while the other travels.
		frame: min(maxFrame, (window-window/grantPart)/2-headerSize-overhead),
		conns: 1,
		conn:  make([]int, len(ends)),
	}
	room := connBytes
	for i, e := range ends {
		bytes := window * e.far()
		if bytes > room {
			l.conns++
			room = connBytes
		}
		room -= bytes
		l.conn[i] = l.conns - 1
	}
	return l
}

// grantPart says how much credit a receiver gathers before it gives it back: a fourth of the window.
const grantPart = 4

// cost is what a frame takes of its lane's window.
func cost(payload int) uint64 { return uint64(headerSize + payload + overhead) }
