package app

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/topo-lang/topo/runtime/engine"
)

// progressEvery is how often the line of progress is written anew.
const progressEvery = time.Second

// progress shows how a run gets on, in one line of a terminal that nothing else is written to; what it returns ends that.
func (a *app) progress() (stop func()) {
	f, ok := a.stderr.w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || a.stdout.terminal() {
		return func() {}
	}
	var line sync.WaitGroup
	ended := make(chan struct{})
	line.Go(func() {
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		var last engine.Metrics
		for {
			select {
			case <-ticker.C:
				now, ok := a.metrics()
				if ok {
					a.stderr.show(progressLine(a.Name, last, now))
					last = now
				}
			case <-ended:
				a.stderr.show("")
				return
			}
		}
	})
	return sync.OnceFunc(func() {
		close(ended)
		line.Wait()
	})
}

// progressLine says what has come out of the spouts, how fast it came since the numbers before, what failed, and what is held back.
func progressLine(name string, before, now engine.Metrics) string {
	read := func(m engine.Metrics) (n int64) {
		for _, k := range m.Tasks {
			if k.Kind == "spout" {
				n += k.Emitted
			}
		}
		return n
	}
	text := fmt.Sprintf("%s: %s tuples read", name, amount(read(now)))
	if took := now.Uptime - before.Uptime; took > 0 {
		text += fmt.Sprintf(", %s/s", amount(int64(float64(read(now)-read(before))/took.Seconds())))
	}
	failed := int64(0)
	for _, f := range now.Failures {
		failed += f.Count
	}
	if failed > 0 {
		text += fmt.Sprintf(", %s failed", amount(failed))
	}
	full := engine.EdgeMetrics{}
	for _, e := range now.Edges {
		if e.Full > full.Full {
			full = e
		}
	}
	if full.Full >= time.Second {
		text += fmt.Sprintf("; the queue %s -> %s has been full for %s", full.From, full.To, full.Full.Round(time.Second))
	}
	return text
}

// amount is a number for people, with three digits.
func amount(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1e9, " G"}, {1e6, " M"}, {1e3, " k"}} {
		if n >= unit.size {
			text := strconv.FormatFloat(float64(n)/float64(unit.size), 'f', 2, 64)
			return strings.TrimSuffix(text[:4], ".") + unit.name
		}
	}
	return strconv.FormatInt(n, 10)
}
