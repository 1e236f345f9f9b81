package component

import (
	"fmt"
	"maps"
	"sync"
)

// Owners says who has what there is one of: a file that is written, the standard input. It may be used from several goroutines.
type Owners struct {
	mu sync.Mutex
	of map[string]string // component by what it owns
}

// Own takes something of which there is one for this component, whose tasks may share it. It is an error where another
// component of the run has it, for then one of the two would lose what it writes, or miss what it should read. A
// component calls it in Open. Equal things must have equal names, so a file is named by its absolute path.
func (c *Context) Own(what string) error {
	o := c.Owners
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if first, ok := o.of[what]; ok && first != c.Component {
		return fmt.Errorf("%s belongs to %s already", what, first)
	}
	if o.of == nil {
		o.of = map[string]string{}
	}
	o.of[what] = c.Component
	return nil
}

// All returns the owner by what it owns.
func (o *Owners) All() map[string]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.of)
}
