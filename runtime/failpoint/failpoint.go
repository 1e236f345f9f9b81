// Package failpoint ends the process at a named point, as kill -9 would: the crash test's way to every place where a crash could hurt.
//
// A point is armed by the environment, TOPO_FAILPOINT=NAME:N: the process kills itself when it passes NAME for the Nth time (NAME alone: the first).
// A switch is the other kind: TOPO_FAILPOINT=NAME turns it on, for negative controls, which break on purpose what a test must then find.
// Several are separated by commas. Where nothing is armed a point costs one comparison with nil.
package failpoint

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Env is the variable that arms points.
const Env = "TOPO_FAILPOINT"

// Point is a place in the program. A nil Point is one too, which is never armed.
type Point struct {
	name string
	left *atomic.Int64 // passes until the end; nil where it is not armed
}

var (
	mu     sync.Mutex
	points []string
	armed  = sync.OnceValue(func() map[string]int64 { return parse(os.Getenv(Env)) })
)

// New names a point. It is called once for each, when the package that has it is set up.
func New(name string) *Point {
	mu.Lock()
	points = append(points, name)
	mu.Unlock()
	p := &Point{name: name}
	if n := armed()[name]; n > 0 {
		p.left = new(atomic.Int64)
		p.left.Store(n)
	}
	return p
}

// Names returns the names of all points of this program, sorted.
func Names() []string {
	mu.Lock()
	defer mu.Unlock()
	all := slices.Clone(points)
	slices.Sort(all)
	return all
}

// On reports whether a switch is on. It is asked once, and its answer kept.
func On(name string) bool { return armed()[name] > 0 }

// Hit passes the point.
func (p *Point) Hit() {
	if p == nil || p.left == nil {
		return
	}
	if p.left.Add(-1) == 0 {
		die(p.name)
	}
}

// die ends the process at once: nothing deferred runs, and nothing is flushed.
func die(name string) {
	fmt.Fprintf(os.Stderr, "failpoint: %s\n", name)
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		self.Kill()
	}
	select {} // until the signal is here
}

// parse reads the variable. What it can't read is armed nowhere: a test that waits for its end then says so.
func parse(text string) map[string]int64 {
	all := map[string]int64{}
	for one := range strings.SplitSeq(text, ",") {
		name, times, counted := strings.Cut(strings.TrimSpace(one), ":")
		n := int64(1)
		if counted {
			var err error
			if n, err = strconv.ParseInt(times, 10, 64); err != nil || n < 1 {
				continue
			}
		}
		if name != "" {
			all[name] = n
		}
	}
	return all
}
