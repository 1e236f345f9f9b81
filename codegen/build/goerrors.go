package build

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// codeGenerated is the code of text whose Go does not compile.
const codeGenerated = "E0901"

func init() {
	diag.Register(map[string]string{codeGenerated: "generated Go that does not compile"})
}

// marker is the comment that codegen puts above what comes from a line of .topo text.
var marker = regexp.MustCompile(`(?m)^[ \t]*// ([A-Za-z0-9_.-]+\.topo:[0-9]+)$`)

// lineDirectives makes every marker a //line directive, so that the go command's errors and panics name .topo lines.
func lineDirectives(text []byte) []byte {
	return marker.ReplaceAll(text, []byte("//line $1"))
}

// goError is one line of the go command's that points at a place.
var goError = regexp.MustCompile(`(?m)^(?:\./)?(?:[^\s:]*[/\\])?([^\s:/\\]+\.topo):([0-9]+)(?::[0-9]+)?: (.*)$`)

// explain turns what the go command printed into diagnostics, or into an error where it is about something else.
func explain(output string, err error, sources []*source.File) ([]diag.Diagnostic, error) {
	var ds []diag.Diagnostic
	for _, m := range goError.FindAllStringSubmatch(output, -1) {
		line, _ := strconv.Atoi(m[2])
		for _, f := range sources {
			if filepath.Base(f.Name) != m[1] {
				continue
			}
			line = min(line, f.LineOf(len(f.Text)))
			text, start := f.Line(line)
			// The lines of the Go that a line is made into count on from it: an empty one is none of them.
			for ; line > 1 && strings.TrimSpace(text) == ""; line-- {
				text, start = f.Line(line - 1)
			}
			trimmed := strings.TrimLeft(text, " \t")
			start += len(text) - len(trimmed)
			ds = append(ds, diag.Diagnostic{
				Code:    codeGenerated,
				Message: "the Go code made from this does not compile: " + m[3],
				Span:    source.Span{File: f.Name, Start: start, End: start + len(strings.TrimRight(trimmed, " \t"))},
				Help:    "this is a fault of topoc, not of your text: please report it with the file",
			})
			break
		}
	}
	if len(ds) > 0 {
		return ds, nil
	}
	return nil, classify(strings.TrimSpace(output), err)
}

// classify says what stopped a build that did not fail at a place, and the way out.
func classify(output string, err error) error {
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(output, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("requires go >="):
		return &Error{What: "the go command is too old: " + lastLine(output), Way: "install the Go version that is asked for"}
	case has("dial tcp", "no such host", "proxyconnect", "i/o timeout", "connection refused", "module lookup disabled", "cannot find module providing package"):
		return &Error{What: "the modules that the runtime needs cannot be fetched:\n" + output,
			Way: "the first build needs the Go module proxy (see `go env GOPROXY`); later ones need no network"}
	case has("no space left on device"):
		return &Error{What: "the disk is full:\n" + output, Way: "make room, or set TMPDIR, GOCACHE or -o to another disk"}
	case has("unsupported GOOS/GOARCH"):
		return &Error{What: lastLine(output), Way: "see `go tool dist list` for the pairs that there are"}
	case output == "":
		return &Error{What: "the go command failed: " + err.Error(), Way: "run again with -v to see it"}
	}
	return &Error{What: "the go command failed:\n" + output, Way: "run again with -v to see it"}
}

func lastLine(s string) string { return s[strings.LastIndexByte(s, '\n')+1:] }

// quoted writes arguments as a shell takes them.
func quoted(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a
		if strings.ContainsAny(a, " \t'\"") {
			out[i] = strconv.Quote(a)
		}
	}
	return strings.Join(out, " ")
}
