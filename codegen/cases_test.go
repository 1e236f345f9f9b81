package codegen_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/codegen/build"
)

// caseVariable is the environment variable that says which of its topologies a binary of many is.
const caseVariable = "TOPO_TEST_CASE"

// many collects generated programs that are linked into one binary: linking one takes as long as running a case in all ways.
type many struct {
	files map[string][]byte
	names []string
}

// add puts a program into the binary, as the package `name`.
func (m *many) add(t *testing.T, name string, generated map[string][]byte) {
	t.Helper()
	if m.files == nil {
		m.files = map[string][]byte{}
	}
	mains := 0
	for file, text := range generated {
		text = bytes.Replace(text, []byte("package main\n"), []byte("package "+name+"\n"), 1)
		if bytes.Contains(text, []byte("\nfunc main() {\n")) {
			text = bytes.Replace(text, []byte("\nfunc main() {\n"), []byte("\nfunc Main() {\n"), 1)
			mains++
		}
		m.files[name+"/"+file] = text
	}
	if mains != 1 {
		t.Fatalf("%s: the generated program has %d functions main", name, mains)
	}
	m.names = append(m.names, name)
}

// build links all programs, and returns the binary's path.
func (m *many) build(t *testing.T) (string, error) {
	t.Helper()
	var imports, cases strings.Builder
	for _, name := range m.names {
		fmt.Fprintf(&imports, "\t%q\n", "github.com/topo-lang/topo/topology/"+name)
		fmt.Fprintf(&cases, "\tcase %q:\n\t\t%s.Main()\n", name, name)
	}
	main, err := format.Source(fmt.Appendf(nil, "package main\n\nimport (\n\t\"os\"\n\n%s)\n\nfunc main() {\n\tswitch os.Getenv(%q) {\n%s\t}\n}\n", &imports, caseVariable, &cases))
	if err != nil {
		t.Fatal(err)
	}
	m.files["main.go"] = main
	binary := filepath.Join(t.TempDir(), "topology")
	ds, err := build.Binary(context.Background(), m.files, build.Options{Output: binary, Stderr: os.Stderr})
	if len(ds) > 0 {
		return "", errors.New(ds[0].Message)
	}
	return binary, err
}

// built is a case's binary, and the environment that it is started in.
type built struct {
	binary string
	env    []string
}

// builtCase is a case of testdata/run with its binaries; plain is as the topology is written, and has none where that is the same.
type builtCase struct {
	name             string
	archive          *txtar.Archive
	optimised, plain *built
}

// buildCases builds the cases: those without Go of their own in one binary. Where that fails, each is built alone, so that
// the one that does not build is named.
func buildCases(t *testing.T, paths []string) []*builtCase {
	t.Helper()
	var all []*builtCase
	var together many
	for i, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c := &builtCase{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), archive: a}
		all = append(all, c)
		enter := func(name string, generated map[string][]byte) *built {
			together.add(t, name, generated)
			return &built{env: append(os.Environ(), caseVariable+"="+name)}
		}
		r, _, optimised := generate(t, a, false)
		if r.Program.Go != nil {
			continue // it is built in its own module
		}
		_, _, plain := generate(t, a, true)
		c.optimised = enter(fmt.Sprint("case", i), optimised)
		if !sameFiles(optimised, plain) {
			c.plain = enter(fmt.Sprint("plain", i), plain)
		}
	}
	if len(together.names) == 0 {
		return all
	}
	binary, err := together.build(t)
	if err != nil {
		t.Errorf("the cases do not build together: %v", err)
	}
	for _, c := range all {
		switch {
		case err != nil:
			c.optimised, c.plain = nil, nil
		case c.optimised != nil:
			c.optimised.binary = binary
			if c.plain != nil {
				c.plain.binary = binary
			}
		}
	}
	return all
}

// alone builds what is not built yet: cases with Go of their own.
func (c *builtCase) alone(t *testing.T) {
	t.Helper()
	if c.optimised != nil {
		return
	}
	c.optimised = &built{binary: buildCase(t, c.archive), env: os.Environ()}
	_, _, optimised := generate(t, c.archive, false)
	_, _, plain := generate(t, c.archive, true)
	if !sameFiles(optimised, plain) {
		c.plain = &built{binary: buildOne(t, c.archive, true), env: os.Environ()}
	}
}

func sameFiles(a, b map[string][]byte) bool { return maps.EqualFunc(a, b, bytes.Equal) }
