package codegen_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/codegen"
	"github.com/topo-lang/topo/codegen/build"
	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/compiler/optimise"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/stdlib"
)

var update = flag.Bool("update", false, "write the golden files anew")

// libraries is shared, as in topoc: each library is read once.
var libraries = library.New(stdlib.Signatures)

// compile compiles the .topo files of an archive.
func compile(t *testing.T, a *txtar.Archive) (*compiler.Result, []*source.File) {
	t.Helper()
	var files []*source.File
	shelf := map[string][]*source.File{} // libraries, by folder
	for _, f := range a.Files {
		switch {
		case !strings.HasSuffix(f.Name, ".topo"):
		case strings.Contains(f.Name, "/"):
			shelf[path.Dir(f.Name)] = append(shelf[path.Dir(f.Name)], source.NewFile(f.Name, string(f.Data)))
		default:
			files = append(files, source.NewFile(f.Name, string(f.Data)))
		}
	}
	load := func(folder string) ([]*source.File, []diag.Diagnostic) { return shelf[filepath.ToSlash(folder)], nil }
	opts := compiler.Options{Libraries: libraries, Load: load}
	for _, f := range a.Files {
		if isGo(f.Name) {
			if opts.Base == "" {
				opts.Go, opts.Base = true, t.TempDir()
			}
			name := filepath.Join(opts.Base, filepath.FromSlash(f.Name))
			if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, f.Data, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
	r, ds := compiler.Compile(files, opts)
	if r.Program == nil {
		var b bytes.Buffer
		diag.Render(&b, r.Sources, ds, false)
		t.Fatalf("does not compile:\n%s", b.String())
	}
	return r, files
}

// isGo tells the Go code of a case: it stands in a folder below the topology's.
func isGo(name string) bool {
	return strings.HasSuffix(name, ".go") && strings.Contains(name, "/") || name == "go.mod" || name == "go.sum"
}

// generate writes the Go of an archive's topology, optimised or as it is written.
func generate(t *testing.T, a *txtar.Archive, plain bool) (*compiler.Result, []*source.File, map[string][]byte) {
	t.Helper()
	r, files := compile(t, a)
	optimise.Apply(r.Program, plain)
	generated, err := codegen.Generate(r.Program, codegen.Texts{Plan: r.Plan.Text()})
	if err != nil {
		t.Fatal(err)
	}
	return r, files, generated
}

// buildCase builds the topology of an archive, optimised, and returns the path of its binary.
func buildCase(t *testing.T, a *txtar.Archive) string { return buildOne(t, a, false) }

func buildOne(t *testing.T, a *txtar.Archive, plain bool) string {
	t.Helper()
	r, files, generated := generate(t, a, plain)
	binary := filepath.Join(t.TempDir(), "topology")
	opts := build.Options{Output: binary, Sources: files, Stderr: os.Stderr}
	if r.Program.Go != nil {
		opts.Module = r.Program.Go.Folder
	}
	ds, err := build.Binary(context.Background(), generated, opts)
	if err != nil || len(ds) > 0 {
		var b bytes.Buffer
		diag.Render(&b, files, ds, false)
		t.Fatalf("does not build: %v\n%s", err, b.String())
	}
	return binary
}

// TestRun builds each topology of testdata/run and runs it, in memory, through the embedded server, and in two processes, optimised, and as it is
// written where that differs: both must give the same. A file of the archive
// that the topology writes is compared; `sorted` compares its lines in any order, `lines` counts them; stderr
// holds texts that must be there; args are further arguments, and stdin what is typed; status is the exit status where it is not 0.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds binaries")
	}
	cases, err := filepath.Glob("testdata/run/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, c := range buildCases(t, cases) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.alone(t)
			for _, transport := range []string{"memory", "nats", "workers"} {
				t.Run(transport, func(t *testing.T) { runCase(t, c.archive, c.optimised, transport) })
			}
			if c.plain == nil {
				return
			}
			for _, transport := range []string{"memory", "nats"} {
				t.Run("plain/"+transport, func(t *testing.T) { runCase(t, c.archive, c.plain, transport) })
			}
		})
	}
}

// runCase runs a binary in a folder that holds the archive's input files, and compares what it did.
func runCase(t *testing.T, a *txtar.Archive, b *built, transport string) {
	dir := t.TempDir()
	made := map[string]bool{}
	for _, f := range a.Files {
		if strings.HasSuffix(f.Name, ".txt") {
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			made[f.Name] = true
		}
	}
	args := []string{"run", "--transport", transport}
	if transport == "workers" {
		args = []string{"run", "--workers", "2"}
	}
	var stdin []byte
	for _, f := range a.Files {
		switch f.Name {
		case "args":
			args = append(args, strings.Fields(string(f.Data))...)
		case "stdin":
			stdin = f.Data
		}
	}
	cmd := exec.Command(b.binary, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, b.env, bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	status := 0
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatal(err)
		}
		status = exit.ExitCode()
	}
	want := 0
	for _, f := range a.Files {
		name, how, _ := strings.Cut(f.Name, " ")
		switch {
		case name == "stdout":
			compare(t, f.Name, how, stdout.Bytes(), f.Data)
		case name == "stderr":
			for line := range strings.Lines(string(f.Data)) {
				if !strings.Contains(stderr.String(), strings.TrimSpace(line)) {
					t.Errorf("stderr has no %q:\n%s", strings.TrimSpace(line), stderr.String())
				}
			}
		case name == "args", name == "stdin":
		case name == "status":
			want, _ = strconv.Atoi(strings.TrimSpace(string(f.Data)))
		case strings.HasSuffix(name, ".topo"), made[name], isGo(name):
		default:
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Error(err)
			}
			compare(t, f.Name, how, got, f.Data)
		}
	}
	if status != want {
		t.Errorf("exit status %d, want %d; stderr:\n%s", status, want, stderr.String())
	}
}

func compare(t *testing.T, name, how string, got, want []byte) {
	t.Helper()
	switch how {
	case "lines":
		got = strconv.AppendInt(nil, int64(bytes.Count(got, []byte("\n"))), 10)
		want = bytes.TrimSpace(want)
	case "sorted":
		lines := strings.SplitAfter(string(got), "\n")
		slices.Sort(lines)
		got = []byte(strings.Join(lines, ""))
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
	}
}

// TestGolden compares the Go written for each topology of testdata/golden, and that writing it again gives the same bytes.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r, _ := compile(t, a)
			generated, err := codegen.Generate(r.Program, codegen.Texts{})
			if err != nil {
				t.Fatal(err)
			}
			second, _ := compile(t, a)
			again, err := codegen.Generate(second.Program, codegen.Texts{})
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range generated {
				if !bytes.Equal(text, again[name]) {
					t.Errorf("%s differs from one run to the next", name)
				}
			}
			got := &txtar.Archive{Comment: a.Comment}
			for _, f := range a.Files {
				if strings.HasSuffix(f.Name, ".topo") || isGo(f.Name) {
					got.Files = append(got.Files, f)
				}
			}
			for _, name := range slices.Sorted(maps.Keys(generated)) {
				if name != "about.go" {
					got.Files = append(got.Files, txtar.File{Name: name, Data: generated[name]})
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if !bytes.Equal(txtar.Format(got), txtar.Format(a)) {
				t.Errorf("the generated Go differs; run the test with -update and look at the difference:\n%s", txtar.Format(got))
			}
		})
	}
}
