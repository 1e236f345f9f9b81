package main

import (
	"os"

	"github.com/urfave/cli/v2"
)

func planCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "plan",
		Usage:     "show what will run: streams, groupings, tasks",
		ArgsUsage: "[PATH]",
		Description: `Prints the plan of a topology: each component with its tasks and its streams with their fields, and
how tuples travel between them.

  topoc plan                  the topology in this folder
  topoc plan --json wc.topo   the plan as data
  topoc plan --workers 4      also which of four workers runs which task; this builds the topology
  topoc plan --no-optimise    what would run if everything ran as it is written`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", DisableDefaultText: true, Usage: "print the plan as JSON"},
			&cli.StringFlag{Name: "workers", Usage: "show which of `N` workers runs which task"},
			plainFlag(),
		},
		Action: func(ctx *cli.Context) error {
			path, err := onePath(ctx)
			if err != nil {
				return err
			}
			if workers := ctx.String("workers"); workers != "" {
				return planWorkers(ctx, c, path, workers)
			}
			t, err := load(c, path)
			if err != nil {
				return err
			}
			t.plain = ctx.Bool("no-optimise")
			texts, err := t.texts()
			if err != nil {
				return err
			}
			text := texts.Plan
			if ctx.Bool("json") {
				text = texts.PlanJSON
			}
			_, err = c.out.Write([]byte(text))
			return err
		},
	}
}

// planWorkers lets the topology's binary say who runs what: it knows what its components ask for.
func planWorkers(ctx *cli.Context, c *console, path, workers string) error {
	t, warnings, err := loadQuietly(c, path, toRun(""))
	if err != nil {
		return err
	}
	t.plain = ctx.Bool("no-optimise")
	binary, err := cachedBinary(ctx.Context, c, t, warnings, false)
	if err != nil {
		return err
	}
	args := []string{"plan", "--workers", workers}
	if ctx.Bool("json") {
		args = append(args, "--json")
	}
	return execute(ctx.Context, c, binary, args, os.Environ())
}
