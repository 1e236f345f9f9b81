package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// binaries are the programs to compare: topologies by name, built when they are first asked for, and this program for the baselines.
type binaries struct {
	self   string
	ctx    context.Context
	dir    string // where they are built
	here   string // this folder
	topoc  string
	built  map[string]string
	failed error // the first that could not be built
}

// builds are the topologies beside this file, each with what it is built with.
var builds = []struct{ name, folder, flag string }{
	{"words1", "words1", ""},
	{"wordcount", "wordcount", ""},
	{"least", "least", ""},
	{"ints", "ints", ""},
	{"null", "null", ""},
	{"null, a queue", "null", "--no-optimise"},
	{"id", "id", ""},
	{"id, queues", "id", "--no-optimise"},
	{"queues", "queues", ""},
	{"queues, none", "queues", "--guarantee=none"},
	{"frames", "frames", ""},
	{"frames, none", "frames", "--guarantee=none"},
	{"json", "json", ""},
	{"latency", "latency", "--no-optimise"},
}

// newBinaries builds topoc.
func newBinaries(ctx context.Context, dir string) (*binaries, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	here, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "github.com/topo-lang/topo/testdata/bench").Output()
	if err != nil {
		return nil, fmt.Errorf("run this inside the repository: %w", err)
	}
	b := &binaries{self: self, ctx: ctx, dir: dir, here: string(here[:len(here)-1]), topoc: filepath.Join(dir, "topoc"), built: map[string]string{}}
	return b, command(ctx, "go", "build", "-o", b.topoc, "github.com/topo-lang/topo/cmd/topoc")
}

// topo returns the binary of a topology.
func (b *binaries) topo(name string) string {
	if b.built[name] != "" || b.failed != nil {
		return b.built[name]
	}
	for i, build := range builds {
		if build.name != name {
			continue
		}
		out := filepath.Join(b.dir, fmt.Sprintf("%s-%d", build.folder, i))
		args := []string{"build", "-o", out}
		if build.flag != "" {
			args = append(args, build.flag)
		}
		b.failed = command(b.ctx, b.topoc, append(args, filepath.Join(b.here, build.folder))...)
		b.built[name] = out
		return out
	}
	b.failed = fmt.Errorf("no topology is called %q", name)
	return ""
}

func command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %v: %w", filepath.Base(name), args, err)
	}
	return nil
}

// comparisons are made one after the other, each when it is its turn: some write their input first.
var comparisons = []struct {
	name string
	make func(s settings, b *binaries) (*comparison, error)
}{
	{"one", func(s settings, b *binaries) (*comparison, error) {
		c, text, err := words(s, zipf, "word count on one core")
		if err != nil {
			return nil, err
		}
		c.bar, c.oneCore = 0.8, true
		c.programs = []program{
			{"by hand, one goroutine, Scanner.Bytes", []string{b.self, "baseline", "one", text}},
			{"topo", []string{b.topo("words1"), "run", "--input", text}},
			{"by hand, one goroutine, strings.Fields", []string{b.self, "baseline", "fields", text}},
		}
		return c, nil
	}},
	{"wordcount", func(s settings, b *binaries) (*comparison, error) {
		c, text, err := words(s, zipf, "word count on two cores")
		if err != nil {
			return nil, err
		}
		c.bar = 0.6
		c.programs = append(twoCores(b, text), program{"topo, --transport nats", []string{b.topo("wordcount"), "run", "--input", text, "--transport", "nats"}})
		return c, nil
	}},
	{"unique", func(s settings, b *binaries) (*comparison, error) {
		s.size = min(s.size, uniqueSize)
		return textCase(unique, "word count, nearly all keys once")(s, b)
	}},
	{"utf8", textCase(utf8Words, "word count, text that is not ASCII")},
	{"long", textCase(long, "word count, keys of 64 bytes")},
	{"ints", func(s settings, b *binaries) (*comparison, error) {
		c := numbers("count of int keys, on one core", s.tuples/2)
		c.bar, c.oneCore = 1, true
		c.programs = []program{
			{"by hand, one goroutine, map[int64]int64", []string{b.self, "baseline", "ints", c.count()}},
			{"topo", []string{b.topo("ints"), "run", "--tuples", c.count()}},
		}
		return c, nil
	}},
	{"least", func(s settings, b *binaries) (*comparison, error) {
		c, text, err := words(s, zipf, "word count, at-least-once against none")
		if err != nil {
			return nil, err
		}
		c.bar = 1.1
		c.programs = []program{
			{"topo, guarantee none", []string{b.topo("wordcount"), "run", "--input", text}},
			{"topo, guarantee at-least-once", []string{b.topo("least"), "run", "--input", text}},
		}
		return c, nil
	}},
	{"null", func(s settings, b *binaries) (*comparison, error) {
		c := numbers("const spout -> null bolt, fused", 4*s.tuples)
		c.bar = 1.3
		c.programs = []program{
			{"by hand, a call a tuple", []string{b.self, "baseline", "null-call", c.count()}},
			{"topo", []string{b.topo("null"), "run", "--tuples", c.count()}},
		}
		return c, nil
	}},
	{"null-queue", func(s settings, b *binaries) (*comparison, error) {
		c := numbers("const spout -> null bolt, across a queue", s.tuples)
		c.bar = 1.3
		c.programs = []program{
			{"by hand, channel of batches of 1024", []string{b.self, "baseline", "null-1024", c.count()}},
			{"topo, --no-optimise", []string{b.topo("null, a queue"), "run", "--tuples", c.count()}},
			{"by hand, channel of batches of 256", []string{b.self, "baseline", "null-256", c.count()}},
		}
		return c, nil
	}},
	{"id", func(s settings, b *binaries) (*comparison, error) {
		c := numbers("const spout -> id bolt -> null bolt", s.tuples)
		c.bar = 1.3
		c.programs = []program{
			{"by hand, channels of batches of 1024", []string{b.self, "baseline", "id-1024", c.count()}},
			{"topo, --no-optimise", []string{b.topo("id, queues"), "run", "--tuples", c.count()}},
			{"topo", []string{b.topo("id"), "run", "--tuples", c.count()}},
			{"topo, --no-optimise --transport nats", []string{b.topo("id, queues"), "run", "--tuples", c.count(), "--transport", "nats"}},
		}
		return c, nil
	}},
	{"queues", func(s settings, b *binaries) (*comparison, error) {
		c := numbers("const spout -> id bolt, two tasks -> null bolt, at-least-once against none", s.tuples)
		c.bar = 1.3
		c.programs = []program{
			{"topo, guarantee none", []string{b.topo("queues, none"), "run", "--tuples", c.count()}},
			{"topo, guarantee at-least-once", []string{b.topo("queues"), "run", "--tuples", c.count()}},
		}
		return c, nil
	}},
	{"frames", func(s settings, b *binaries) (*comparison, error) {
		c := numbers("100 bytes a tuple, from one process to another through NATS", s.tuples/2)
		c.bar = 1.25 // 0.8 of the throughput
		c.programs = []program{
			{"by hand, NATS messages of 300 tuples", []string{b.self, "baseline", "frames", c.count()}},
			{"topo, two workers", []string{b.topo("frames, none"), "run", "--tuples", c.count()}},
			{"topo, two workers, at-least-once", []string{b.topo("frames"), "run", "--tuples", c.count()}},
		}
		return c, nil
	}},
	{"json", func(s settings, b *binaries) (*comparison, error) {
		text, records, err := jsonText(s.size)
		if err != nil {
			return nil, err
		}
		return &comparison{
			title: fmt.Sprintf("JSON lines -> records -> map, filter -> drop, at-least-once, %.1f M records", float64(records)/1e6),
			unit:  "ns/record",
			units: records,
			rate:  4.54, // 20 x Bento
			programs: []program{
				{"by hand, one goroutine, encoding/json", []string{b.self, "baseline", "json", text}},
				{"topo", []string{b.topo("json"), "run", "--input", text}},
			},
		}, nil
	}},
}

// uniqueSize is how many megabytes of words that come once are counted at the most: they are two million, which take longer to put in order than to count.
const uniqueSize = 18

// words is a comparison of counting the words of a text.
func words(s settings, made textKind, title string) (*comparison, string, error) {
	text, n, err := textFile(made, s.size)
	if err != nil {
		return nil, "", err
	}
	return &comparison{title: fmt.Sprintf("%s, %d MB, %.1f M words", title, s.size, float64(n)/1e6), unit: "ns/word", units: n}, text, nil
}

// twoCores are the programs that count words on two.
func twoCores(b *binaries, text string) []program {
	return []program{
		{"by hand, two goroutines, batches of 1024", []string{b.self, "baseline", "two", text}},
		{"topo", []string{b.topo("wordcount"), "run", "--input", text}},
		{"by hand, one goroutine, Scanner.Bytes", []string{b.self, "baseline", "one", text}},
	}
}

func textCase(made textKind, title string) func(s settings, b *binaries) (*comparison, error) {
	return func(s settings, b *binaries) (*comparison, error) {
		c, text, err := words(s, made, title)
		if err != nil {
			return nil, err
		}
		c.bar, c.programs = 1, twoCores(b, text)
		return c, nil
	}
}

// numbers is a comparison of what is done with so many million numbers.
func numbers(title string, millions int) *comparison {
	return &comparison{title: fmt.Sprintf("%s, %d M tuples", title, millions), unit: "ns/tuple", units: millions * 1_000_000}
}

// count is the numbers' count as an argument.
func (c *comparison) count() string { return strconv.Itoa(c.units) }
