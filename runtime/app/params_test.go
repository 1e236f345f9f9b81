package app

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/topo-lang/topo/runtime/engine"
	"github.com/topo-lang/topo/runtime/value"
)

// settings is a program of params only.
type settings struct {
	hosts    []string
	ports    []int64
	waits    []time.Duration
	prices   []value.Decimal
	price    value.Decimal
	workers  int64
	pending  int64
	patience time.Duration
	token    string
	format   string
}

// settled runs a program that ends at once, and returns its params and what it said.
func settled(t *testing.T, env []string, args ...string) (s *settings, code int, said string) {
	t.Helper()
	s = &settings{}
	p := &Program{Name: "shop", Build: func(*engine.Topology) {}, Params: []Param{
		{Name: "hosts", Type: "[]string", Value: &s.hosts, Default: "a,b"},
		{Name: "ports", Type: "[]int", Value: &s.ports},
		{Name: "waits", Type: "[]duration", Value: &s.waits},
		{Name: "prices", Type: "[]decimal", Value: &s.prices},
		{Name: "price", Type: "decimal", Value: &s.price},
		{Name: "workers", Type: "int", Value: &s.workers, Least: 1, Most: 1024, Use: "tasks of split"},
		{Name: "pending", Type: "int", Value: &s.pending, Least: 1, Most: math.MaxInt64, Use: "it is pending"},
		{Name: "patience", Type: "duration", Value: &s.patience, Least: 1, Most: math.MaxInt64, Use: "it is timeout"},
		{Name: "format", Type: "string", Value: &s.format, Default: "csv", Choices: []string{"csv", "json"}, Use: "it is argument format of sink out"},
		{Name: "token", Type: "string", Secret: true, Value: &s.token},
	}}
	var out bytes.Buffer
	code = Run(context.Background(), p, append([]string{"run"}, args...), env, nil, &out, &out)
	return s, code, out.String()
}

func TestLists(t *testing.T) {
	conf := file(t, "hosts: [a, \"b,c\", 'd']\nports: [1, 2KB]\nwaits: [1s, 2m]\nprices: [1.50, \"2\"]\nprice: 12.5\n")
	for name, c := range map[string]struct{ env, args []string }{
		"flags":       {nil, []string{"--hosts", `a, "b,c"`, "--hosts=d", "--ports", "1,2KB", "--waits=1s,2m", "--prices=1.50", "--prices=2", "--price=12.50"}},
		"environment": {[]string{`SHOP_HOSTS=a,"b,c",d`, "SHOP_PORTS=1, 2048", "SHOP_WAITS=1s,120s", "SHOP_PRICES=1.5,2.0", "SHOP_PRICE=1.25e1"}, nil},
		"config":      {nil, []string{"--config", conf}},
	} {
		s, code, said := settled(t, c.env, c.args...)
		if code != exitDone || !slices.Equal(s.hosts, []string{"a", "b,c", "d"}) || !slices.Equal(s.ports, []int64{1, 2048}) || !slices.Equal(s.waits, []time.Duration{time.Second, 2 * time.Minute}) ||
			!slices.Equal(s.prices, []value.Decimal{value.MustDecimal("1.5"), value.MustDecimal("2")}) || s.price != value.MustDecimal("12.5") {
			t.Errorf("%s: status %d, %+v, %s", name, code, s, said)
		}
	}
	if s, code, said := settled(t, []string{"SHOP_HOSTS="}); code != exitDone || len(s.hosts) != 0 {
		t.Errorf("an empty list: status %d, %v, %s", code, s.hosts, said)
	}
	_, code, said := settled(t, nil, "--ports", "1,x", "--hosts", `"a`, "--prices", "1.5.1")
	if code != exitUsage {
		t.Errorf("status %d", code)
	}
	says(t, said, `param hosts: "\"a", from --hosts, is not a list of strings`, `param ports: "1,x", from --ports, is not a list of ints`, "help: write one or more, with commas between them, each a whole number", "param prices")
	items := []string{"", " a", `b"`, "c,d", "e"}
	if got, ok := value.SplitList(value.JoinList(items)); !ok || !slices.Equal(got, items) {
		t.Errorf("%q is read as %q", value.JoinList(items), got)
	}
}

func TestBounds(t *testing.T) {
	for text, ok := range map[string]bool{"1": true, "1024": true, "0": false, "1025": false, "-1": false} {
		_, code, said := settled(t, nil, "--workers", text)
		if ok != (code == exitDone) || !ok && !strings.Contains(said, "param workers: "+text+", from --workers, is out of range: tasks of split\n  help: write a number from 1 to 1024") {
			t.Errorf("%s: status %d, %s", text, code, said)
		}
	}
}

func TestBoundsWithoutEnd(t *testing.T) {
	for arg, want := range map[string]string{
		"--pending=1": "", "--patience=1ns": "",
		"--pending=0":   "param pending: 0, from --pending, is out of range: it is pending\n  help: write a number from 1 on",
		"--patience=0s": "param patience: 0s, from --patience, is out of range: it is timeout\n  help: write a duration longer than nothing, as 10s",
	} {
		if _, code, said := settled(t, nil, arg); (want == "") != (code == exitDone) || !strings.Contains(said, want) {
			t.Errorf("%s: status %d, %s", arg, code, said)
		}
	}
}

func TestChoices(t *testing.T) {
	for text, want := range map[string]string{
		"csv": "", "json": "", "jsn": "param format: \"jsn\", from --format, is not known: it is argument format of sink out\n  help: did you mean json? write csv or json", "": "write csv or json", "xml": "help: write csv or json",
	} {
		if _, code, said := settled(t, nil, "--format", text); (want == "") != (code == exitDone) || !strings.Contains(said, want) {
			t.Errorf("%q: status %d, %s", text, code, said)
		}
	}
	if _, _, said := settled(t, nil, "-h"); !strings.Contains(said, "default \"csv\"; one of csv, json") {
		t.Error(said)
	}
}

func TestSecretFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("hunter2 \r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ env, args []string }{
		"flag":        {nil, []string{"--token-file", path}},
		"environment": {[]string{"SHOP_TOKEN_FILE=" + path}, nil},
		"precedence":  {[]string{"SHOP_TOKEN=other"}, []string{"--token-file=" + path}},
	} {
		if s, code, said := settled(t, c.env, c.args...); code != exitDone || s.token != "hunter2 " {
			t.Errorf("%s: status %d, %q, %s", name, code, s.token, said)
		}
	}
	large := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(large, bytes.Repeat([]byte("x"), maxSecret+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"param token is given twice, by --token and by --token-file": {"--token", "x", "--token-file", path},
		"none\" cannot be read: no such file or directory":           {"--token-file", filepath.Join(t.TempDir(), "none")},
		"cannot be read: is a directory":                             {"--token-file", t.TempDir()},
		"is larger than 1MB":                                         {"--token-file", large},
	} {
		if _, code, said := settled(t, nil, args...); code != exitUsage || !strings.Contains(said, want) || strings.Contains(said, "hunter2") {
			t.Errorf("%s: status %d, %s", want, code, said)
		}
	}
}

func TestMisspeltEnvironment(t *testing.T) {
	_, code, said := settled(t, []string{"SHOP_HOSST=x", "SHOP_TOKEN_FIEL=/secret/place", "SHOP_SOMETHING=else", "SHOPS_HOSTS=x", "shop_price=1"})
	if code != exitDone {
		t.Errorf("status %d", code)
	}
	says(t, said, "warning: the environment variable SHOP_HOSST is no param of shop\n  help: did you mean SHOP_HOSTS?", "SHOP_TOKEN_FIEL is no param", "shop_price is no param")
	for _, text := range []string{"/secret", "SOMETHING", "SHOPS_"} {
		if strings.Contains(said, text) {
			t.Errorf("%s stands in %s", text, said)
		}
	}
}

func TestKeysThatStandTwice(t *testing.T) {
	for text, want := range map[string]string{
		"price: 1\n# price: 2\nprice = 3\n":                         `numbers.conf:3: "price" stands here a second time, first in line 1`,
		"price: 1\nprice: 2\nprcie: 2\nhosts [b]\nhosts [c]\n":      `numbers.conf:3: "prcie" is not a param`,
		"\"price\": 1\n  price: 2\n":                                `numbers.conf:2: "price" stands here a second time, first in line 1`,
		"hosts: [\n a\n hosts\n]\nprice: 1\nhosts [b]\n":            `numbers.conf:6: "hosts" stands here a second time, first in line 1`,
		"hosts: [\n 'price: 1',\n \"price: {\"\n]\nprice: 1 // {\n": "",
		"hosts: [don't, \"a\\\"b\"]\nprice: 1\n/\n":                 "numbers.conf",
	} {
		_, code, said := settled(t, nil, "--config", file(t, text))
		if (want == "") != (code == exitDone) || !strings.Contains(said, want) {
			t.Errorf("%q: status %d, %s", text, code, said)
		}
	}
}
