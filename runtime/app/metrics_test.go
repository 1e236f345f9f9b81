package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/topo-lang/topo/runtime/engine"
)

// metricLine is a sample of the text format: a name, labels with their values quoted, a number.
var metricLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*")*\})? ([0-9.e+-]+)$`)

// samples reads the text format: it holds it to what Prometheus demands of it, and returns the samples.
func samples(t *testing.T, text string) map[string]string {
	t.Helper()
	got, family, kinds := map[string]string{}, "", map[string]string{}
	if !strings.HasSuffix(text, "\n") {
		t.Error("the last line has no end")
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "# HELP "); ok {
			family, _, _ = strings.Cut(name, " ")
			if kinds[family] != "" {
				t.Errorf("%s comes twice", family)
			}
			continue
		}
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(name, " ")
			if name != family || kind != "counter" && kind != "gauge" && kind != "histogram" {
				t.Errorf("%q behind the help of %s", line, family)
			}
			kinds[family] = kind
			continue
		}
		m := metricLine.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no sample: %q", line)
			continue
		}
		name := m[1]
		if kinds[family] == "histogram" {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				name = strings.TrimSuffix(name, suffix)
			}
		}
		if name != family {
			t.Errorf("a sample of %s among those of %s", m[1], family)
		}
		if _, twice := got[m[1]+m[2]]; twice {
			t.Errorf("%s comes twice", m[1]+m[2])
		}
		got[m[1]+m[2]] = m[3]
	}
	return got
}

// lines collects what is written, for several goroutines.
type lines struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.String()
}

func get(t *testing.T, url string) (text, kind string) {
	t.Helper()
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, err)
	}
	return string(body), answer.Header.Get("Content-Type")
}

func TestMetricsAreServed(t *testing.T) {
	errs := &lines{}
	asked := false
	out := writer(func(p []byte) (int, error) {
		if asked {
			return len(p), nil
		}
		asked = true
		_, url, _ := strings.Cut(errs.text(), "metrics at ")
		url, _, _ = strings.Cut(url, "\n")
		text, kind := get(t, url)
		if !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
			t.Error(kind)
		}
		got := samples(t, text)
		if got[`topo_executed_tuples_total{topology="numbers",component="out",kind="sink",task="0"}`] == "" || got[`topo_edge_tuples_total{topology="numbers",from="same",stream="",to="out",input="0"}`] == "" {
			t.Errorf("%s", text)
		}
		var numbers runNumbers
		text, kind = get(t, url+".json")
		if err := json.Unmarshal([]byte(text), &numbers); err != nil || kind != "application/json" || len(numbers.Tasks) != 4 || len(numbers.Edges) != 2 || numbers.Tasks[3].Call != "Write" {
			t.Errorf("%v, %s: %s", err, kind, text)
		}
		if answer, err := http.Post(url, "", nil); err != nil {
			t.Error(err)
		} else if answer.Body.Close(); answer.StatusCode != http.StatusMethodNotAllowed {
			t.Error("a post: ", answer.Status)
		}
		return len(p), nil
	})
	code := Run(context.Background(), (&numbers{count: 5000, fails: 7}).program(), []string{"run", "--metrics", "127.0.0.1:0"}, nil, nil, out, errs)
	if code != exitFailed || !asked {
		t.Errorf("status %d: %s", code, errs.text())
	}
	_, url, _ := strings.Cut(errs.text(), "metrics at ")
	url, _, _ = strings.Cut(url, "\n")
	if _, err := http.Get(url); err == nil {
		t.Error("the metrics outlive the run")
	}
}

func TestMetricsAddress(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", "example.com:80", "[::]:9464", "9464", "127.0.0.1:http-nothing"} {
		code, _, errs := ran(t, &numbers{}, nil, "run", "--count", "1", "--metrics", addr)
		if code != exitUsage {
			t.Errorf("%s: status %d", addr, code)
		}
		says(t, errs, "error: cannot serve metrics at \""+addr+"\"", "help: write it as 127.0.0.1:9464")
	}
}

// What is served is what the summary says when the run has ended.
func TestMetricsAreExact(t *testing.T) {
	p := (&numbers{count: 12345, fails: 5}).program()
	topology := engine.New("numbers")
	p.Build(topology)
	a := &app{Program: p}
	summary, err := topology.Run(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, ok := topology.Metrics()
	if !ok {
		t.Fatal("no metrics")
	}
	m.Topology = a.Name
	got := samples(t, prometheus(m))
	is := func(name string, want int64) {
		t.Helper()
		if got[name] != fmt.Sprint(want) {
			t.Errorf("%s is %s, want %d", name, got[name], want)
		}
	}
	kinds := map[string]string{"source": "spout", "same": "bolt", "out": "sink"}
	for _, k := range summary.Tasks {
		labels := fmt.Sprintf(`{topology="numbers",component="%s",kind="%s",task="%d"}`, k.Component, kinds[k.Component], k.Task)
		is("topo_executed_tuples_total"+labels, k.Executed.Rows)
		is("topo_executed_batches_total"+labels, k.Executed.Batches)
		is("topo_emitted_tuples_total"+labels, k.Emitted.Rows)
		is("topo_transferred_tuples_total"+labels, k.Emitted.Rows)
		is("topo_execute_seconds_count"+labels, k.Executed.Rows)
		is("topo_process_seconds_count"+labels, k.Executed.Rows)
	}
	for _, e := range summary.Edges {
		is(fmt.Sprintf(`topo_edge_tuples_total{topology="numbers",from="%s",stream="",to="%s",input="0"}`, e.From, e.To), e.Rows)
	}
	for _, f := range summary.Failures {
		is(fmt.Sprintf(`topo_failed_tuples_total{topology="numbers",component="%s",place="%s"}`, f.Component, f.Place), f.Count)
	}
	if len(summary.Failures) != 2 || summary.Failed() != 12345/5 {
		t.Errorf("%+v", summary.Failures)
	}
}
