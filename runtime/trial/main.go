package trial

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"time"
)

// Result is what a program of tests prints of each test, as a line of JSON.
type Result struct {
	Test     string    `json:"test"`
	Place    string    `json:"place"`
	Seconds  float64   `json:"seconds"`
	Failures []Failure `json:"failures,omitempty"`
	// Cover, of the last line, which is about no test, is how often each line of .topo text was executed.
	Cover []Covered `json:"cover,omitempty"`
}

// Covered is a line of .topo text that can be executed.
type Covered struct {
	Place string `json:"place"` // file:line
	Count uint64 `json:"count"`
}

// Suite is the tests of a topology.
type Suite struct {
	Tests []Test
	// Cover counts how often each of Lines was executed; empty where nobody wants to know.
	Cover []uint64
	Lines []string
}

// Main is the program of tests: it runs those whose name matches --run. How they went is for topoc to tell: the
// exit status says only whether they ran.
func Main(s Suite) {
	os.Exit(s.main(os.Args[1:]))
}

func (s Suite) main(args []string) int {
	flags := flag.NewFlagSet("tests", flag.ContinueOnError)
	pattern := flags.String("run", "", "run the tests whose name matches")
	seed := flags.Uint64("seed", 0, "let tasks take turns at random")
	limit := flags.Duration("timeout", time.Minute, "how long a test may take")
	if flags.Parse(args) != nil {
		return 2
	}
	match, err := regexp.Compile(*pattern)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	hung := ""
	for _, test := range s.Tests {
		if !match.MatchString(test.Name) {
			continue
		}
		start := time.Now()
		failures := []Failure{{Place: test.Place, Message: "not run, because \"" + hung + "\" did not come to its end"}}
		if hung == "" {
			var ended bool
			if failures, ended = runWithin(test, *seed, *limit); !ended {
				hung = test.Name // what it left running shares all that there is one of
			}
		}
		r := Result{Test: test.Name, Place: test.Place, Seconds: time.Since(start).Seconds(), Failures: failures}
		if err := out.Encode(r); err != nil {
			return 2
		}
	}
	if len(s.Lines) > 0 && hung == "" {
		var last Result
		for i, place := range s.Lines {
			last.Cover = append(last.Cover, Covered{place, s.Cover[i]})
		}
		if err := out.Encode(last); err != nil {
			return 2
		}
	}
	return 0
}
