package codegen_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/codegen/build"
)

// emittedMain prints how many tuples the tasks of each component have emitted.
const emittedMain = `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/topo-lang/topo/runtime/engine"
)

func numbers() {
	topology := engine.New("numbers")
	program().Build(topology)
	if _, err := topology.Run(context.Background(), engine.Options{}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	m, _ := topology.Metrics()
	emitted := map[string]int64{}
	for _, t := range m.Tasks {
		emitted[t.Component] += t.Emitted
	}
	fmt.Println(emitted)
}
`

// TestEmittedAsWritten: tuples that an optimised topology drops where they are emitted, or makes one row with others, are counted as those
// that travel, and of tuples that fail none is.
func TestEmittedAsWritten(t *testing.T) {
	if testing.Short() {
		t.Skip("builds binaries")
	}
	a := &txtar.Archive{Files: []txtar.File{{Name: "main.topo", Data: []byte(`
topology emitted { guarantee none }

spout numbers -> (n int) = generate.sequence(count: 30_000)

bolt few(n: numbers) -> (n int) tasks 2 {
    if n.n mod 3 == 0 { emit (n.n) }
}

bolt keyed(n: numbers) -> (key int, one int) tasks 2 { emit (n.n mod 10, 1) }

bolt count(k: keyed by fields(key)) -> (key int, n int) {
    state n int per key
    n += k.one
    finish per key { emit (key, n) }
}

// Its first emit is taken back where its second value fails.
bolt careful(n: numbers) -> all: (n int), parts: (n int) {
    emit all(n.n)
    emit parts(100 div (n.n mod 5))
}

bolt large(c: careful.all) -> (n int) tasks 2 {
    if c.n > 20_000 { emit (c.n) }
}

bolt last(x: few | large | careful.parts) -> (n int) { emit (x.n) }

sink a(last) = file.write(path: "a")
sink b(count) = file.write(path: "b")
`)}}}
	for _, plain := range []bool{false, true} {
		_, files, generated := generate(t, a, plain)
		if optimised := bytes.Contains(generated["bolt.keyed.topo.go"], []byte("Merged(")); optimised == plain {
			t.Errorf("plain %v: keyed combines: %v", plain, optimised)
		}
		generated["main.go"] = bytes.Replace(generated["main.go"], []byte("\tapp.Main(program())\n"), []byte("\tnumbers()\n"), 1)
		generated["numbers.go"] = []byte(emittedMain)
		binary := filepath.Join(t.TempDir(), "numbers")
		ds, err := build.Binary(context.Background(), generated, build.Options{Output: binary, Sources: files, Stderr: os.Stderr, Quick: true})
		if err != nil || len(ds) > 0 {
			t.Fatal(ds, err)
		}
		cmd := exec.Command(binary)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		const want = "map[a:0 b:0 careful:48000 count:10 few:10000 keyed:30000 large:8000 last:42000 numbers:30000]\n"
		if err != nil || !bytes.HasSuffix(out, []byte(want)) {
			t.Errorf("plain %v: %v\n%s want\n%s", plain, err, out, want)
		}
	}
}
