package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// ran runs a program and returns its status and what it wrote.
func ran(t *testing.T, n *numbers, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = Run(context.Background(), n.program(), args, env, strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

// says checks that text has all the parts, in that order.
func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, p := range parts {
		_, after, ok := strings.Cut(rest, p)
		if !ok {
			t.Errorf("%q does not stand, or not in this place, in:\n%s", p, text)
			return
		}
		rest = after
	}
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "numbers.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRunCountsTheSameOnEachTransport(t *testing.T) {
	for _, kind := range []string{"memory", "nats"} {
		code, out, errs := ran(t, &numbers{broker: true}, nil, "run", "--count=5000", "--transport", kind)
		lines := strings.Fields(out)
		sort.Slice(lines, func(i, j int) bool { a, _ := strconv.Atoi(lines[i]); b, _ := strconv.Atoi(lines[j]); return a < b })
		if code != exitDone || errs != "" || len(lines) != 5000 || lines[0] != "1" || lines[4999] != "5000" {
			t.Errorf("%s: status %d, %d lines, %s", kind, code, len(lines), errs)
		}
		if lines = slices.Compact(lines); len(lines) != 5000 {
			t.Errorf("%s: only %d different lines", kind, len(lines))
		}
	}
}

func TestPrecedence(t *testing.T) {
	conf := file(t, "count: 1\nprefix = 'config '\nmax_line = 8MB")
	for _, c := range []struct {
		env  []string
		args []string
		want string
	}{
		{nil, nil, "config 1\n"},
		{[]string{"NUMBERS_PREFIX=env ", "NUMBERS_COUNT=2"}, nil, "env 1\nenv 2\n"},
		{[]string{"NUMBERS_PREFIX=env "}, []string{"--prefix", "flag "}, "flag 1\n"},
		{nil, []string{"--prefix=", "--prefix=-"}, "-1\n"},
		{[]string{"NUMBERS_PREFIX="}, nil, "1\n"},
	} {
		n := &numbers{}
		code, out, errs := ran(t, n, c.env, append([]string{"run", "--config", conf}, c.args...)...)
		lines := strings.SplitAfter(out, "\n")
		sort.Strings(lines)
		if code != exitDone || strings.Join(lines, "") != c.want {
			t.Errorf("%v %v: status %d, %q, %s", c.env, c.args, code, out, errs)
		}
		if n.maxLine != 8<<20 {
			t.Errorf("max_line = %d", n.maxLine)
		}
	}
}

func TestEveryTypeOfParam(t *testing.T) {
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	want := numbers{count: 1, prefix: "x", live: true, every: 36 * time.Hour, since: day, ratio: 0.5, maxLine: 512 << 20}
	conf := file(t, "count=1; prefix=x\nlive: yes\nevery: 1d12h\nsince: 2026-01-02T00:00:00Z\nratio: 0.5\nmax_line: \"512MB\"\n# a comment\n")
	for name, args := range map[string][]string{
		"flags":  {"--count", "1", "--prefix", "x", "--live", "--every", "36h", "--since", "2026-01-02", "--ratio", "5e-1", "--max_line", "512MB"},
		"dashes": {"--count=1", "--prefix=x", "--live=true", "--every=1d12h", "--since=2026-01-02T01:00:00+01:00", "--ratio=.5", "--max-line=524288KiB"},
		"config": {"--config", conf},
	} {
		got := &numbers{}
		if code, _, errs := ran(t, got, nil, append([]string{"run"}, args...)...); code != exitDone {
			t.Errorf("%s: status %d, %s", name, code, errs)
		}
		if *got != want {
			t.Errorf("%s: %+v", name, *got)
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	conf := file(t, "\nevery: soon\ncuont: 1\nprefix: 007\nratio: [ 1 ]\n")
	code, out, errs := ran(t, &numbers{breaks: errors.New("it ran")}, []string{"NUMBERS_SINCE=yesterday", "NUMBERS_RATIO=NaN"},
		"run", "--count", "many", "--live=perhaps", "--max-line", "9223372036854775807KB", "--config", conf, "--transport=pigeon")
	if code != exitUsage || out != "" {
		t.Errorf("status %d, %q", code, out)
	}
	says(t, errs,
		`error: --transport "pigeon" is not known`, "help: write memory or nats",
		`error: `+conf+`:3: "cuont" is not a param of numbers`, "help: did you mean count?",
		`error: `+conf+`:4: param prefix is not a string here`, "in quotes",
		`error: `+conf+`:5: param ratio is not a float here`,
		`error: param count: "many", from --count, is not an int`, "help: write a whole number, such as 42",
		`error: param live: "perhaps", from --live, is not a bool`,
		`error: param every: "soon", from `+conf+`:2, is not a duration`,
		`error: param since: "yesterday", from the environment variable NUMBERS_SINCE, is not a time`,
		`error: param ratio: "NaN", from the environment variable NUMBERS_RATIO, is not a float`,
		`error: param max_line: "9223372036854775807KB"`)
	if strings.Contains(errs, "it ran") {
		t.Error("it ran all the same")
	}
}

func TestRequiredParams(t *testing.T) {
	p := (&numbers{}).program()
	p.Params[0].Required = true
	var errs bytes.Buffer
	if code := Run(context.Background(), p, []string{"run"}, nil, nil, &errs, &errs); code != exitUsage {
		t.Errorf("status %d", code)
	}
	says(t, errs.String(), "error: param count has no value", "--count N", "NUMBERS_COUNT", "config file")
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"rum"}, []string{`unknown command "rum"`, "did you mean run?"}},
		{[]string{"explode"}, []string{`unknown command "explode"`, "numbers help"}},
		{[]string{"--count", "1"}, []string{`before the command: "--count"`, "numbers run --count"}},
		{[]string{"run", "--cuont", "1", "--prefx=2", "x"}, []string{"unknown flag --cuont", "did you mean --count?", "unknown flag --prefx", "--prefix?", "unexpected argument, the 4. behind", "numbers run -h"}},
		{[]string{"run", "-count", "1"}, []string{"unknown flag -count", "two dashes: --count"}},
		{[]string{"run", "--count"}, []string{"flag --count needs a value", "--count N"}},
		{[]string{"plan", "all"}, []string{`unexpected argument "all"`}},
		{[]string{"plan", "--josn"}, []string{"unknown flag --josn", "--json?"}},
		{[]string{"plan", "--json=1"}, []string{"--json=1: this flag has no value"}},
		{[]string{"graph", "--format", "sgv"}, []string{`unknown format "sgv"`, "svg?"}},
		{[]string{"run", "--config", "no/such/file"}, []string{"config file no/such/file cannot be read", "--config"}},
		{[]string{"run", "--config", file(t, "count = 1\ncount {\n")}, []string{"error: ", "numbers.conf", "PARAM = VALUE"}},
		{[]string{"run", "--config", file(t, "a\n\n= = =")}, []string{"error: ", "numbers.conf", "PARAM = VALUE"}},
	} {
		code, out, errs := ran(t, &numbers{}, nil, c.args...)
		if code != exitUsage || out != "" {
			t.Errorf("%q: status %d, %q", c.args, code, out)
		}
		says(t, errs, c.says...)
	}
}

func TestShow(t *testing.T) {
	for args, want := range map[string]string{
		"plan":                   "the plan\n",
		"plan --json":            "{\"plan\": 1}\n",
		"plan --source":          "// numbers.topo\ntopology numbers {}\n",
		"graph":                  "digraph {}\n",
		"graph --format dot":     "digraph {}\n",
		"graph --format=mermaid": "flowchart\n",
		"graph --format svg":     "<svg/>\n",
	} {
		if code, out, errs := ran(t, &numbers{}, nil, strings.Fields(args)...); code != exitDone || out != want || errs != "" {
			t.Errorf("%s: status %d, %q, %s", args, code, out, errs)
		}
	}
	for _, args := range []string{"version", "--version", "-v"} {
		_, out, _ := ran(t, &numbers{}, nil, args)
		says(t, out, "numbers, guarantee none", "topoc v0.1.0", "go1.")
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{nil, {"-h"}, {"--help"}, {"help"}} {
		code, out, errs := ran(t, &numbers{}, nil, args...)
		if code != exitDone || errs != "" {
			t.Errorf("%q: status %d, %s", args, code, errs)
		}
		says(t, out, "numbers: Prints numbers.", "examples:", "numbers run ", "run until", "--count N", "NUMBERS_COUNT=N numbers run", "commands:", "graph", "--max-line N", "NUMBERS_MAX_LINE")
	}
	for _, args := range [][]string{{"run", "-h"}, {"help", "run"}, {"run", "--cuont", "--help"}} {
		code, out, _ := ran(t, &numbers{}, nil, args...)
		if code != exitDone {
			t.Errorf("%q: status %d", args, code)
		}
		says(t, out, "numbers run:", "What stands before. (default \"\")", "To get in. (secret:", "flags:", "--store DIR", "--transport KIND", "--listen ADDR", "exit status")
	}
	_, out, _ := ran(t, &numbers{}, nil, "plan", "-h")
	says(t, out, "numbers plan:", "--json")
}

func TestFailedTuples(t *testing.T) {
	code, out, errs := ran(t, &numbers{fails: 3}, nil, "run", "--count", "10")
	if code != exitFailed || strings.Count(out, "\n") != 7 {
		t.Errorf("status %d, %q", code, out)
	}
	says(t, errs, "error: 3 tuples failed", "\n  same at numbers.topo:10: 1 tuple: no such number", "\n  same at numbers.topo:11: 2 tuples: no such number")
}

type helpful struct{ error }

func (helpful) Help() string { return "try\nanother" }

func TestFailedRun(t *testing.T) {
	for _, kind := range []string{"memory", "nats"} {
		n := &numbers{breaks: fmt.Errorf("cannot write to %s: %w", "db://user:pa%20ss@host, pa ss", helpful{errors.New("no")})}
		code, out, errs := ran(t, n, []string{"NUMBERS_PASSWORD=pa ss"}, "run", "--transport", kind)
		if code != exitFailed || out != "" {
			t.Errorf("status %d, %q", code, out)
		}
		says(t, errs, "complete: false\n", "error: out: cannot write to db://user:(secret)@host, (secret): no\n", "  help: try\n        another\n")
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	const secret = "hunter2hunter2"
	p := (&numbers{password: secret}).program()
	p.Params[6].Default = secret
	p.Params = append(p.Params, Param{Name: "pin", Type: "int", Secret: true, Default: secret, Value: new(int64)})
	bad := file(t, "count: 1\npassword: $"+secret+"\n")
	wrong := file(t, "password: "+secret+" {\n = "+secret)
	list := file(t, "password: [ "+secret+" ]\npin: "+secret)
	for _, args := range [][]string{
		nil, {"run", "-h"}, {"run", "--pin", secret}, {"run", "--pin=" + secret, "--count=x"},
		{"run", "--config", bad}, {"run", "--config", wrong}, {"run", "--config", list},
		{"run", "--pasword", secret}, {"run", "--pasword=" + secret}, {"run", "--password", "", secret},
	} {
		var out bytes.Buffer
		code := Run(context.Background(), p, args, []string{"NUMBERS_PIN=" + secret}, nil, &out, &out)
		if strings.Contains(out.String(), secret) || strings.Contains(out.String(), secret[1:]) {
			t.Errorf("%q (status %d) prints the secret:\n%s", args, code, out.String())
		}
		if args == nil || args[1] == "-h" {
			continue
		}
		if code != exitUsage {
			t.Errorf("%q: status %d\n%s", args, code, out.String())
		}
	}
}

func TestServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	code, _, errs := ran(t, &numbers{}, nil, "run", "--count", "1", "--listen", l.Addr().String())
	if code != exitFailed {
		t.Errorf("status %d", code)
	}
	says(t, errs, "error: cannot listen on "+l.Addr().String(), "another program", "help: choose another port")
	store := filepath.Join(t.TempDir(), "store")
	code, _, errs = ran(t, &numbers{}, nil, "run", "--count", "1", "--listen", "127.0.0.1:0", "--store", store)
	if code != exitDone {
		t.Errorf("status %d", code)
	}
	says(t, errs, "numbers: listening on nats://127.0.0.1:", "complete: true")
	if _, err := os.Stat(store); err != nil {
		t.Error(err)
	}
	code, _, errs = ran(t, &numbers{}, nil, "run", "--count", "1", "--listen", "0.0.0.0:0")
	if code != exitUsage {
		t.Errorf("status %d", code)
	}
	says(t, errs, "other machines could reach it")
	code, _, errs = ran(t, &numbers{}, nil, "run", "--count", "1", "--listen", "4222", "--store", file(t, "no folder"), "--metrics", "9464")
	if code != exitUsage {
		t.Errorf("status %d", code)
	}
	says(t, errs, `metrics at "9464"`, "is a file", "name a folder with --store")
	code, _, errs = ran(t, &numbers{}, nil, "run", "--count", "1", "--listen", "127.0.0.1:0", "--accept", "1")
	if code != exitUsage {
		t.Errorf("status %d", code)
	}
	says(t, errs, "--accept: workers that join need a name and a password", "--user-file")
}

func TestCancelledByCaller(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	out := writer(func(p []byte) (int, error) { cancel(errors.New("the caller is tired")); return len(p), nil })
	var errs bytes.Buffer
	if code := Run(ctx, (&numbers{}).program(), []string{"run"}, nil, nil, out, &errs); code != exitFailed {
		t.Errorf("status %d", code)
	}
	says(t, errs.String(), "error: ", "the caller is tired")
}

func TestRunLeavesNothing(t *testing.T) {
	ran(t, &numbers{}, nil, "run", "--count", "1") // starts what os/signal keeps
	before := runtime.NumGoroutine()
	for _, args := range [][]string{{"run"}, {"run", "--transport", "nats", "--store", t.TempDir()}} {
		for _, n := range []*numbers{{broker: true}, {breaks: errors.New("no")}} {
			ran(t, n, nil, append(args, "--count", "1000")...)
		}
	}
	for end := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<20)
			t.Fatalf("goroutines are left:\n%s", buf[:runtime.Stack(buf, true)])
		}
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestEnumParam(t *testing.T) {
	type level uint8
	names := []string{"low", "medium", "high"}
	run := func(args, env []string) (level, int, string, string) {
		v := level(1)
		p := (&numbers{count: 1}).program()
		p.Params = []Param{{Name: "least", Doc: "What counts.", Type: "Level", Default: "medium", Value: EnumOf(&v, names)}}
		var out, errs bytes.Buffer
		code := Run(context.Background(), p, args, env, strings.NewReader(""), &out, &errs)
		return v, code, out.String(), errs.String()
	}
	for _, c := range []struct {
		args, env []string
		want      level
	}{
		{[]string{"run"}, nil, 1},
		{[]string{"run", "--least", "high"}, nil, 2},
		{[]string{"run"}, []string{"NUMBERS_LEAST=low"}, 0},
		{[]string{"run", "--config", file(t, "least: high")}, nil, 2},
	} {
		if v, code, _, errs := run(c.args, c.env); v != c.want || code != exitDone {
			t.Errorf("%v: %d, status %d: %s", c.args, v, code, errs)
		}
	}
	v, code, _, errs := run([]string{"run", "--least=hihg"}, nil)
	if v != 1 || code != exitUsage {
		t.Errorf("%d, status %d", v, code)
	}
	says(t, errs, "error: param least:", "hihg", "--least", "is not one of its values", "did you mean high?", "one of low, medium, high")
	_, _, out, _ := run([]string{"run", "--help"}, nil)
	says(t, out, "--least NAME", "What counts. (one of low, medium, high; default medium)")
}

// A message may name the folder of a path that is a secret.
func TestFoldersOfSecretsAreNotPrinted(t *testing.T) {
	path := "/srv/hunter2/file"
	var out bytes.Buffer
	m := &messages{w: &out}
	m.hide([]Param{{Name: "path", Secret: true, Value: &path}})
	fmt.Fprintf(m, "o: %s: cannot be written\nhelp: make the folder %s first\n", path, filepath.Dir(path))
	if got, want := out.String(), "o: (secret): cannot be written\nhelp: make the folder (secret) first\n"; got != want {
		t.Errorf("%q", got)
	}
}
