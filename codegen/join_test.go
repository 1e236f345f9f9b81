package codegen_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// joins is a topology with every kind of join by the time of tuples.
const joins = `
-- main.topo --
topology joins { guarantee at-least-once }

type Row(k string, n int, at time)

spout lefts  -> Row time at lateness 1m = csv.read(path: "left.txt", header: false)
spout rights -> Row time at lateness 1m = csv.read(path: "right.txt", header: false)

bolt inner tasks 2 = select l.n, r.n as m from l: lefts join r: rights on l.k == r.k within 20s
bolt after = select l.n, r.n as m, r.at as joined from l: lefts join r: rights on l.k == r.k within 20s after l
bolt before tasks 3 = select l.n, r?.n as m from l: lefts left join r: rights on l.k == r.k within 20s before l
bolt right = select l?.n as n, r.n as m from l: lefts right join r: rights on lower(l.k) == r.k within 20s
bolt full tasks 2 = select l?.n as n, r?.n as m, l.joined_at as joined from l: lefts full join r: rights on l.k == r.k and (l.n + r.n) mod 3 > 0 within 20s
bolt one tasks 2 = select l?.n as n, r?.n as m from l: lefts full join one r: rights on l.k == r.k within 20s
bolt nearest = select l.n, r?.n as m from l: lefts left join one r: rights on l.k == r.k and (l.n + r.n) mod 3 > 0 within 20s after l
bolt minutes tasks 2 = select l.k, l.window_start as start, count() as n, count(r) as m from l: lefts left join r: rights on l.k == r.k within 20s group by l.k window tumbling 1m
bolt three = select l.n, r.n as m, x?.n as o from l: lefts join r: rights on l.k == r.k within 3s left join x: lefts on x.k == r.k and x.n > l.n within 2s

sink a(inner)   = file.write(path: "inner")
sink b(after)   = file.write(path: "after")
sink c(before)  = file.write(path: "before")
sink d(right)   = file.write(path: "right")
sink e(full)    = file.write(path: "full")
sink f(one)     = file.write(path: "one")
sink g(nearest) = file.write(path: "nearest")
sink h(minutes) = file.write(path: "minutes")
sink i(three)   = file.write(path: "three")
`

// joinRow is a row of a side.
type joinRow struct {
	k  string
	n  int
	at time.Duration
}

var joinStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (r joinRow) stamp() string { return joinStart.Add(r.at).Format(time.RFC3339Nano) }

// TestJoinByTime joins rows at random, out of order within their lateness, and compares what comes of it with a count by hand.
func TestJoinByTime(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a binary")
	}
	binary := buildCase(t, txtar.Parse([]byte(joins)))
	for seed := range uint64(6) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		keys := []int{1, 3, 40}[seed%3]
		rows := func(count, first int) (rows []joinRow) {
			taken := map[time.Duration]bool{}
			for i := range count {
				at := time.Duration(rnd.IntN(1200))*time.Second + time.Duration(first)*time.Millisecond
				for taken[at] { // which is the nearest has to be clear
					at += 2 * time.Millisecond
				}
				taken[at] = true
				rows = append(rows, joinRow{fmt.Sprintf("k%d", rnd.IntN(keys)), i, at})
			}
			slices.SortFunc(rows, func(a, b joinRow) int { return int(a.at - b.at) })
			return rows
		}
		lefts, rights := rows(200, 0), rows(250, 1)
		for i := range rights { // ties of the two sides
			if rnd.IntN(4) == 0 && !slices.ContainsFunc(rights, func(r joinRow) bool { return r.at == rights[i].at-time.Millisecond }) {
				rights[i].at -= time.Millisecond
			}
		}
		want := joinedByHand(lefts, rights)
		for _, how := range [][]string{nil, {"--transport", "nats"}, {"--workers", "2"}} {
			dir := t.TempDir()
			writeRows(t, filepath.Join(dir, "left.txt"), lefts, rnd)
			writeRows(t, filepath.Join(dir, "right.txt"), rights, rnd)
			cmd := exec.Command(binary, append([]string{"run"}, how...)...)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for name, rows := range want {
				text, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				got := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
				slices.Sort(got)
				slices.Sort(rows)
				if !slices.Equal(got, rows) {
					t.Errorf("seed %d, %v: %s has %d rows, not %d:\n%s", seed, how, name, len(got), len(rows), differs(got, rows))
				}
			}
		}
	}
}

// differs are the first rows that one list has and the other has not.
func differs(got, want []string) string {
	var b bytes.Buffer
	for n, lists := range [][2][]string{{got, want}, {want, got}} {
		shown := 0
		for _, row := range lists[0] {
			if !slices.Contains(lists[1], row) && shown < 5 {
				fmt.Fprintf(&b, "%c %s\n", "+-"[n], row)
				shown++
			}
		}
	}
	return b.String()
}

// writeRows writes rows out of order: none comes more than a minute behind a newer one.
func writeRows(t *testing.T, name string, rows []joinRow, rnd *rand.Rand) {
	t.Helper()
	type come struct {
		joinRow
		at time.Duration
	}
	var list []come
	for _, r := range rows {
		list = append(list, come{r, r.at + time.Duration(rnd.IntN(60_000))*time.Millisecond})
	}
	slices.SortStableFunc(list, func(a, b come) int { return int(a.at - b.at) })
	var b bytes.Buffer
	for _, r := range list {
		fmt.Fprintf(&b, "%s,%d,%s\n", r.k, r.n, r.stamp())
	}
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// joinedByHand is what the joins give.
func joinedByHand(lefts, rights []joinRow) map[string][]string {
	const within = 20 * time.Second
	out := map[string][]string{}
	add := func(name, format string, args ...any) { out[name] = append(out[name], fmt.Sprintf(format, args...)) }
	type window struct {
		k     string
		start time.Duration
	}
	minutes := map[window][2]int{}
	count := func(k string, at time.Duration, found int) {
		w := window{k, at.Truncate(time.Minute)}
		m := minutes[w]
		minutes[w] = [2]int{m[0] + 1, m[1] + found}
	}
	metRight, metFull := map[int]bool{}, map[int]bool{}
	for _, l := range lefts {
		before, left, full := false, false, false
		for _, r := range rights {
			d := r.at - l.at
			if l.k != r.k || d.Abs() > within {
				continue
			}
			later := joinRow{at: max(l.at, r.at)}
			add("inner", "%d\t%d", l.n, r.n)
			add("right", "%d\t%d", l.n, r.n)
			left, metRight[r.n] = true, true
			count(l.k, later.at, 1)
			if d >= 0 {
				add("after", "%d\t%d\t%s", l.n, r.n, r.stamp())
			}
			if d <= 0 {
				before = true
				add("before", "%d\t%d", l.n, r.n)
			}
			if (l.n+r.n)%3 > 0 {
				full, metFull[r.n] = true, true
				add("full", "%d\t%d\t%s", l.n, r.n, later.stamp())
			}
			if d.Abs() <= 3*time.Second {
				third := false
				for _, x := range lefts {
					if x.k == r.k && x.n > l.n && (x.at-later.at).Abs() <= 2*time.Second {
						third = true
						add("three", "%d\t%d\t%d", l.n, r.n, x.n)
					}
				}
				if !third {
					add("three", "%d\t%d\tnull", l.n, r.n)
				}
			}
		}
		if !before {
			add("before", "%d\tnull", l.n)
		}
		if !left {
			count(l.k, l.at, 0)
		}
		if !full {
			add("full", "%d\tnull\t%s", l.n, l.stamp())
		}
	}
	for _, r := range rights {
		if !metRight[r.n] {
			add("right", "null\t%d", r.n)
		}
		if !metFull[r.n] {
			add("full", "null\t%d\t%s", r.n, r.stamp())
		}
	}
	for w, n := range minutes {
		add("minutes", "%s\t%s\t%d\t%d", w.k, joinRow{at: w.start}.stamp(), n[0], n[1])
	}
	one, nearest := pairs(lefts, rights, false), pairs(lefts, rights, true)
	taken := map[int]bool{}
	for _, l := range lefts {
		if n, ok := one[l.n]; ok {
			taken[n] = true
			add("one", "%d\t%d", l.n, n)
		} else {
			add("one", "%d\tnull", l.n)
		}
		if n, ok := nearest[l.n]; ok {
			add("nearest", "%d\t%d", l.n, n)
		} else {
			add("nearest", "%d\tnull", l.n)
		}
	}
	for _, r := range rights {
		if !taken[r.n] {
			add("one", "null\t%d", r.n)
		}
	}
	return out
}

// pairs lets each row, in the order of their time, find the nearest one before it that has found none; after lets only rows of the right find one.
func pairs(lefts, rights []joinRow, after bool) map[int]int {
	type turn struct {
		joinRow
		right bool
	}
	var all []turn
	for _, l := range lefts {
		all = append(all, turn{l, false})
	}
	for _, r := range rights {
		all = append(all, turn{r, true})
	}
	slices.SortStableFunc(all, func(a, b turn) int { return int(a.at - b.at) })
	found := make([]bool, len(all))
	out := map[int]int{}
	for i, x := range all {
		if after && !x.right {
			continue
		}
		for j := i - 1; j >= 0; j-- {
			y := all[j]
			if y.right == x.right || y.k != x.k || found[j] || x.at-y.at > 20*time.Second || after && (x.n+y.n)%3 == 0 {
				continue
			}
			found[i], found[j] = true, true
			if x.right {
				out[y.n] = x.n
			} else {
				out[x.n] = y.n
			}
			break
		}
	}
	return out
}
