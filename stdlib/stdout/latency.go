package stdout

import (
	"fmt"
	"time"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/metrics"
)

// Latency is the sink stdout.latency.
type Latency struct {
	Since int // the column of times

	ctx   *component.Context
	times metrics.Histogram
}

var _ component.ColumnSink = (*Latency)(nil)

// Open implements component.ColumnSink.
func (l *Latency) Open(ctx *component.Context, schema []component.Column) error {
	if l.Since < 0 || l.Since >= len(schema) || schema[l.Since].Kind != component.Time {
		return fault.New("name a field of type time, such as the `at` of generate.every", "since: the field is no time")
	}
	l.ctx = ctx
	return nil
}

// Write implements component.ColumnSink. The clock is looked at once a batch: that is when its tuples are here.
func (l *Latency) Write(rows *component.Columns) error {
	now := l.ctx.Now()
	for _, at := range rows.Cols[l.Since].Times {
		l.times.Add(max(now.Sub(at), 0), 1)
	}
	return nil
}

// Flush implements component.ColumnSink.
func (l *Latency) Flush() error { return nil }

// Close implements component.ColumnSink.
func (l *Latency) Close(complete bool) error {
	if !complete {
		return nil
	}
	s := l.times.Snapshot()
	show := func(d time.Duration) time.Duration { return d.Round(time.Microsecond) }
	_, err := fmt.Fprintf(l.ctx.Stdout, "tuples\t%d\nmean\t%s\np50\t%s\np99\t%s\np99.9\t%s\nmax\t%s\n",
		s.Count, show(s.Mean()), show(s.Quantile(0.5)), show(s.Quantile(0.99)), show(s.Quantile(0.999)), show(s.Max))
	return cannotWrite(err)
}
