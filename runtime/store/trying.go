package store

import (
	"errors"
	"fmt"
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
	patience time.Duration               // 0: patience
	sleep    func(d time.Duration) error // nil: time.Sleep
}

// call calls f until it goes well, fails for good, or a minute is over.
func (t *trying) call(doing string, f func() error) error {
	most, waited, pause, told := t.patience, time.Duration(0), firstPause, false
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
				t.say("its store is there again, and it goes on")
			}
			return err
		}
		if waited >= most {
			if doing == "opening" {
				return fault.New("start the run again when it is there", "its store can't be opened: %w", err)
			}
			return fault.New("what is committed is in the commit log of --store: start the run again when the store is there, and it is put then",
				"%s its store failed for %v: %w", doing, most, err)
		}
		if !told && waited >= lastPause/2 {
			told = true
			t.say(fmt.Sprintf("%s its store fails (%v): it waits, and nothing is lost", doing, err))
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
