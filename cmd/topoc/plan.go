package main

import (
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
  topoc plan --no-optimise    what would run if everything ran as it is written`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", DisableDefaultText: true, Usage: "print the plan as JSON"},
			plainFlag(),
		},
		Action: func(ctx *cli.Context) error {
			path, err := onePath(ctx)
			if err != nil {
				return err
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
