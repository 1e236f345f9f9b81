package codegen_test

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestNoAllocationPerTuple counts garbage collections instead of allocations: a binary that allocated 16 bytes for each of
// its six million words would collect a dozen times, one that allocates nothing once or twice, while its tables grow.
func TestNoAllocationPerTuple(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a binary")
	}
	a := &txtar.Archive{Files: []txtar.File{{Name: "main.topo", Data: []byte(`
topology steady { guarantee none }

spout lines -> (line string) = generate.text(lines: 600_000, words: 10, vocabulary: 5_000)

bolt split(l: lines) -> (word string) tasks 2 {
    for w in words(l.line) { emit (upper(w)) }
}

bolt count(w: split by fields(word)) -> (word string, n int) latest by word tasks 2 {
    state n int per word
    n += 1
    emit (w.word, n)
}

bolt total(w: split) -> (n int) tasks 2 {
    state n int per task
    n += len(w.word)
    finish { emit (n) }
}

sink out(count)  = stdout.table(key: word, limit: 3)
sink sum(total)  = stdout.print()
`)}}}
	binary := buildCase(t, a)
	cmd := exec.Command(binary, "run")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GODEBUG=gctrace=1", "GOGC=100", "GOMEMLIMIT=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	// Tables and batches grow in the first quarter of a second, which takes up to eight collections. A word of 8 bytes a tuple would take ten more.
	if n := bytes.Count(stderr.Bytes(), []byte("gc ")); n > 10 {
		t.Errorf("%d garbage collections:\n%s", n, stderr.String())
	}
}
