package examples

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// adEvent is a view or a click.
type adEvent struct {
	user, ad string
	at       time.Time
	click    bool
}

// TestAds runs the ads on generated views and clicks, out of order and some of them twice, kills it on the way, and counts again. Those of some users come hours too late:
// each of them is either counted or told of.
func TestAds(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a binary")
	}
	topoc, _ := buildTopoc(t)
	binary := filepath.Join(t.TempDir(), "ads")
	if out, err := exec.Command(topoc, "build", "-o", binary, "ads").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	rnd := rand.New(rand.NewPCG(5, 11))
	views, clicks := adEvents(rnd)
	dir := t.TempDir()
	lateViews := writeEvents(t, filepath.Join(dir, "views.csv"), views, rnd)
	lateClicks := writeEvents(t, filepath.Join(dir, "clicks.csv"), clicks, rnd)
	for kills := 0; ; kills++ {
		cmd := exec.Command(binary, "run", "--store", "store")
		cmd.Dir = dir
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if kills < 4 {
			timer := time.AfterFunc(time.Duration(20+rnd.IntN(100*(kills+1)))*time.Millisecond, func() { _ = cmd.Process.Kill() })
			if cmd.Wait() != nil {
				timer.Stop()
				continue
			}
		} else if err := cmd.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, &said)
		}
		t.Logf("%d kills", kills)
		break
	}
	read := func(name string) []string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	var got []string
	counted := 0
	for _, row := range read("effect.tsv") {
		if !strings.HasPrefix(row, "late") {
			got = append(got, row)
			continue
		}
		var n int
		if _, err := fmt.Sscan(strings.Split(row, "\t")[3], &n); err != nil {
			t.Fatal(err)
		}
		counted += n
	}
	sessions, hours := countAds(append(views, clicks...))
	compareRows(t, got, sessions)
	told := map[bool]int{}
	for _, row := range read("late.tsv") {
		if !strings.Contains(row, "late") {
			t.Errorf("%s is not late", row)
		}
		told[strings.Contains(row, "lateclick")]++
	}
	t.Logf("%d of %d late views were told of, %d of %d clicks", told[false], lateViews, told[true], lateClicks)
	if counted+told[false] != lateViews || told[true] > lateClicks {
		t.Errorf("%d views of late users were counted, and %d told of, of %d", counted, told[false], lateViews)
	}
	var best []string
	for _, row := range read("best.tsv") {
		if !strings.Contains(row, "\tlate") {
			best = append(best, row)
		}
	}
	compareRows(t, best, hours)
}

// adEvents are the views and clicks of a day, in the order of their time.
func adEvents(rnd *rand.Rand) (views, clicks []adEvent) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 20_000 {
		v := adEvent{user: fmt.Sprintf("u%d", rnd.IntN(200)), ad: fmt.Sprintf("ad%d", rnd.IntN(15)), at: begin.Add(time.Duration(rnd.IntN(20*3600)) * time.Second)}
		views = append(views, v)
		if rnd.IntN(20) == 0 {
			views = append(views, v)
		}
		if rnd.IntN(3) == 0 {
			c := v
			c.click, c.at = true, v.at.Add(time.Duration(rnd.IntN(2400))*time.Second)
			clicks = append(clicks, c)
			if rnd.IntN(10) == 0 {
				clicks = append(clicks, c)
			}
		}
	}
	byTime := func(a, b adEvent) int { return a.at.Compare(b.at) }
	slices.SortStableFunc(views, byTime)
	slices.SortStableFunc(clicks, byTime)
	return views, clicks
}

// writeEvents writes events less than ten seconds out of order; some more of other users stand hours behind. It returns how many these are.
func writeEvents(t *testing.T, name string, events []adEvent, rnd *rand.Rand) (late int) {
	t.Helper()
	type come struct {
		adEvent
		at time.Time
	}
	var list []come
	for _, e := range events {
		list = append(list, come{e, e.at.Add(time.Duration(rnd.IntN(10_000)) * time.Millisecond)})
		if rnd.IntN(100) == 0 {
			late++
			user := "lateview"
			if e.click {
				user = "lateclick"
			}
			list = append(list, come{adEvent{user, "latead", e.at, e.click}, e.at.Add(3 * time.Hour)})
		}
	}
	slices.SortStableFunc(list, func(a, b come) int { return a.at.Compare(b.at) })
	var b bytes.Buffer
	b.WriteString("user,ad,at\n")
	for _, e := range list {
		fmt.Fprintf(&b, "%s,%s,%s\n", e.user, e.ad, stamp(e.adEvent.at))
	}
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return late
}

// countAds is what comes of events: of each session, and of each hour the ten best ads.
func countAds(events []adEvent) (sessions, hours []string) {
	const half = 30 * time.Minute
	by := map[[2]string][]adEvent{}
	for _, e := range events {
		by[[2]string{e.user, e.ad}] = append(by[[2]string{e.user, e.ad}], e)
	}
	type result struct {
		at      time.Time
		fastest time.Duration // -1 without a click
	}
	type tally struct{ clicks, views int }
	hourly := map[time.Time]map[string]*tally{}
	for key, list := range by {
		slices.SortStableFunc(list, func(a, b adEvent) int {
			return cmp.Or(a.at.Compare(b.at), map[bool]int{true: 1}[a.click]-map[bool]int{true: 1}[b.click])
		})
		taken := make([]bool, len(list))
		var results []result
		for i, e := range list {
			for j := i - 1; e.click && j >= 0 && e.at.Sub(list[j].at) <= half; j-- {
				if !list[j].click && !taken[j] {
					taken[j] = true
					results = append(results, result{e.at, e.at.Sub(list[j].at)})
					break
				}
			}
		}
		for i, e := range list {
			if !e.click && !taken[i] {
				results = append(results, result{e.at, -1})
			}
		}
		slices.SortFunc(results, func(a, b result) int { return a.at.Compare(b.at) })
		for i := 0; i < len(results); {
			n, clicked, fastest := 0, 0, time.Duration(-1)
			for ; i < len(results) && (n == 0 || results[i].at.Sub(results[i-1].at) < half); i++ {
				n++
				if f := results[i].fastest; f >= 0 {
					clicked++
					if fastest < 0 || f < fastest {
						fastest = f
					}
				}
			}
			until := results[i-1].at.Add(half)
			shown := "null"
			if fastest >= 0 {
				shown = fmt.Sprintf("%q", fastest.String())
			}
			sessions = append(sessions, fmt.Sprintf("%s\t%s\t%d\t%d\t%s\t%s", key[0], key[1], clicked, n, shown, stamp(until)))
			hour := until.Add(-1).Truncate(time.Hour)
			if hourly[hour] == nil {
				hourly[hour] = map[string]*tally{}
			}
			if hourly[hour][key[1]] == nil {
				hourly[hour][key[1]] = &tally{}
			}
			hourly[hour][key[1]].clicks += clicked
			hourly[hour][key[1]].views += n
		}
	}
	for hour, ads := range hourly {
		type row struct {
			ad string
			*tally
			rate float64
		}
		var rows []row
		for ad, n := range ads {
			if n.views >= 10 {
				rows = append(rows, row{ad, n, float64(n.clicks) / float64(n.views)})
			}
		}
		slices.SortFunc(rows, func(a, b row) int { return cmp.Or(-cmp.Compare(a.rate, b.rate), cmp.Compare(a.ad, b.ad)) })
		for _, r := range rows[:min(10, len(rows))] {
			hours = append(hours, fmt.Sprintf("%s\t%s\t%d\t%d\t%s", stamp(hour), r.ad, r.clicks, r.views, trimFloat(r.rate)))
		}
	}
	return sessions, hours
}
