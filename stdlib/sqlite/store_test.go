package sqlite_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/store"
	"github.com/topo-lang/topo/runtime/store/storetest"
	"github.com/topo-lang/topo/stdlib/sqlite"
)

func TestStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?.db")
	storetest.Conform(t, func() store.Backend { return &sqlite.Sqlite{Path: path} })
}

func TestStoreRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.db")
	ctx := func() *component.Context { return &component.Context{Stderr: io.Discard} }
	b := &sqlite.Sqlite{Path: other, Table: "t"}
	plain := storetest.TableOf(store.Plain, 0)
	if err := b.Open(ctx(), plain); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		b    *sqlite.Sqlite
		want string
	}{
		{&sqlite.Sqlite{}, "no database is named"},
		{&sqlite.Sqlite{Path: text}, "is no SQLite database"},
		{&sqlite.Sqlite{Path: filepath.Join(dir, "none", "x.db")}, "can't be opened"},
		{&sqlite.Sqlite{Path: other, Table: "topo_marks"}, "a name that is not free"},
		{&sqlite.Sqlite{Path: other, Table: "t"}, "is not one of this state"}, // opaque: it lacks columns
	} {
		err := c.b.Open(ctx(), storetest.TableOf(store.Opaque, 0))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
		_ = c.b.Close()
	}
}
