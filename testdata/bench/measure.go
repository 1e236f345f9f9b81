package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"
)

// program is one contestant.
type program struct {
	label   string
	command []string
}

// comparison is programs that do the same job. The first is the bar; it runs twice a round.
type comparison struct {
	name, title, unit string
	units             int // of work in one run
	programs          []program
	bar               float64           // what the ratio of the second program to the first is to be at the most
	rate              float64           // or, where not 0, how many millions a second it is to do at least
	oneCore           bool              // all programs run on one
	times             [][]time.Duration // by program, by round
}

// run measures all programs in turns.
func (c *comparison) run(ctx context.Context, rounds int) error {
	again := c.programs[0]
	again.label = "the bar again (what noise makes)"
	c.programs = slices.Insert(c.programs, 1, again)
	c.times = make([][]time.Duration, len(c.programs))
	order := make([]int, len(c.programs))
	for i := range order {
		order[i] = i
	}
	progress := term.IsTerminal(int(os.Stderr.Fd()))
	var want []byte
	// The first round warms the file cache and is not counted.
	for round := range rounds + 1 {
		if progress {
			fmt.Fprintf(os.Stderr, "\r%s: round %d of %d ", c.name, round, rounds)
		}
		for _, i := range order {
			took, sum, err := c.once(ctx, c.programs[i].command)
			if err != nil {
				return fmt.Errorf("%s: %w", c.programs[i].label, err)
			}
			if want == nil {
				want = sum
			}
			if !bytes.Equal(sum, want) {
				return fmt.Errorf("%q printed something else than %q", c.programs[i].label, c.programs[0].label)
			}
			if round > 0 {
				c.times[i] = append(c.times[i], took)
			}
		}
		slices.Reverse(order)
	}
	if progress {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
	return nil
}

// once runs a program, and returns its time and a sum of what it printed.
func (c *comparison) once(ctx context.Context, command []string) (time.Duration, []byte, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	if c.oneCore {
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	}
	hash := sha256.New()
	var printed counter
	cmd.Stdout = io.MultiWriter(hash, &printed)
	cmd.Stderr = os.Stderr
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err == nil && printed == 0 {
		err = fmt.Errorf("%v printed nothing", command)
	}
	return took, hash.Sum(nil), err
}

// counter counts the bytes written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// subject is where topo stands among the programs: behind the bar, and the bar again.
const subject = 2

// ratios are those of a program to the bar, in order.
func (c *comparison) ratios(of int) []float64 {
	ratios := make([]float64, len(c.times[of]))
	for round, took := range c.times[of] {
		ratios[round] = float64(took) / float64(c.times[0][round])
	}
	slices.Sort(ratios)
	return ratios
}

// middle is the median time of a program.
func (c *comparison) middle(of int) time.Duration {
	took := slices.Sorted(slices.Values(c.times[of]))
	return took[len(took)/2]
}

// print writes the table.
func (c *comparison) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n", c.title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "seconds\t%s\tratio\tfrom\tto\t\n", c.unit)
	for i, p := range c.programs {
		ratios, middle := c.ratios(i), c.middle(i)
		fmt.Fprintf(t, "%.3f\t%.1f\t%.2f\t%.2f\t%.2f\t  %s\n", middle.Seconds(), float64(middle)/float64(c.units),
			ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1], p.label)
	}
	t.Flush()
	fmt.Fprintln(w)
}

// latencies are what a topology says of how long its tuples took.
type latencies struct{ p50, p99 time.Duration }

// The bars of latencies.
const (
	p50Bar = 5 * time.Microsecond
	p99Bar = 100 * time.Microsecond
)

// measureLatency runs the topology that measures its own tuples.
func measureLatency(ctx context.Context, binary string) (*latencies, error) {
	cmd := exec.CommandContext(ctx, binary, "run")
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var l latencies
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "\t")
		switch name {
		case "p50":
			l.p50, err = time.ParseDuration(value)
		case "p99":
			l.p99, err = time.ParseDuration(value)
		}
		if err != nil {
			return nil, err
		}
	}
	return &l, nil
}

// summary writes one line a comparison: what was reached, and what is to be.
func summary(w io.Writer, done []*comparison, late *latencies) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "\treached\tbar\t\n")
	line := func(name, reached, bar string, met bool) {
		verdict := "met"
		if !met {
			verdict = "MISSED"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", name, reached, bar, verdict)
	}
	for _, c := range done {
		if c.rate > 0 {
			rate := float64(c.units) / c.middle(subject).Seconds() / 1e6
			line(c.title, fmt.Sprintf("%.2f M/s", rate), fmt.Sprintf(">= %.2f M/s", c.rate), rate >= c.rate)
			continue
		}
		ratios := c.ratios(subject)
		ratio := ratios[len(ratios)/2]
		line(c.title, fmt.Sprintf("%.2f", ratio), fmt.Sprintf("<= %.2f", c.bar), ratio <= c.bar)
	}
	if late != nil {
		line("latency across a queue, 1,000 tuples/s, p50", late.p50.String(), "<= "+p50Bar.String(), late.p50 <= p50Bar)
		line("latency across a queue, 1,000 tuples/s, p99", late.p99.String(), "<= "+p99Bar.String(), late.p99 <= p99Bar)
	}
	t.Flush()
}
