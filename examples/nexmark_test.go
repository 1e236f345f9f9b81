package examples

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/topo-lang/topo/stdlib/nexmark"
)

// TestNexmark runs the queries on 100,000 events, and holds what they give against plain Go over the same events.
func TestNexmark(t *testing.T) {
	const events = 100_000
	bids := newEvents(t, events, 10_000).bids
	if len(bids) != events/50*46 {
		t.Fatalf("%d bids", len(bids))
	}
	topoc, _ := buildTopoc(t)
	for _, q := range nexmarkQueries {
		t.Run(q.name, func(t *testing.T) {
			if testing.Short() && !q.short {
				t.Skip("builds a binary for each query")
			}
			out := filepath.Join(t.TempDir(), "out.tsv")
			cmd := exec.Command(topoc, "run", filepath.Join("nexmark", q.name+".topo"), "--events", fmt.Sprint(events), "--seed", "7", "--out", out)
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			text, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
			if q.key > 0 {
				got = newest(got, q.key)
			}
			compareRows(t, got, q.want(bids))
		})
	}
}

// newest are the last rows of each key, which is the first so many fields.
func newest(rows []string, key int) []string {
	last := map[string]string{}
	for _, r := range rows {
		last[strings.Join(strings.SplitN(r, "\t", key+1)[:key], "\t")] = r
	}
	var out []string
	for _, r := range last {
		out = append(out, r)
	}
	return out
}

// compareRows compares rows in any order.
func compareRows(t *testing.T, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("row %d of the sorted result is\n%s\nnot\n%s", i, got[i], want[i])
		}
	}
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%d rows, not %d", len(got), len(want))
	}
}

// nexmarkQuery is a query and how plain Go counts it. Of one whose rows replace others, key is how many fields are the key.
type nexmarkQuery struct {
	name  string
	short bool
	key   int
	want  func(bids []nexmark.BidsRow) []string
}

// each makes a row of each bid, "" leaves it out.
func each(row func(b nexmark.BidsRow) string) func(bids []nexmark.BidsRow) []string {
	return func(bids []nexmark.BidsRow) []string {
		var out []string
		for _, b := range bids {
			if r := row(b); r != "" {
				out = append(out, r)
			}
		}
		return out
	}
}

// grouped makes a row of each group of bids.
func grouped[K cmp.Ordered](key func(b nexmark.BidsRow) K, row func(bids []nexmark.BidsRow) string) func(bids []nexmark.BidsRow) []string {
	return func(bids []nexmark.BidsRow) []string {
		groups := map[K][]nexmark.BidsRow{}
		for _, b := range bids {
			groups[key(b)] = append(groups[key(b)], b)
		}
		var out []string
		for _, g := range groups {
			out = append(out, row(g))
		}
		return out
	}
}

// euros is 0.908 of a price, as a decimal is written.
func euros(price int64) string {
	s := fmt.Sprintf("%d.%03d", price*908/1000, price*908%1000)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func stamp(at time.Time) string { return at.Format(time.RFC3339Nano) }

// ranks are how many bids are cheap, fair and dear.
func ranks(bids []nexmark.BidsRow) string {
	var n [3]int
	for _, b := range bids {
		switch {
		case b.Price < 10_000:
			n[0]++
		case b.Price < 1_000_000:
			n[1]++
		default:
			n[2]++
		}
	}
	return fmt.Sprintf("%d\t%d\t%d\t%d", len(bids), n[0], n[1], n[2])
}

func differ(bids []nexmark.BidsRow, of func(b nexmark.BidsRow) (int64, bool)) int {
	seen := map[int64]bool{}
	for _, b := range bids {
		if v, ok := of(b); ok {
			seen[v] = true
		}
	}
	return len(seen)
}

func channelID(b nexmark.BidsRow) (string, bool) {
	id, ok := map[string]string{"Apple": "0", "Google": "1", "Facebook": "2", "Baidu": "3"}[b.Channel]
	if ok {
		return id, true
	}
	_, id, ok = strings.Cut(b.Url, "channel_id=")
	return id, ok
}

var nexmarkQueries = []nexmarkQuery{
	{name: "q0", short: true, want: each(func(b nexmark.BidsRow) string {
		return fmt.Sprintf("%d\t%d\t%d\t%s\t%s", b.Auction, b.Bidder, b.Price, stamp(b.At), b.Extra)
	})},
	{name: "q1", want: each(func(b nexmark.BidsRow) string {
		return fmt.Sprintf("%d\t%d\t%s\t%s\t%s", b.Auction, b.Bidder, euros(b.Price), stamp(b.At), b.Extra)
	})},
	{name: "q2", want: each(func(b nexmark.BidsRow) string {
		if b.Auction%123 != 0 {
			return ""
		}
		return fmt.Sprintf("%d\t%d", b.Auction, b.Price)
	})},
	{name: "q14", want: each(func(b nexmark.BidsRow) string {
		if p := b.Price * 908; p <= 1_000_000_000 || p >= 50_000_000_000 {
			return ""
		}
		return fmt.Sprintf("%d\t%d\t%s\tnight\t%s\t%s\t%d", b.Auction, b.Bidder, euros(b.Price), stamp(b.At), b.Extra, strings.Count(b.Extra, "c"))
	})},
	{name: "q15", key: 1, want: grouped(
		func(b nexmark.BidsRow) string { return b.At.Format(time.DateOnly) },
		func(bids []nexmark.BidsRow) string {
			return fmt.Sprintf("%s\t%s\t%d\t%d\t%d", bids[0].At.Format(time.DateOnly), ranks(bids),
				differ(bids, func(b nexmark.BidsRow) (int64, bool) { return b.Bidder, true }),
				differ(bids, func(b nexmark.BidsRow) (int64, bool) { return b.Bidder, b.Price >= 1_000_000 }),
				differ(bids, func(b nexmark.BidsRow) (int64, bool) { return b.Auction, true }))
		})},
	{name: "q17", short: true, key: 2, want: grouped(
		func(b nexmark.BidsRow) int64 { return b.Auction },
		func(bids []nexmark.BidsRow) string {
			least, greatest, sum := bids[0].Price, bids[0].Price, int64(0)
			for _, b := range bids {
				least, greatest, sum = min(least, b.Price), max(greatest, b.Price), sum+b.Price
			}
			return fmt.Sprintf("%d\t%s\t%s\t%d\t%d\t%v\t%d", bids[0].Auction, bids[0].At.Format(time.DateOnly), ranks(bids), least, greatest,
				trimFloat(float64(sum)/float64(len(bids))), sum)
		})},
	{name: "q18", key: 2, want: grouped(
		func(b nexmark.BidsRow) string { return fmt.Sprint(b.Auction, " ", b.Bidder) },
		func(bids []nexmark.BidsRow) string {
			b := bids[len(bids)-1]
			return fmt.Sprintf("%d\t%d\t%d\t%s\t%s", b.Auction, b.Bidder, b.Price, b.Channel, stamp(b.At))
		})},
	{name: "q21", want: each(func(b nexmark.BidsRow) string {
		id, ok := channelID(b)
		if !ok {
			return ""
		}
		return fmt.Sprintf("%d\t%d\t%d\t%s\t%s", b.Auction, b.Bidder, b.Price, b.Channel, id)
	})},
	{name: "q22", want: each(func(b nexmark.BidsRow) string {
		dirs := append(strings.Split(b.Url, "/"), "", "", "")
		return fmt.Sprintf("%d\t%d\t%d\t%s\t%s\t%s\t%s", b.Auction, b.Bidder, b.Price, b.Channel, dirs[3], dirs[4], dirs[5])
	})},
}

// trimFloat is a number as files have it.
func trimFloat(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
