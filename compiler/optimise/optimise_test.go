package optimise_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/compiler/optimise"
	"github.com/topo-lang/topo/compiler/plan"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/stdlib"
)

var update = flag.Bool("update", false, "write what comes out into the golden files")

var libraries = library.New(stdlib.Signatures)

// TestGolden optimises the topology of each case, and compares the plan of what came out. A case named after a pass (filter, filter_stays)
// sees that one alone.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := &txtar.Archive{Comment: a.Comment}
			var files []*source.File
			for _, f := range a.Files {
				if strings.HasSuffix(f.Name, ".topo") {
					got.Files = append(got.Files, f)
					files = append(files, source.NewFile(f.Name, string(f.Data)))
				}
			}
			r, ds := compiler.Compile(files, compiler.Options{Libraries: libraries})
			if r.Program == nil {
				var b bytes.Buffer
				diag.Render(&b, r.Sources, ds, false)
				t.Fatalf("does not compile:\n%s", b.String())
			}
			all := optimise.Passes
			of, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".txtar"), "_")
			if i := slices.IndexFunc(all, func(p optimise.Pass) bool { return p.Name == of }); i >= 0 {
				optimise.Passes = all[i : i+1]
			}
			optimise.Apply(r.Program, false)
			optimise.Passes = all
			// Not the plan of what is written: of what runs.
			got.Files = append(got.Files, txtar.File{Name: "want/plan.txt", Data: []byte(plan.Of(r.Program).Text())})
			if *update {
				if err := os.WriteFile(file, txtar.Format(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if !bytes.Equal(txtar.Format(got), txtar.Format(a)) {
				t.Errorf("the program differs; run the test with -update and look at the difference:\n%s", got.Files[len(got.Files)-1].Data)
			}
		})
	}
}

// TestOff: without optimisations the program is as it was written, and its plan says so.
func TestOff(t *testing.T) {
	f := source.NewFile("x.topo", "topology x { guarantee none }\nspout lines -> (line string) = stdin.lines()\nsink out(lines) = stdout.print()\n")
	r, _ := compiler.Compile([]*source.File{f}, compiler.Options{Libraries: libraries})
	before := plan.Of(r.Program).Text()
	optimise.Apply(r.Program, true)
	if after := plan.Of(r.Program).Text(); !strings.HasPrefix(after, before) || !strings.Contains(after, "--no-optimise") {
		t.Errorf("the plan is\n%s", after)
	}
}
