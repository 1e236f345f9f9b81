package codegen_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/codegen"
	"github.com/topo-lang/topo/codegen/build"
	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/optimise"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/runtime/trial"
)

// programsPerBinary is how many programs are compiled together: the Go compiler's start is dear.
const (
	programsPerBinary = 60
	tuplesPerProgram  = 30
)

// TestPrograms writes well-typed programs at random, compiles and runs them, and compares what they do with what the interpreter
// says: every tuple, and every failed tuple's place. TOPO_PROGRAMS says how many (two small topologies otherwise: one that calls Go, one with
// timers), TOPO_SEED which.
func TestPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds binaries")
	}
	total, each, seed := 48, 24, uint64(5)
	t.Setenv("GOGC", "800") // the go command's, which is most of the work
	if n, err := strconv.Atoi(os.Getenv("TOPO_PROGRAMS")); err == nil {
		total, each = n, programsPerBinary
	}
	if n, err := strconv.ParseUint(os.Getenv("TOPO_SEED"), 10, 64); err == nil {
		seed = n
	}
	done, refused := 0, 0
	for ; done < total; seed++ {
		n := min(each, total-done)
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			text, given, dropped := randomTopology(t, seed, n)
			refused += dropped
			comparePrograms(t, text, given)
		}) {
			return
		}
		done += n
	}
	t.Logf("%d programs, and %d whose constants overflow or divide by zero", done, refused)
}

// randomTopology is a topology of n programs, and how many others were refused for what a constant comes to. Every third topology has timers: it
// runs as a test of its own, by a clock that jumps.
func randomTopology(t *testing.T, seed uint64, n int) (text string, given []moment, dropped int) {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 0)), timed: seed%3 == 0, golang: seed%4 == 1}
	whole, alone := fmt.Sprintf(header, tuplesPerProgram), fmt.Sprintf(header, 1)
	if w.golang {
		whole, alone = whole+goHeader, alone+goStubs
	}
	var all ends
	count := 0
	for id := 0; count < n; id++ {
		var own ends
		one := w.program(id, &own)
		r, ds := compileText(alone + one + own.text())
		if r.Program == nil {
			for _, d := range ds {
				if d.Severity == diag.Error && d.Code != "E0405" && d.Code != "E0406" {
					var b bytes.Buffer
					diag.Render(&b, r.Sources, []diag.Diagnostic{d}, false)
					t.Fatalf("a program that should be well-typed:\n%s\n%s", b.String(), one)
				}
			}
			if dropped++; dropped > 3*n {
				t.Fatal("the writer writes too many programs that do not compile")
			}
			continue
		}
		whole += one
		all.add(own)
		count++
	}
	whole += all.text()
	if !w.timed {
		return whole, []moment{{0, tuplesPerProgram}}, dropped
	}
	given = []moment{{0, 12}, {8 * time.Second, 20}, {27 * time.Second, tuplesPerProgram}, {64 * time.Second, tuplesPerProgram}}
	return whole + testText(given, all), given, dropped
}

// testText is a test that gives a topology its numbers, and shows all that it does: nothing of it is as expected.
func testText(given []moment, all ends) string {
	var b strings.Builder
	b.WriteString("test \"all\" {\n")
	last := moment{}
	for _, g := range given {
		if g.at > last.at {
			fmt.Fprintf(&b, "    advance %ds\n", int((g.at-last.at)/time.Second))
		}
		if g.to > last.to {
			var numbers []string
			for n := last.to; n < g.to; n++ {
				numbers = append(numbers, fmt.Sprintf("(%d)", n))
			}
			fmt.Fprintf(&b, "    given src: %s\n", strings.Join(numbers, ", "))
		}
		last = g
	}
	b.WriteString("    end\n")
	sinks, _ := all.sinks()
	for _, name := range sinks {
		fmt.Fprintf(&b, "    expect %s: nothing\n", name)
	}
	for _, name := range slices.Concat(all.before, all.of[0], all.of[1], all.of[2]) {
		fmt.Fprintf(&b, "    expect %s failed: nothing\n", name)
	}
	return b.String() + "}\n"
}

func compileText(text string) (*compiler.Result, []diag.Diagnostic) {
	return compiler.Compile([]*source.File{source.NewFile("random.topo", text)}, compiler.Options{Libraries: libraries})
}

// outcome is what a topology did: what each program emitted, and what failed, by component and place, or, where that is not known, by
// component and reason.
type outcome struct {
	lines  map[string][]string
	failed map[string]int
}

// together counts what failed in a component, for whatever reason.
func (o outcome) together(component string) {
	n := 0
	for name, k := range o.failed {
		if strings.HasPrefix(name, component+": ") {
			n += k
			delete(o.failed, name)
		}
	}
	o.failed[component] = n
}

func comparePrograms(t *testing.T, text string, given []moment) {
	a := &txtar.Archive{Files: []txtar.File{{Name: "random.topo", Data: []byte(text)}}}
	if strings.Contains(text, goHeader) {
		a.Files = append(a.Files, txtar.File{Name: "go.mod", Data: []byte("module example.com/user\n\ngo 1.24\n")},
			txtar.File{Name: "parts/parts.go", Data: []byte(partsGo)})
	}
	r, files := compile(t, a)
	m := &machine{prog: r.Program, given: given, reasons: map[string][]string{}, place: func(at ir.Stmt, x ir.Expr) string {
		span := source.Span{}
		if x != nil {
			span = x.At()
		} else {
			span = at.At()
		}
		return fmt.Sprintf("random.topo:%d", files[0].LineOf(span.Start))
	}}
	m.run()
	timed := len(given) > 1
	want := m.outcome(timed)
	var got outcome
	var said string
	if timed {
		got, said = runTrial(t, a)
	} else {
		got, said = runBinary(t, a)
	}
	// A text may have been made of a reason that is not known.
	mark := strings.Trim(trial.String(unknown).String(), `"`)
	for name := range want.failed {
		if c, why, is := strings.Cut(name, ": "); is && strings.Contains(why, mark) {
			want.together(c)
			got.together(c)
		}
	}
	if len(got.lines) == 0 || len(got.failed) == 0 {
		t.Error("nothing was emitted, or nothing failed: this compares nothing")
	}
	wrong := 0
	for _, id := range slices.Sorted(maps.Keys(want.lines)) {
		if !sameLines(got.lines[id], want.lines[id]) {
			wrong++
			t.Errorf("program %s: gives\n  %s\nand should\n  %s", id, strings.Join(without(got.lines[id], want.lines[id]), "\n  "),
				strings.Join(without(want.lines[id], got.lines[id]), "\n  "))
		}
	}
	for id := range got.lines {
		if want.lines[id] == nil {
			wrong++
			t.Errorf("program %s: gives\n  %s\nand should nothing", id, strings.Join(got.lines[id], "\n  "))
		}
	}
	for place, n := range want.failed {
		if got.failed[place] != n {
			wrong++
			t.Errorf("%s: %d tuples failed, and should %d", place, got.failed[place], n)
		}
	}
	for place, n := range got.failed {
		if want.failed[place] == 0 {
			wrong++
			t.Errorf("%s: %d tuples failed, and should not", place, n)
		}
	}
	if wrong > 0 {
		name := filepath.Join(os.TempDir(), strings.ReplaceAll(t.Name(), "/", "_")+".topo")
		os.WriteFile(name, []byte(text), 0o644)
		t.Logf("the topology stands in %s; standard error:\n%.2000s", name, said)
	}
}

// sameLines compares sorted lines; a reason that the interpreter does not know is any.
func sameLines(got, want []string) bool {
	return slices.EqualFunc(got, want, func(g, w string) bool {
		begin, _, any := strings.Cut(w, unknown)
		return g == w || any && strings.HasPrefix(g, begin)
	})
}

// without is a few of the lines that others lack.
func without(lines, others []string) []string {
	left := map[string]int{}
	for _, l := range others {
		left[l]++
	}
	var out []string
	for _, l := range lines {
		if left[l]--; left[l] < 0 {
			out = append(out, l)
		}
	}
	if len(out) > 6 {
		out = append(out[:6], fmt.Sprintf("and %d more", len(out)-6))
	}
	return out
}

// outcome is what the interpreter says.
func (m *machine) outcome(timed bool) outcome {
	out := outcome{map[string][]string{}, map[string]int{}}
	for _, c := range m.prog.Components {
		if c.Kind != ir.Bolt || c.Name[0] == 'p' || c.Name[0] == 'm' {
			continue
		}
		s := c.Outputs[0]
		newest := map[any]tuple{}
		for _, t := range m.out[s] {
			if len(s.Latest) > 0 {
				newest[t[1]] = t
				continue
			}
			out.lines[c.Name[1:]] = append(out.lines[c.Name[1:]], lineOf(t[1:]))
		}
		for _, t := range newest {
			out.lines[c.Name[1:]] = append(out.lines[c.Name[1:]], lineOf(t[1:]))
		}
	}
	for id := range out.lines {
		slices.Sort(out.lines[id])
	}
	if !timed {
		out.failed = m.failed
		return out
	}
	for name, whys := range m.reasons {
		for _, why := range whys {
			out.failed[name+": "+trial.String(why).String()]++
		}
	}
	return out
}

var tsv = strings.NewReplacer("\t", `\t`, "\n", `\n`, "\r", `\r`)

func lineOf(t tuple) string {
	var cells []string
	for _, v := range t {
		cells = append(cells, tsv.Replace(show(v)))
	}
	return strings.Join(cells, "\t")
}

// runBinary runs a topology as it is.
func runBinary(t *testing.T, a *txtar.Archive) (out outcome, said string) {
	cmd := exec.Command(buildPrograms(t, a, false), "run")
	cmd.Dir = t.TempDir()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(stdout.String()) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	out = outcome{linesOf(rows), map[string]int{}}
	for _, f := range regexp.MustCompile(`(?m)^  ([\w.]+ at random\.topo:\d+): (\d+) tuples?`).FindAllStringSubmatch(stderr.String(), -1) {
		out.failed[f[1]], _ = strconv.Atoi(f[2])
	}
	return out, stderr.String()
}

// linesOf sorts rows, of what programs emit, by program: of two with a text those of one key, and which was the last, is told by the number of
// their cells.
func linesOf(rows [][]string) map[string][]string {
	out, newest := map[string][]string{}, map[string]map[string]string{}
	for _, r := range rows {
		if len(r) == 2 {
			out[r[0]] = append(out[r[0]], r[1])
			continue
		}
		if newest[r[0]] == nil {
			newest[r[0]] = map[string]string{}
		}
		newest[r[0]][r[1]] = strings.Join(r[1:], "\t")
	}
	for id, byKey := range newest {
		for _, line := range byKey {
			out[id] = append(out[id], line)
		}
	}
	for id := range out {
		slices.Sort(out[id])
	}
	return out
}

// runTrial runs the test of a topology.
func runTrial(t *testing.T, a *txtar.Archive) (out outcome, said string) {
	cmd := exec.Command(buildPrograms(t, a, true))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	var result trial.Result
	if err != nil || json.Unmarshal(bytes.SplitN(stdout, []byte("\n"), 2)[0], &result) != nil {
		t.Fatalf("the test does not run: %v\n%s%s", err, stdout, stderr.String())
	}
	out = outcome{nil, map[string]int{}}
	var rows [][]string
	for _, f := range result.Failures {
		name, _, failed := strings.Cut(f.Message, " failed: expected nothing")
		for _, l := range f.Lines {
			var cells []string
			for _, c := range l.Cells {
				if text, err := strconv.Unquote(strings.NewReplacer(`\{`, "{", `\}`, "}").Replace(c)); err == nil {
					c = text
				}
				cells = append(cells, tsv.Replace(c))
			}
			if failed {
				out.failed[name+": "+l.Cells[0]]++ // with its quotes
				continue
			}
			rows = append(rows, cells)
		}
		if len(f.Lines) == 0 {
			t.Errorf("%s: %s", f.Place, f.Message)
		}
	}
	out.lines = linesOf(rows)
	return out, stderr.String()
}

// buildPrograms builds a topology, or its tests, in a hurry.
func buildPrograms(t *testing.T, a *txtar.Archive, tests bool) string {
	t.Helper()
	r, files := compile(t, a)
	var generated map[string][]byte
	var err error
	if tests {
		generated, err = codegen.GenerateTests(r.Program, codegen.TestOptions{})
	} else {
		optimise.Apply(r.Program, len(a.Files[0].Data)%4 == 0) // now and then as it is written
		generated, err = codegen.Generate(r.Program, codegen.Texts{Plan: r.Plan.Text()})
	}
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "programs")
	opts := build.Options{Output: binary, Sources: files, Stderr: os.Stderr, Quick: true}
	if r.Program.Go != nil {
		opts.Module = r.Program.Go.Folder
	}
	ds, err := build.Binary(context.Background(), generated, opts)
	if err != nil || len(ds) > 0 {
		var b bytes.Buffer
		diag.Render(&b, files, ds, false)
		name := filepath.Join(os.TempDir(), strings.ReplaceAll(t.Name(), "/", "_")+".topo")
		os.WriteFile(name, a.Files[0].Data, 0o644)
		t.Fatalf("%s does not build: %v\n%s", name, err, b.String())
	}
	return binary
}
