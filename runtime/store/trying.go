package store

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
)

// How long a store may be away, and how long a call waits before it is made again.
const (
	patience   = time.Minute
	firstPause = 20 * time.Millisecond
	lastPause  = 2 * time.Second
	// Before anything runs nobody needs to wait for long.
	opening = 5 * time.Second
)

// trying makes calls again whose errors may pass.
type trying struct {
	ctx      *component.Context
	what     string                      // that fails; "": its store
	loose    bool                        // nothing is in a commit log
	patience time.Duration               // 0: patience
	sleep    func(d time.Duration) error // nil: time.Sleep
}

// call calls f until it goes well, fails for good, or a minute is over.
func (t *trying) call(doing string, f func() error) error {
	most, waited, pause, told, what := t.patience, time.Duration(0), firstPause, false, t.what
	if what == "" {
		what = "its store"
	}
	if most == 0 {
		most = patience
	}
	if doing == "opening" {
		most = min(most, opening)
	}
	for {
		err := f()
		var p passing
		if err == nil || !errors.As(err, &p) {
			if told && err == nil {
				t.say(what + " is there again, and it goes on")
			}
			return err
		}
		if waited >= most {
			if doing == "opening" {
				return fault.New("start the run again when it is there", "%s can't be opened: %w", what, err)
			}
			help := "what is committed is in the commit log of --store: start the run again when " + strings.TrimPrefix(what, "its ") + " is there, and it is put then"
			if t.loose {
				help = "start the run again when it is there"
			}
			return fault.New(help, "%s %s failed for %v: %w", doing, what, most, err)
		}
		if !told && waited >= lastPause/2 {
			told = true
			t.say(fmt.Sprintf("%s %s fails (%v): it waits, and nothing is lost", doing, what, err))
		}
		if t.sleep != nil {
			if err := t.sleep(pause); err != nil {
				return err
			}
		} else {
			time.Sleep(pause)
		}
		waited += pause
		pause = min(2*pause, lastPause)
	}
}

func (t *trying) say(what string) {
	if t.ctx != nil && t.ctx.Stderr != nil {
		_, _ = fmt.Fprintf(t.ctx.Stderr, "%s: %s: %s\n", t.ctx.Topology, t.ctx.Component, what)
	}
}

// Patience makes calls again whose errors may pass (Passing), for libraries that write by themselves.
type Patience struct{ t trying }

// NewPatience returns one. What names what is called, for messages; most is how long it waits at the most, 0 being a minute.
func NewPatience(ctx *component.Context, what string, most time.Duration) *Patience {
	return &Patience{trying{ctx: ctx, what: what, loose: !ctx.Epochs, patience: most}}
}

// Call calls f until it goes well, fails for good, or nothing has helped for as long as it waits. Doing is "opening", "reading", "writing to".
func (p *Patience) Call(doing string, f func() error) error { return p.t.call(doing, f) }
