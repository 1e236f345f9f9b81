package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/trial"
)

// testReport shows how tests went.
type testReport struct {
	c      *console
	o      testOptions
	colour bool
}

func (p *testReport) paint(colour, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

const (
	red   = "31"
	green = "32"
	dim   = "2"
)

// suite shows the tests of one topology.
func (p *testReport) suite(s *suiteResult) {
	if p.o.json {
		p.json(s)
		return
	}
	seconds := 0.0
	for _, r := range s.Results {
		seconds += r.Seconds
		switch {
		case len(r.Failures) > 0:
			fmt.Fprintf(p.c.out, "%s %s (%s)\n", p.paint(red, "--- FAIL:"), r.Test, r.Place)
			for _, f := range r.Failures {
				p.failure(f)
			}
		case p.o.verbose:
			fmt.Fprintf(p.c.out, "%s %s (%.3fs)\n", p.paint(green, "--- PASS:"), r.Test, r.Seconds)
		}
	}
	if s.broken != "" {
		fmt.Fprintln(p.c.out, s.broken)
	}
	switch n := s.failed(); {
	case n > 0 || s.broken != "":
		fmt.Fprintf(p.c.out, "%s  %s: %d of %s failed\n", p.paint(red, "FAIL"), s.Name, n, counted(len(s.Results), "test"))
	case len(s.Results) == 0 && p.o.run != "":
		fmt.Fprintf(p.c.out, "%s     %s: no test matches\n", p.paint(dim, "-"), s.Name)
	case len(s.Results) == 0:
		fmt.Fprintf(p.c.out, "%s     %s: no tests\n", p.paint(dim, "-"), s.Name)
	default:
		fmt.Fprintf(p.c.out, "%s    %s: %s, %.3fs\n", p.paint(green, "ok"), s.Name, counted(len(s.Results), "test"), seconds)
	}
	if p.o.cover {
		p.cover(s)
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// failure shows what is not as it was expected, tuples as rows with their cells aligned.
func (p *testReport) failure(f trial.Failure) {
	message := strings.ReplaceAll(strings.TrimRight(f.Message, "\n"), "\n", "\n        ")
	fmt.Fprintf(p.c.out, "    %s: %s\n", f.Place, message)
	if len(f.Lines) == 0 {
		return
	}
	widths := make([]int, len(f.Fields))
	measure := func(cells []string) {
		for i, cell := range cells {
			if i < len(widths) {
				widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			}
		}
	}
	measure(f.Fields)
	lead := 1
	for _, l := range f.Lines {
		measure(l.Cells)
		lead = max(lead, len(l.Mark))
	}
	row := func(mark string, cells []string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "      %-*s", lead, mark)
		for i, cell := range cells {
			b.WriteString("  " + cell)
			if i < len(widths) {
				b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
			}
		}
		return strings.TrimRight(b.String(), " ")
	}
	if strings.Join(f.Fields, "") != "" {
		fmt.Fprintln(p.c.out, p.paint(dim, row("", f.Fields)))
	}
	for _, l := range f.Lines {
		text := row(l.Mark, l.Cells)
		switch l.Mark {
		case "+":
			text = p.paint(green, text)
		case "-":
			text = p.paint(red, text)
		case "?":
			text = row("", l.Cells)
		}
		fmt.Fprintln(p.c.out, text)
	}
}

// cover shows how much of the text was executed, and what was not.
func (p *testReport) cover(s *suiteResult) {
	if len(s.Cover) == 0 {
		return
	}
	done := 0
	missed := map[string][]int{}
	var files []string
	for _, l := range s.Cover {
		file, line := splitPlace(l.Place)
		if l.Count > 0 {
			done++
			continue
		}
		if missed[file] == nil {
			files = append(files, file)
		}
		missed[file] = append(missed[file], line)
	}
	fmt.Fprintf(p.c.out, "      covered: %d of %s (%.1f%%)\n", done, counted(len(s.Cover), "line"), 100*float64(done)/float64(len(s.Cover)))
	for _, file := range files {
		fmt.Fprintf(p.c.out, "      not reached: %s\n", p.paint(red, file+":"+lineRanges(missed[file])))
	}
}

func splitPlace(place string) (file string, line int) {
	i := strings.LastIndexByte(place, ':')
	if i < 0 {
		return place, 0
	}
	line, _ = strconv.Atoi(place[i+1:])
	return place[:i], line
}

// lineRanges is `3, 7-9`.
func lineRanges(lines []int) string {
	sorted := sortedUnique(lines)
	var parts []string
	for i := 0; i < len(sorted); {
		j := i
		for j+1 < len(sorted) && sorted[j+1] == sorted[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, strconv.Itoa(sorted[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", sorted[i], sorted[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

// json prints a line for each test.
func (p *testReport) json(s *suiteResult) {
	out := json.NewEncoder(p.c.out)
	out.SetEscapeHTML(false)
	for _, r := range s.Results {
		_ = out.Encode(struct {
			Topology string `json:"topology"`
			Passed   bool   `json:"passed"`
			trial.Result
		}{s.Name, len(r.Failures) == 0, r})
	}
	if s.broken != "" {
		_ = out.Encode(map[string]any{"topology": s.Name, "error": s.broken})
	}
	if p.o.cover {
		_ = out.Encode(map[string]any{"topology": s.Name, "cover": s.Cover})
	}
}

// The parts of a JUnit report that build servers read.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
		Problem  string      `xml:"system-err,omitempty"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func writeJUnit(file string, all []*suiteResult) error {
	var report junitSuites
	for _, s := range all {
		suite := junitSuite{Name: s.Name, Tests: len(s.Results), Failures: s.failed(), Problem: s.broken}
		if s.broken != "" {
			suite.Errors = 1
		}
		total := 0.0
		for _, r := range s.Results {
			total += r.Seconds
			one := junitCase{Name: r.Test, Class: s.Name, File: r.Place, Time: fmt.Sprintf("%.6f", r.Seconds)}
			if len(r.Failures) > 0 {
				one.Failure = &junitFailure{Message: r.Failures[0].Place + ": " + r.Failures[0].Message}
				var text strings.Builder
				plain := &testReport{c: &console{out: &output{w: &text}}}
				for _, f := range r.Failures {
					plain.failure(f)
				}
				one.Failure.Text = text.String()
			}
			suite.Cases = append(suite.Cases, one)
		}
		suite.Time = fmt.Sprintf("%.6f", total)
		report.Suites = append(report.Suites, suite)
	}
	text, err := xml.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return writeReport(file, xml.Header+string(text)+"\n")
}

// writeProfile writes a line `file:line count` for each line that can be executed.
func writeProfile(file string, all []*suiteResult) error {
	var b strings.Builder
	for _, s := range all {
		for _, l := range s.Cover {
			fmt.Fprintf(&b, "%s %d\n", l.Place, l.Count)
		}
	}
	return writeReport(file, b.String())
}

func writeReport(file, text string) error {
	return writeWhole(file, []byte(text))
}

func sortedUnique(lines []int) []int {
	out := slices.Clone(lines)
	slices.Sort(out)
	return slices.Compact(out)
}
