package postgres_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/store"
	"github.com/topo-lang/topo/runtime/store/storetest"
	"github.com/topo-lang/topo/stdlib/postgres"
)

// server names a server that the tests may make databases in: testdata/postgres.sh starts one.
const server = "TOPO_POSTGRES"

// database makes an empty one, and gives its url.
func database(t *testing.T) string {
	t.Helper()
	url := os.Getenv(server)
	if url == "" {
		t.Skip("no PostgreSQL: " + server + " names none (`eval $(testdata/postgres.sh)` starts one)")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	name := fmt.Sprintf("topo_%d_%s", os.Getpid(), strings.ToLower(t.Name()))
	for _, text := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name} {
		if _, err := conn.Exec(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return
		}
		defer func() { _ = conn.Close(ctx) }()
		_, _ = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	})
	at, query, _ := strings.Cut(url, "?")
	i := strings.LastIndexByte(at, '/')
	return at[:i+1] + name + "?" + query
}

func TestStore(t *testing.T) {
	url := database(t)
	storetest.Conform(t, func() store.Backend { return &postgres.Postgres{Url: url} })
}

func TestStoreRefuses(t *testing.T) {
	url := database(t)
	b := &postgres.Postgres{Url: url, Table: "t"}
	ctx := func() *component.Context { return &component.Context{Stderr: io.Discard} }
	if err := b.Open(ctx(), storetest.TableOf(store.Plain, 0)); err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	for _, c := range []struct {
		b    *postgres.Postgres
		want string
	}{
		{&postgres.Postgres{}, "url: is none of a PostgreSQL database"},
		{&postgres.Postgres{Url: url, Table: "topo_marks"}, "a name that is not free"},
		{&postgres.Postgres{Url: url, Table: "t"}, "is not one of this state"},
		{&postgres.Postgres{Url: strings.Replace(url, "/topo_", "/no_such_", 1)}, "does not exist"},
	} {
		err := c.b.Open(ctx(), storetest.TableOf(store.Opaque, 0))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
		_ = c.b.Close()
	}
}
