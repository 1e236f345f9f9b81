// Package examples tests the examples: each folder's test.txtar says how the topology is run, and what comes out.
package examples

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // for rows
)

// TestExamples runs the scripts, each beside a copy of its folder.
func TestExamples(t *testing.T) {
	scripts, err := filepath.Glob("*/test.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	topoc, exe := buildTopoc(t)
	cache := t.TempDir()
	for _, script := range scripts {
		example := filepath.Dir(script)
		t.Run(example, func(t *testing.T) {
			testscript.Run(t, testscript.Params{
				Files:               []string{script},
				RequireExplicitExec: true,
				Setup: func(env *testscript.Env) error {
					env.Vars = append(env.Vars, goEnvironment(t)...)
					env.Setenv("TOPO_CACHE", cache)
					env.Setenv("exe", exe)
					env.Setenv("PATH", filepath.Dir(topoc)+string(os.PathListSeparator)+env.Getenv("PATH"))
					if err := serveSite(env, filepath.Join(example, "site")); err != nil {
						return err
					}
					return os.CopyFS(filepath.Join(env.WorkDir, example), os.DirFS(example))
				},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "rows": rows},
			})
		})
	}
}

// serveSite serves the folder site of an example that has one, at $SITE, whose address stands in the file seeds.txt.
func serveSite(env *testscript.Env, dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return nil
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	env.Defer(server.Close)
	env.Setenv("SITE", server.URL)
	return os.WriteFile(filepath.Join(env.WorkDir, "seeds.txt"), []byte(server.URL+"/\n"), 0o644)
}

// buildTopoc builds topoc as users have it.
func buildTopoc(t *testing.T) (topoc, exe string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		exe = ".exe"
	}
	topoc = filepath.Join(t.TempDir(), "topoc"+exe)
	if out, err := exec.Command("go", "build", "-o", topoc, "../cmd/topoc").CombinedOutput(); err != nil {
		t.Fatalf("topoc does not build: %v\n%s", err, out)
	}
	return topoc, exe
}

// goEnvironment tells scripts, whose home folder is not the user's, where Go keeps what it has built and fetched.
func goEnvironment(t *testing.T) []string {
	t.Helper()
	names := []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOSUMDB"}
	out, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for i, value := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		env = append(env, names[i]+"="+strings.TrimSpace(value))
	}
	return env
}

// status is `status N command args...`: the command ends with exactly this exit status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var exit *exec.ExitError
	got := 0
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, not %s", got, fmt.Sprint(want))
	}
}

// rows is `rows DATABASE QUERY WANT`: the rows of an SQLite database, values and rows between spaces, are WANT.
func rows(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: rows DATABASE QUERY WANT")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer func() { _ = db.Close() }()
	found, err := db.Query(args[1])
	ts.Check(err)
	defer func() { _ = found.Close() }()
	names, err := found.Columns()
	ts.Check(err)
	var got []string
	for found.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		ts.Check(found.Scan(into...))
		for _, v := range values {
			got = append(got, fmt.Sprint(v))
		}
	}
	ts.Check(found.Err())
	if text := strings.Join(got, " "); text != args[2] {
		ts.Fatalf("%s: %s\ngot  %s\nwant %s", args[0], args[1], text, args[2])
	}
}
