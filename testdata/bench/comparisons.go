package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// binaries are the programs to compare: topologies by name, and this program for the baselines.
type binaries struct {
	self string
	topo map[string]string
}

// buildAll builds topoc, and with it the topologies beside this file.
func buildAll(ctx context.Context, dir string) (binaries, error) {
	self, err := os.Executable()
	if err != nil {
		return binaries{}, err
	}
	b := binaries{self: self, topo: map[string]string{}}
	topoc := filepath.Join(dir, "topoc")
	if err := command(ctx, "go", "build", "-o", topoc, "github.com/topo-lang/topo/cmd/topoc"); err != nil {
		return b, err
	}
	root, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "github.com/topo-lang/topo/testdata/bench").Output()
	if err != nil {
		return b, fmt.Errorf("run this inside the repository: %w", err)
	}
	here := string(root[:len(root)-1])
	for _, name := range []string{"wordcount", "null", "id"} {
		b.topo[name] = filepath.Join(dir, name)
		if err := command(ctx, topoc, "build", "-o", b.topo[name], filepath.Join(here, name)); err != nil {
			return b, err
		}
	}
	return b, nil
}

func command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %v: %w", filepath.Base(name), args, err)
	}
	return nil
}

// wordCount compares counting the words of a text.
func wordCount(_ context.Context, s settings, b binaries) (*comparison, error) {
	text, words, err := zipfText(s.size)
	if err != nil {
		return nil, err
	}
	return &comparison{
		name:  "wordcount",
		title: fmt.Sprintf("word count, %d MB of Zipf text, %.1f M words", s.size, float64(words)/1e6),
		unit:  "ns/word",
		units: words,
		programs: []program{
			{"by hand, two goroutines, batches of 1024 (the bar)", []string{b.self, "baseline", "two", text}},
			{"by hand, one goroutine, Scanner.Bytes", []string{b.self, "baseline", "one", text}},
			{"by hand, one goroutine, strings.Fields", []string{b.self, "baseline", "fields", text}},
			{"topo", []string{b.topo["wordcount"], "run", "--input", text}},
			{"topo, --transport nats", []string{b.topo["wordcount"], "run", "--input", text, "--transport", "nats"}},
		},
	}, nil
}

// null compares handing tuples from a source to a step that only counts them.
func null(_ context.Context, s settings, b binaries) (*comparison, error) {
	return numbers("null", "const spout -> null bolt", s, b, []program{
		{"by hand, channel of batches of 1024 (the bar)", []string{b.self, "baseline", "null-1024"}},
		{"by hand, channel of batches of 256", []string{b.self, "baseline", "null-256"}},
		{"by hand, a call a tuple", []string{b.self, "baseline", "null-call"}},
	}), nil
}

// id compares the same with a step between.
func id(_ context.Context, s settings, b binaries) (*comparison, error) {
	return numbers("id", "const spout -> id bolt -> null bolt", s, b, []program{
		{"by hand, channels of batches of 1024 (the bar)", []string{b.self, "baseline", "id-1024"}},
		{"by hand, channels of batches of 256", []string{b.self, "baseline", "id-256"}},
	}), nil
}

func numbers(name, title string, s settings, b binaries, programs []program) *comparison {
	n := s.tuples * 1_000_000
	count := strconv.Itoa(n)
	for i := range programs {
		programs[i].command = append(programs[i].command, count)
	}
	topo := []string{b.topo[name], "run", "--tuples", count}
	return &comparison{
		name:     name,
		title:    fmt.Sprintf("%s, %d M tuples", title, s.tuples),
		unit:     "ns/tuple",
		units:    n,
		programs: append(programs, program{"topo", topo}, program{"topo, --transport nats", append(topo, "--transport", "nats")}),
	}
}
