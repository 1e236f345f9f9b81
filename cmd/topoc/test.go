package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/codegen"
	"github.com/topo-lang/topo/codegen/build"
	"github.com/topo-lang/topo/runtime/trial"
)

func testCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "test",
		Usage:     "run the tests of a topology",
		ArgsUsage: "[PATH...]",
		Description: `Runs the test blocks of each topology in PATH (here: the current folder), by a clock of their own and without the
world: spouts read what the tests give them, and sinks keep what they are given. Exits with status 1 where a test fails.

  topoc test                        the tests of the topology in this folder
  topoc test ./...                  of all topologies in this folder and those below it
  topoc test --run count . -v       those whose name matches, and say how each went
  topoc test --cover                say which lines no test reaches
  topoc test --shuffle 7            let tasks take turns in another order: what holds must not depend on it
  topoc test --junit report.xml     also write a report for a build server`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "run", Usage: "run the tests whose name matches `REGEX`"},
			&cli.BoolFlag{Name: "verbose", DisableDefaultText: true, Aliases: []string{"v"}, Usage: "show the tests that pass too"},
			&cli.BoolFlag{Name: "json", DisableDefaultText: true, Usage: "print a line of JSON for each test"},
			&cli.StringFlag{Name: "junit", TakesFile: true, Usage: "write a JUnit report to `FILE`"},
			&cli.BoolFlag{Name: "cover", DisableDefaultText: true, Usage: "show which lines were executed"},
			&cli.StringFlag{Name: "coverprofile", TakesFile: true, Usage: "write how often each line was executed to `FILE`"},
			&cli.DurationFlag{Name: "timeout", Value: time.Minute, Usage: "how long a test may take, whatever its clock says"},
			&cli.Uint64Flag{Name: "shuffle", Aliases: []string{"seed"}, DefaultText: "0: in order", Usage: "choose at random, by this `SEED`, whose turn it is among the tasks"},
		},
		Action: func(ctx *cli.Context) error {
			o := testOptions{
				run: ctx.String("run"), verbose: ctx.Bool("verbose"), json: ctx.Bool("json"), junit: ctx.String("junit"),
				cover: ctx.Bool("cover"), profile: ctx.String("coverprofile"), seed: ctx.Uint64("shuffle"), timeout: ctx.Duration("timeout"),
			}
			if o.timeout <= 0 {
				return &usageError{text: fmt.Sprintf("--timeout is longer than nothing, not %s", o.timeout)}
			}
			if _, err := regexp.Compile(o.run); err != nil {
				return &usageError{text: fmt.Sprintf("--run is no regular expression: %v", err)}
			}
			paths := ctx.Args().Slice()
			if len(paths) == 0 {
				paths = []string{"."}
			}
			return runTests(ctx.Context, c, o, paths)
		},
	}
}

type testOptions struct {
	run, junit, profile  string
	verbose, json, cover bool
	seed                 uint64
	timeout              time.Duration
}

// suiteResult is what the tests of one topology came to.
type suiteResult struct {
	Name    string
	Path    string
	Results []trial.Result
	Cover   []trial.Covered
	broken  string // why the tests could not run to their end
}

func (s *suiteResult) failed() int {
	n := 0
	for _, r := range s.Results {
		if len(r.Failures) > 0 {
			n++
		}
	}
	return n
}

// runTests runs the tests of every topology of the paths, and shows how they went.
func runTests(ctx context.Context, c *console, o testOptions, paths []string) error {
	topologies, err := findTopologies(paths)
	if err != nil {
		return err
	}
	show := &testReport{c: c, o: o, colour: isTerminal(c.out.w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	failed := false
	var all []*suiteResult
	for _, path := range topologies {
		s, err := testOne(ctx, c, o, path)
		if err != nil {
			if !errors.Is(err, errReported) {
				return err
			}
			failed = true
			continue
		}
		show.suite(s)
		all = append(all, s)
		failed = failed || s.failed() > 0 || s.broken != ""
	}
	if o.junit != "" {
		if err := writeJUnit(o.junit, all); err != nil {
			return err
		}
	}
	if o.profile != "" {
		if err := writeProfile(o.profile, all); err != nil {
			return err
		}
	}
	if failed {
		return errReported
	}
	if ran := slices.ContainsFunc(all, func(s *suiteResult) bool { return len(s.Results) > 0 }); o.run != "" && !ran {
		// A misspelt name must not look like tests that pass.
		return &helpfulError{err: fmt.Errorf("no test matches --run %q", o.run), help: "topoc test -v shows their names"}
	}
	return nil
}

// testOne builds the tests of one topology, or finds them in the cache, and runs them.
func testOne(ctx context.Context, c *console, o testOptions, path string) (*suiteResult, error) {
	t, err := load(c, path)
	if err != nil {
		return nil, err
	}
	s := &suiteResult{Name: t.name(), Path: path}
	if len(t.program().Tests) == 0 {
		return s, nil
	}
	files, err := codegen.GenerateTests(t.program(), codegen.TestOptions{Cover: o.cover || o.profile != ""})
	if err != nil {
		return nil, err
	}
	slot, err := newSlot(files, t.name()+"-test", t.program().Go)
	if err != nil {
		return nil, err
	}
	if !slot.found() {
		if err := slot.prepare(); err != nil {
			return nil, err
		}
		if err := compile(ctx, c, t, files, build.Options{Output: slot.binary}); err != nil {
			return nil, err
		}
		slot.built()
		slot.prune()
	}
	args := []string{"--run", o.run, "--seed", fmt.Sprint(o.seed), "--timeout", o.timeout.String()}
	cmd := exec.CommandContext(ctx, slot.binary, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	lines := json.NewDecoder(&stdout)
	for lines.More() {
		var r trial.Result
		if err := lines.Decode(&r); err != nil {
			break
		}
		if r.Test == "" && r.Cover != nil {
			s.Cover = r.Cover
		} else {
			s.Results = append(s.Results, r)
		}
	}
	if runErr != nil {
		s.broken = strings.TrimSpace(fmt.Sprintf("the tests broke off: %v\n%s", runErr, stderr.String()))
	}
	return s, nil
}

// header finds the topologies' headers of a text.
var header = regexp.MustCompile(`(?m)^topology\s`)

// findTopologies names the topologies of the paths; `FOLDER/...` are those of a folder and of all below it.
func findTopologies(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		if path != "..." && !strings.HasSuffix(path, "/...") {
			out = append(out, path)
			continue
		}
		root := filepath.Clean(strings.TrimSuffix(path, "..."))
		found := map[string][]string{}
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && name != root && strings.HasPrefix(d.Name(), "."):
				return filepath.SkipDir
			case !d.IsDir() && filepath.Ext(name) == ".topo" && !strings.HasPrefix(d.Name(), "."):
				text, err := os.ReadFile(name)
				if err == nil && header.Match(text) {
					found[filepath.Dir(name)] = append(found[filepath.Dir(name)], name)
				}
			}
			return nil
		})
		if err != nil {
			return nil, &helpfulError{err: fmt.Errorf("cannot look for topologies in %s: %w", root, err), help: "name a folder: topoc test ./..."}
		}
		if len(found) == 0 {
			where := "this folder"
			if root != "." {
				where = root
			}
			return nil, &helpfulError{err: fmt.Errorf("there is no topology in %s, nor in a folder below it", where), help: "name a folder that holds some: topoc test FOLDER/..."}
		}
		before := len(out)
		for folder, files := range found {
			if len(files) == 1 {
				out = append(out, folder) // with the files beside it
			} else {
				out = append(out, files...)
			}
		}
		slices.Sort(out[before:])
	}
	return out, nil
}
