package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // for cmdRows
)

// TestMain makes the test binary serve as topoc too, so that scripts run it as users do.
func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){"topoc": main})
}

// suite gives all tests of a run one cache, so that what one has built another finds, and nobody's own is touched.
type suite struct{ *testing.M }

// Run implements testscript.TestingM.
func (s suite) Run() int {
	cache, err := os.MkdirTemp("", "topoc-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(cache)
	os.Setenv("TOPO_CACHE", cache)
	return s.M.Run()
}

// TestScript runs testdata/script: each verb, used well and badly. The scripts are documentation too.
func TestScript(t *testing.T) {
	goEnv := goEnvironment(t)
	// Compile the engine once, before all scripts would at the same time.
	wordcount(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, goEnv...)
			topoc, err := exec.LookPath("topoc")
			if err != nil {
				return err
			}
			exe := ""
			if runtime.GOOS == "windows" {
				exe = ".exe"
			}
			env.Setenv("TOPOC", topoc)
			env.Setenv("TOPO_CACHE", os.Getenv("TOPO_CACHE"))
			env.Setenv("exe", exe)
			repo, err := filepath.Abs(repository("."))
			if err != nil {
				return err
			}
			env.Setenv("REPO", repo)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				// For root no folder is read-only.
				return os.Geteuid() == 0, nil
			case "cross":
				return os.Getenv("TOPO_TEST_CROSS") != "", nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": cmdStatus, "magic": cmdMagic, "rows": cmdRows},
	})
}

// goEnvironment tells scripts, whose home folder is not the user's, where Go keeps what it has built and fetched.
func goEnvironment(t *testing.T) []string {
	t.Helper()
	names := []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE"}
	out, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	values := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	var env []string
	for i, name := range names {
		env = append(env, name+"="+strings.TrimSpace(values[i]))
	}
	return env
}

// cmdStatus is `status N command args...`: the command ends with exactly this exit status.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, not %d", got, want)
	}
}

// cmdMagic is `magic FILE elf|macho|pe`: the file is a binary of this kind.
func cmdMagic(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: magic FILE elf|macho|pe")
	}
	want := map[string]string{"elf": "\x7fELF", "macho": "\xcf\xfa\xed\xfe", "pe": "MZ"}[args[1]]
	text, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	if !bytes.HasPrefix(text, []byte(want)) {
		ts.Fatalf("%s is no %s binary", args[0], args[1])
	}
}

// cmdRows is `rows DATABASE QUERY WANT`: the rows of an SQLite database, values and rows between spaces, are WANT.
func cmdRows(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: rows DATABASE QUERY WANT")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer func() { _ = db.Close() }()
	rows, err := db.Query(args[1])
	ts.Check(err)
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	ts.Check(err)
	var got []string
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		ts.Check(rows.Scan(into...))
		for _, v := range values {
			got = append(got, fmt.Sprint(v))
		}
	}
	ts.Check(rows.Err())
	if text := strings.Join(got, " "); text != args[2] {
		ts.Fatalf("%s: %s\ngot  %s\nwant %s", args[0], args[1], text, args[2])
	}
}

// topocIn runs topoc in this process.
func topocIn(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(""), &out, &err)
	return out.String(), err.String(), status
}

// repository returns the path of a file of the repository.
func repository(path string) string { return filepath.Join("..", "..", filepath.FromSlash(path)) }
