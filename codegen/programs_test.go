package codegen_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// programsPerBinary is how many programs are compiled together: the Go compiler's start is dear.
const (
	programsPerBinary = 60
	tuplesPerProgram  = 30
)

// TestPrograms writes well-typed programs at random, compiles and runs them, and compares what they do with what the interpreter
// says: every tuple, and every failed tuple's place. TOPO_PROGRAMS says how many (60 otherwise), TOPO_SEED which.
func TestPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds binaries")
	}
	total, seed := programsPerBinary, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("TOPO_PROGRAMS")); err == nil {
		total = n
	}
	if n, err := strconv.ParseUint(os.Getenv("TOPO_SEED"), 10, 64); err == nil {
		seed = n
	}
	done, refused := 0, 0
	for ; done < total; seed++ {
		n := min(programsPerBinary, total-done)
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			text, dropped := randomTopology(t, seed, n)
			refused += dropped
			comparePrograms(t, text)
		}) {
			return
		}
		done += n
	}
	t.Logf("%d programs, and %d whose constants overflow or divide by zero", done, refused)
}

// randomTopology is a topology of n programs, and how many others were refused for what a constant comes to.
func randomTopology(t *testing.T, seed uint64, n int) (text string, dropped int) {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 0))}
	whole := fmt.Sprintf(header, tuplesPerProgram)
	var sinks []string
	for id := 0; len(sinks) < n; id++ {
		one := w.program(id)
		r, ds := compileText(fmt.Sprintf(header, 1) + one + fmt.Sprintf("sink out(q%d) = stdout.print()\n", id))
		if r.Program == nil {
			for _, d := range ds {
				if d.Severity == diag.Error && d.Code != "E0405" && d.Code != "E0406" {
					var b bytes.Buffer
					diag.Render(&b, r.Sources, ds, false)
					t.Fatalf("a program that should be well-typed:\n%s\n%s", b.String(), one)
				}
			}
			if dropped++; dropped > 2*n {
				t.Fatal("the writer writes too many programs that do not compile")
			}
			continue
		}
		whole += one
		sinks = append(sinks, fmt.Sprintf("q%d", id))
	}
	return whole + "sink out(" + strings.Join(sinks, " | ") + ") = stdout.print()\n", dropped
}

func compileText(text string) (*compiler.Result, []diag.Diagnostic) {
	return compiler.Compile([]*source.File{source.NewFile("random.topo", text)}, compiler.Options{Libraries: libraries})
}

func comparePrograms(t *testing.T, text string) {
	a := &txtar.Archive{Files: []txtar.File{{Name: "random.topo", Data: []byte(text)}}}
	r, files := compile(t, a)
	m := &machine{prog: r.Program, place: func(at ir.Stmt, x ir.Expr) string {
		span := source.Span{}
		if x != nil {
			span = x.At()
		} else {
			span = at.At()
		}
		return fmt.Sprintf("random.topo:%d", files[0].LineOf(span.Start))
	}}
	m.run(tuplesPerProgram)
	want := map[string][]string{}
	tsv := strings.NewReplacer("\t", `\t`, "\n", `\n`, "\r", `\r`)
	for _, c := range r.Program.Components {
		if c.Kind != ir.Bolt || !strings.HasPrefix(c.Name, "q") {
			continue
		}
		id := strings.TrimPrefix(c.Name, "q")
		for _, tup := range m.out[c.Outputs[0]] {
			want[id] = append(want[id], tsv.Replace(tup[1].(string)))
		}
	}
	cmd := exec.Command(buildCase(t, a), "run")
	cmd.Dir = t.TempDir()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for line := range strings.Lines(stdout.String()) {
		id, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		got[id] = append(got[id], rest)
	}
	if stdout.Len() == 0 || len(m.failed) == 0 {
		t.Error("nothing was emitted, or nothing failed: this compares nothing")
	}
	failed := map[string]int{}
	for _, f := range regexp.MustCompile(`(?m)^  (\w+ at random\.topo:\d+): (\d+) tuples?`).FindAllStringSubmatch(stderr.String(), -1) {
		failed[f[1]], _ = strconv.Atoi(f[2])
	}
	for id := range want {
		slices.Sort(want[id])
	}
	for id := range got {
		slices.Sort(got[id])
	}
	wrong := 0
	for _, c := range r.Program.Components {
		id, is := strings.CutPrefix(c.Name, "q")
		if c.Kind != ir.Bolt || !is {
			continue
		}
		if !slices.Equal(want[id], got[id]) {
			wrong++
			t.Errorf("program %s: gives\n  %s\nand should\n  %s", id, strings.Join(got[id], "\n  "), strings.Join(want[id], "\n  "))
		}
	}
	for place, n := range m.failed {
		if failed[place] != n {
			wrong++
			t.Errorf("%s: %d tuples failed, and should %d", place, failed[place], n)
		}
	}
	for place, n := range failed {
		if m.failed[place] == 0 {
			wrong++
			t.Errorf("%s: %d tuples failed, and should not", place, n)
		}
	}
	if wrong > 0 {
		name := filepath.Join(os.TempDir(), "random.topo")
		os.WriteFile(name, []byte(text), 0o644)
		t.Logf("the topology stands in %s; standard error:\n%.2000s", name, stderr.String())
	}
}
