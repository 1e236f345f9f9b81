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
			took, sum, err := once(ctx, c.programs[i].command)
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
func once(ctx context.Context, command []string) (time.Duration, []byte, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
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

// print writes the table.
func (c *comparison) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n", c.title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "seconds\t%s\tratio\tfrom\tto\t\n", c.unit)
	for i, p := range c.programs {
		ratios := make([]float64, len(c.times[i]))
		for round, took := range c.times[i] {
			ratios[round] = float64(took) / float64(c.times[0][round])
		}
		slices.Sort(ratios)
		took := slices.Clone(c.times[i])
		slices.Sort(took)
		middle := took[len(took)/2]
		fmt.Fprintf(t, "%.3f\t%.1f\t%.2f\t%.2f\t%.2f\t  %s\n", middle.Seconds(), float64(middle)/float64(c.units),
			ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1], p.label)
	}
	t.Flush()
	fmt.Fprintln(w)
}
