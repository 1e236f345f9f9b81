package sqlite_test

import (
	"database/sql"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/store/storetest"
	"github.com/topo-lang/topo/stdlib/sqlite"
)

const odd = `a "b"; drop table x; --`

func opened(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func numbers(t *testing.T, path, table string) map[int]int {
	t.Helper()
	rows, err := opened(t, path).Query(`SELECT n, count(*) FROM "` + strings.ReplaceAll(table, `"`, `""`) + `" GROUP BY n`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	out := map[int]int{}
	for rows.Next() {
		var n, times int
		if err := rows.Scan(&n, &times); err != nil {
			t.Fatal(err)
		}
		out[n] = times
	}
	return out
}

func TestOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	storetest.Once(t, func() component.ColumnSink { return &sqlite.Insert{Path: path, Table: odd} }, func() map[int]int { return numbers(t, path, odd) })
	storetest.Once(t, func() component.ColumnSink { return &sqlite.Upsert{Path: path, Table: "u"} }, func() map[int]int { return numbers(t, path, "u") })
}

func TestSinkWithoutEpochs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := opened(t, path)
	for _, text := range []string{`CREATE TABLE i (id TEXT UNIQUE, n INTEGER CHECK (n <> 3), note TEXT, more INTEGER DEFAULT 7)`, `CREATE TABLE s (id TEXT PRIMARY KEY, n INTEGER, note TEXT)`} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	var failed []component.Failed
	write := func(s component.ColumnSink, rows ...*component.Columns) {
		t.Helper()
		failed = nil
		ctx := &component.Context{Topology: "t", Component: "out", Stderr: io.Discard, Fail: func(f component.Failed) { failed = append(failed, f) }}
		if err := s.Open(ctx, storetest.Schema()); err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if err := s.Write(r); err != nil {
				t.Fatal(err)
			}
			if err := s.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(true); err != nil {
			t.Fatal(err)
		}
	}
	write(&sqlite.Insert{Path: path, Table: "i"}, storetest.Rows(0, 5), storetest.Rows(4, 2))
	if len(failed) != 2 || failed[0].Tuple != `{"id":"it's 3","n":3,"note":null}` || !strings.Contains(failed[0].Reason, "CHECK") || failed[1].Tuple != `{"id":"it's 4","n":4,"note":"even"}` || !strings.Contains(failed[1].Reason, "UNIQUE") {
		t.Errorf("%+v", failed)
	}
	if got := numbers(t, path, "i"); len(got) != 5 || got[3] != 0 || got[4] != 1 || got[5] != 1 {
		t.Errorf("%v", got)
	}
	write(&sqlite.Insert{Path: path, Table: "s", Conflict: "skip"}, storetest.Rows(0, 5), storetest.Rows(3, 3))
	if got := numbers(t, path, "s"); len(failed) != 0 || len(got) != 6 || got[3] != 1 {
		t.Errorf("%v, %v", failed, got)
	}
	more := storetest.Rows(2, 1)
	more.Cols[1].Ints[0] = 99
	write(&sqlite.Upsert{Path: path, Table: "s"}, more)
	if got := numbers(t, path, "s"); len(failed) != 0 || len(got) != 6 || got[99] != 1 || got[2] != 0 {
		t.Errorf("%v, %v", failed, got)
	}
}

func TestSinkRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := opened(t, path)
	for _, text := range []string{`CREATE TABLE lacks (id TEXT, n INTEGER)`, `CREATE TABLE must (id TEXT, n INTEGER, note TEXT, more INTEGER NOT NULL)`, `CREATE TABLE nokey (id TEXT, n INTEGER, note TEXT)`,
		`CREATE TABLE spoils (id INTEGER, n INTEGER, note TEXT)`, `CREATE TABLE rounds (id TEXT, n REAL, note TEXT)`} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		s    component.ColumnSink
		want string
	}{
		{&sqlite.Insert{Table: "t"}, "no database is named"},
		{&sqlite.Insert{Path: path}, "is a name that is not free"},
		{&sqlite.Insert{Path: path, Table: "topo_sinks"}, "is a name that is not free"},
		{&sqlite.Insert{Path: path, Table: "t", Conflict: "x"}, "conflict"},
		{&sqlite.Insert{Path: path, Table: "lacks"}, "has no column for field note: it has id, n"},
		{&sqlite.Insert{Path: path, Table: "must"}, "column more must have a value"},
		{&sqlite.Upsert{Path: path, Table: "nokey"}, "has no unique index of its column id"},
		{&sqlite.Insert{Path: path, Table: "spoils"}, `it would make 7 of "007"`},
		{&sqlite.Insert{Path: path, Table: "rounds"}, "it would round large numbers"},
		{&sqlite.Upsert{Path: path, Table: "t", Key: 2}, "field note may be missing"},
	} {
		err := c.s.Open(&component.Context{Stderr: io.Discard}, storetest.Schema())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
		_ = c.s.Close(false)
	}
}
