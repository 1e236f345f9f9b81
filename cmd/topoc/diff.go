package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/codegen"
	"github.com/topo-lang/topo/compiler/optimise"
	"github.com/topo-lang/topo/runtime/shape"
)

func diffCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "show what of the state a new version goes on with",
		ArgsUsage: "OLD NEW",
		Description: `Shows what becomes of what a topology keeps, where NEW goes on with the store of OLD: what is kept, added, widened
or dropped, and what a run refuses. OLD is a topology, a store that no run uses, or a file of state export; NEW is a topology.

  topoc diff old.topo new.topo     two versions
  topoc diff store/ new.topo       a store, and a version; this builds the topology
  topoc diff state.json new.topo   an exported state, and a version

The exit status is 1 where something would be lost, or is refused.`,
		Action: func(ctx *cli.Context) error {
			if ctx.NArg() != 2 {
				return &usageError{text: "diff takes two arguments: the old version, or its store, and the new one", help: "as in: topoc diff old.topo new.topo"}
			}
			old, new := ctx.Args().Get(0), ctx.Args().Get(1)
			if isStore(old) {
				return diffStore(ctx, c, old, new)
			}
			before, name, err := keptBefore(c, old)
			if err != nil {
				return err
			}
			t, _, err := loadQuietly(c, new)
			if err != nil {
				return err
			}
			if t.name() != name {
				return &helpfulError{err: fmt.Errorf("%s is topology %s, and %s is topology %s", old, name, new, t.name()), help: "a store belongs to one topology, by its name"}
			}
			now, err := keptOf(t, new)
			if err != nil {
				return err
			}
			all, err := shape.Changes(before, now)
			if err != nil {
				return err
			}
			text, lost := shape.Table(all)
			if _, err := c.out.Write([]byte(text)); err != nil {
				return err
			}
			if lost {
				return errReported
			}
			return nil
		},
	}
}

// isStore reports whether a path is the folder of a run's --store.
func isStore(path string) bool {
	info, err := os.Stat(filepath.Join(path, "jetstream"))
	return err == nil && info.IsDir()
}

// diffStore lets the topology's binary look at the store: it has what reads one.
func diffStore(ctx *cli.Context, c *console, store, path string) error {
	t, warnings, err := loadQuietly(c, path, toRun(""))
	if err != nil {
		return err
	}
	if _, err := keptOf(t, path); err != nil {
		return err
	}
	binary, err := cachedBinary(ctx.Context, c, t, warnings, false)
	if err != nil {
		return err
	}
	return execute(ctx.Context, c, binary, []string{"state", "diff", "--store", store}, os.Environ())
}

// keptBefore is what the old version keeps, and the topology's name.
func keptBefore(c *console, path string) ([]shape.Item, string, error) {
	if strings.HasSuffix(path, ".topo") {
		return keptAt(c, path)
	}
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return keptAt(c, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(f, 1<<20).ReadSlice('\n')
	var head struct {
		Savepoint  int          `json:"savepoint"`
		Topology   string       `json:"topology"`
		WrittenFor []shape.Item `json:"written_for"`
	}
	if err = errors.Join(err, json.Unmarshal(line, &head)); err != nil || head.Savepoint == 0 {
		return nil, "", &helpfulError{err: fmt.Errorf("%s is neither a topology nor a store nor an exported state", path), help: "name a .topo file, a folder of a run's --store, or a file of state export"}
	}
	return head.WrittenFor, head.Topology, nil
}

func keptAt(c *console, path string) ([]shape.Item, string, error) {
	t, _, err := loadQuietly(c, path)
	if err != nil {
		return nil, "", err
	}
	kept, err := keptOf(t, path)
	return kept, t.name(), err
}

// keptOf is what a topology keeps.
func keptOf(t *topology, path string) ([]shape.Item, error) {
	if t.program().Guarantee != "exactly-once" {
		return nil, &helpfulError{err: fmt.Errorf("%s keeps no state from run to run: its guarantee is %s", path, t.program().Guarantee), help: "`guarantee exactly-once` does, with --store"}
	}
	optimise.Apply(t.program(), false)
	return codegen.Kept(t.program()), nil
}
