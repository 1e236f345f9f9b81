package postgres_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/store/storetest"
	"github.com/topo-lang/topo/stdlib/postgres"
)

const odd = `a "b"; drop table x; --`

// do runs statements.
func do(t *testing.T, url string, texts ...string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, text := range texts {
		if _, err := conn.Exec(context.Background(), text); err != nil {
			t.Fatal(err)
		}
	}
}

func numbers(t *testing.T, url, table string) map[int]int {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(context.Background(), "SELECT n, count(*) FROM "+pgx.Identifier{table}.Sanitize()+" GROUP BY n")
	if err != nil {
		t.Fatal(err)
	}
	out := map[int]int{}
	var n, times int
	if _, err := pgx.ForEachRow(rows, []any{&n, &times}, func() error { out[n] = times; return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOnce(t *testing.T) {
	url := database(t)
	storetest.Once(t, func() component.ColumnSink { return &postgres.Insert{Url: url, Table: odd} }, func() map[int]int { return numbers(t, url, odd) })
	storetest.Once(t, func() component.ColumnSink { return &postgres.Upsert{Url: url, Table: "u"} }, func() map[int]int { return numbers(t, url, "u") })
}

func TestSinkWithoutEpochs(t *testing.T) {
	url := database(t)
	do(t, url, `CREATE TABLE i (id text UNIQUE, n integer CHECK (n <> 3), note text, more bigint DEFAULT 7)`, `CREATE TABLE s (id text PRIMARY KEY, n bigint, note text)`)
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
	large := storetest.Rows(5, 1)
	large.Cols[1].Ints[0] = 1 << 40 // more than the column takes
	write(&postgres.Insert{Url: url, Table: "i"}, storetest.Rows(0, 5), storetest.Rows(4, 2), large)
	if len(failed) != 3 || failed[0].Tuple != `{"id":"it's 3","n":3,"note":null}` || !strings.Contains(failed[0].Reason, "check constraint") ||
		!strings.Contains(failed[1].Reason, "unique constraint") || !strings.Contains(failed[2].Reason, "1099511627776") {
		t.Errorf("%+v", failed)
	}
	if got := numbers(t, url, "i"); len(got) != 5 || got[3] != 0 || got[4] != 1 || got[5] != 1 {
		t.Errorf("%v", got)
	}
	write(&postgres.Insert{Url: url, Table: "s", Conflict: "skip"}, storetest.Rows(0, 5), storetest.Rows(3, 3))
	if got := numbers(t, url, "s"); len(failed) != 0 || len(got) != 6 || got[3] != 1 {
		t.Errorf("%v, %v", failed, got)
	}
	more := storetest.Rows(2, 1)
	more.Cols[1].Ints[0] = 99
	write(&postgres.Upsert{Url: url, Table: "s"}, more)
	if got := numbers(t, url, "s"); len(failed) != 0 || len(got) != 6 || got[99] != 1 || got[2] != 0 {
		t.Errorf("%v, %v", failed, got)
	}
}

func TestSinkRefuses(t *testing.T) {
	url := database(t)
	do(t, url, `CREATE TABLE lacks (id text, n bigint)`, `CREATE TABLE must (id text, n bigint, note text, more bigint NOT NULL)`, `CREATE TABLE nokey (id text, n bigint, note text)`,
		`CREATE TABLE wrong (id bigint, n bigint, note text)`)
	for _, c := range []struct {
		s    component.ColumnSink
		want string
	}{
		{&postgres.Insert{Table: "t"}, "url: is none"},
		{&postgres.Insert{Url: url}, "is a name that is not free"},
		{&postgres.Insert{Url: url, Table: strings.Repeat("t", 64)}, "is a name that is not free"},
		{&postgres.Insert{Url: url, Table: "t", Conflict: "x"}, "conflict"},
		{&postgres.Insert{Url: url, Table: "lacks"}, "has no column for field note: it has id, n"},
		{&postgres.Insert{Url: url, Table: "must"}, "column more must have a value"},
		{&postgres.Upsert{Url: url, Table: "nokey"}, "has no unique index of its column id"},
		{&postgres.Insert{Url: url, Table: "wrong"}, "column id is int8, and field id is a string"},
		{&postgres.Upsert{Url: url, Table: "t", Key: 2}, "field note may be missing"},
	} {
		err := c.s.Open(&component.Context{Stderr: io.Discard}, storetest.Schema())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
		_ = c.s.Close(false)
	}
}
