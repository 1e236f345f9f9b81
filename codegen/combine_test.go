package codegen_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// addition is a change of a state of TestCombineLimits: its text, and what it adds or compares, by the tuple's number.
type addition struct {
	op, text string
	value    func(i int) *big.Int
}

// limit is a bolt of TestCombineLimits.
type limit struct {
	first   []*big.Int
	changes []addition
}

// numbers are those of the tuples, of both signs and up to the limits.
func numbers(r *rand.Rand) (all []*big.Int, text string) {
	var parts []string
	for range 11 {
		n := big.NewInt(r.Int64N(100) - 50)
		switch r.IntN(4) {
		case 0:
			n.Add(n, new(big.Int).Lsh(big.NewInt(1-2*r.Int64N(2)), uint(30+r.IntN(34))))
		case 1:
			n.Add(n, big.NewInt((1-2*r.Int64N(2))*(1<<62)))
		}
		if !n.IsInt64() {
			n.SetInt64(1<<63 - 1)
		}
		all = append(all, n)
		parts = append(parts, n.String())
	}
	return all, "[" + strings.Join(parts, ", ") + "]"
}

func writeLimit(r *rand.Rand, xs []*big.Int) limit {
	var l limit
	x := func(i int) *big.Int { return xs[(i/5)%len(xs)] }
	small := func(i int) *big.Int { return big.NewInt(int64(i % 7)) }
	for range 1 + r.IntN(3) {
		first := big.NewInt(r.Int64N(9) - 4)
		switch r.IntN(6) {
		case 0:
			first = new(big.Int).SetInt64(1<<63 - 1 - r.Int64N(50))
		case 1:
			first = new(big.Int).SetInt64(-1<<63 + 1 + r.Int64N(50))
		case 2:
			first.Add(first, big.NewInt((1-2*r.Int64N(2))*(1<<62)))
		}
		l.first = append(l.first, first)
		c := r.Int64N(9) - 4
		changes := []addition{
			{"+=", strconv.FormatInt(c, 10), func(int) *big.Int { return big.NewInt(c) }},
			{"+=", "f.small", small},
			{"-=", "f.small", small},
			{"+=", "f.x", x},
			{"-=", "f.x", x},
			{"min", "f.x", x},
			{"max", "f.x", x},
			{"+=", "len(f.word)", func(i int) *big.Int { return big.NewInt(int64(len(fmt.Sprint("w", i)))) }},
			{"+=", "max(min(f.x, 9), -7)", func(i int) *big.Int {
				v := x(i)
				if v.Cmp(big.NewInt(9)) > 0 {
					return big.NewInt(9)
				} else if v.Cmp(big.NewInt(-7)) < 0 {
					return big.NewInt(-7)
				}
				return v
			}},
			{"-=", "match f.small { 0..3 => 2, 4 => -1, _ => 0 }", func(i int) *big.Int {
				return big.NewInt([]int64{2, 2, 2, 0, -1, 0, 0}[i%7])
			}},
		}
		l.changes = append(l.changes, changes[r.IntN(len(changes))])
	}
	return l
}

// after is what a bolt's states come to, by key, and how many tuples failed: what the language says, in big numbers.
func (l limit) after(tuples int) (states map[int][]*big.Int, failed int) {
	states = map[int][]*big.Int{}
tuples:
	for i := range tuples {
		now, ok := states[i%5]
		if !ok {
			now = l.first
		}
		next := make([]*big.Int, len(now))
		for s, c := range l.changes {
			v := c.value(i)
			switch next[s] = now[s]; c.op {
			case "+=":
				next[s] = new(big.Int).Add(now[s], v)
			case "-=":
				next[s] = new(big.Int).Sub(now[s], v)
			case "min":
				if v.Cmp(now[s]) < 0 {
					next[s] = v
				}
			case "max":
				if v.Cmp(now[s]) > 0 {
					next[s] = v
				}
			}
			if !next[s].IsInt64() {
				failed++
				continue tuples
			}
		}
		states[i%5] = next
	}
	return states, failed
}

// TestCombineLimits: states near the limits of an int, and numbers of both signs up to them. What a key comes to, and how many tuples fail, is the
// same whether they are combined before they travel or not, and what the language says.
func TestCombineLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("builds binaries")
	}
	const bolts, tuples = 40, 20000
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	xs, list := numbers(r)
	var text strings.Builder
	fmt.Fprintf(&text, `topology limits { guarantee none }
spout src -> (i int) = generate.sequence(count: %d)
bolt feed(s: src) -> (key int, x int, small int, word string) {
    let xs = %s
    emit (s.i mod 5, xs[(s.i div 5) mod %d] ?? 0, s.i mod 7, "w{s.i}")
}
`, tuples, list, len(xs))
	var all []limit
	for id := range bolts {
		l := writeLimit(r, xs)
		all = append(all, l)
		shape, names := "id int, key int", fmt.Sprint(id, ", f.key")
		for s := range l.first {
			shape += fmt.Sprintf(", s%d int", s)
			names += fmt.Sprintf(", s%d", s)
		}
		fmt.Fprintf(&text, "bolt c%d(f: feed by fields(key)) -> (%s) latest by key tasks %d {\n", id, shape, 1+r.IntN(2))
		for s, first := range l.first {
			fmt.Fprintf(&text, "    state s%d int per key = %s\n", s, first)
		}
		for s, c := range l.changes {
			if strings.HasSuffix(c.op, "=") {
				fmt.Fprintf(&text, "    s%d %s %s\n", s, c.op, c.text)
			} else {
				fmt.Fprintf(&text, "    s%d = %s(%s, s%d)\n", s, c.op, c.text, s)
			}
		}
		fmt.Fprintf(&text, "    emit (%s)\n}\nsink o%d(c%d) = stdout.print()\n", names, id, id)
	}
	a := &txtar.Archive{Files: []txtar.File{{Name: "main.topo", Data: []byte(text.String())}}}
	for _, plain := range []bool{false, true} {
		program, _, _ := generate(t, a, plain)
		combined := 0
		for _, n := range program.Program.Notes {
			if n.Pass == "combine" && !n.Left {
				combined++
			}
		}
		if !plain && (combined == 0 || combined == bolts) {
			t.Errorf("%d bolts of %d are combined: this compares nothing", combined, bolts)
		}
		cmd := exec.Command(buildOne(t, a, plain), "run")
		cmd.Dir = t.TempDir()
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		last, failed := map[string]string{}, map[string]int{}
		for line := range strings.Lines(stdout.String()) {
			cells := strings.SplitN(strings.TrimSpace(line), "\t", 3)
			last[cells[0]+" "+cells[1]] = cells[2]
		}
		for _, f := range regexp.MustCompile(`(?m)^  c(\d+) at \S+: (\d+) tuples?`).FindAllStringSubmatch(stderr.String(), -1) {
			n, _ := strconv.Atoi(f[2])
			failed[f[1]] += n
		}
		for id, l := range all {
			states, wrong := l.after(tuples)
			if failed[fmt.Sprint(id)] != wrong {
				t.Errorf("plain %v, c%d: %d tuples failed, and should %d", plain, id, failed[fmt.Sprint(id)], wrong)
			}
			for key, values := range states {
				var cells []string
				for _, v := range values {
					cells = append(cells, v.String())
				}
				if got, want := last[fmt.Sprint(id, " ", key)], strings.Join(cells, "\t"); got != want {
					t.Errorf("plain %v, c%d, key %d: %s, and should be %s", plain, id, key, got, want)
				}
			}
		}
		if t.Failed() {
			t.Logf("%s\n%s", text.String(), stderr.String())
			return
		}
	}
}
