// Package sqlite keeps state in SQLite databases.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/shape"
	"github.com/topo-lang/topo/runtime/store"
	"github.com/topo-lang/topo/stdlib/kit/column"
)

// Sqlite is the store sqlite. Each task has a connection for reading and one for writing.
type Sqlite struct {
	Path  string
	Table string

	of     store.Table
	name   string
	db     *sql.DB
	upsert *sql.Stmt
	remove *sql.Stmt
	mark   *sql.Stmt
	// How many keys are asked for at once, and the statement for as many.
	most int
	get  *sql.Stmt
	args []any
}

var _ store.Backend = (*Sqlite)(nil)

// keysAtOnce is how many values a statement may have.
const keysAtOnce = 500

// Open implements store.Backend.
func (s *Sqlite) Open(ctx *component.Context, t store.Table) error {
	if s.Path == "" {
		return fault.New("name a file", "path: no database is named")
	}
	s.of = t
	if s.name = s.Table; s.name == "" {
		s.name = t.Name
	}
	if err := freeName(s.name); err != nil {
		return err
	}
	if err := column.Check(t); err != nil {
		return err
	}
	path, err := filepath.Abs(s.Path)
	if err != nil {
		return err
	}
	if err := ctx.Own("table " + s.name + " of " + path); err != nil {
		return fault.New("give each of them a table of its own", "%w", err)
	}
	if s.db == nil {
		if s.db, err = sql.Open("sqlite", source(path)); err != nil {
			return err
		}
		s.db.SetMaxOpenConns(2)
	}
	if err := s.make(); err != nil {
		return s.said(err)
	}
	return nil
}

func (s *Sqlite) make() (err error) {
	key, states := column.Names(s.of.Key), column.Names(s.of.States)
	name := column.Quote(s.name)
	var cols []string
	for _, f := range s.of.Key {
		cols = append(cols, column.Quote(f.Name)+" "+typeOf(f)+" NOT NULL")
	}
	for _, f := range s.of.States {
		cols = append(cols, column.Quote(f.Name)+" "+typeOf(f)+" NOT NULL")
	}
	all := append(append([]string{}, key...), states...)
	if s.of.Mode != store.Plain {
		cols, all = append(cols, column.Txid+" INTEGER NOT NULL DEFAULT 0"), append(all, column.Txid)
	}
	if s.of.Mode == store.Opaque {
		cols, all = append(cols, column.Prev+" BLOB"), append(all, column.Prev)
	}
	for _, text := range []string{
		"CREATE TABLE IF NOT EXISTS " + name + " (" + strings.Join(cols, ", ") + ", PRIMARY KEY (" + strings.Join(key, ", ") + "))",
		"CREATE TABLE IF NOT EXISTS topo_marks (state TEXT NOT NULL, task INTEGER NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (state, task))",
	} {
		if _, err := s.db.Exec(text); err != nil {
			return err
		}
	}
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(key)), ", ") + ")"
	s.most = max(1, keysAtOnce/len(key))
	where := strings.Join(key, ", ") + " IN (" + strings.TrimSuffix(strings.Repeat("?, ", s.most), ", ") + ")"
	if len(key) > 1 {
		where = "(" + strings.Join(key, ", ") + ") IN (VALUES " + strings.TrimSuffix(strings.Repeat(one+", ", s.most), ", ") + ")"
	}
	var set []string
	for _, c := range all[len(key):] {
		set = append(set, c+" = excluded."+c)
	}
	var equal []string
	for _, c := range key {
		equal = append(equal, c+" = ?")
	}
	for _, st := range []struct {
		at   **sql.Stmt
		text string
	}{
		{&s.get, "SELECT " + strings.Join(all, ", ") + " FROM " + name + " WHERE " + where},
		{&s.upsert, "INSERT INTO " + name + " (" + strings.Join(all, ", ") + ") VALUES (" + strings.TrimSuffix(strings.Repeat("?, ", len(all)), ", ") + ") ON CONFLICT (" + strings.Join(key, ", ") + ") DO UPDATE SET " + strings.Join(set, ", ")},
		{&s.remove, "DELETE FROM " + name + " WHERE " + strings.Join(equal, " AND ")},
		{&s.mark, "INSERT INTO topo_marks (state, task, mark) VALUES (?, ?, ?) ON CONFLICT (state, task) DO UPDATE SET mark = excluded.mark"},
	} {
		if *st.at, err = s.db.Prepare(st.text); err != nil {
			return err
		}
	}
	return nil
}

func typeOf(f shape.Field) string {
	return [...]string{column.Bool: "INTEGER", column.Int: "INTEGER", column.Float: "REAL", column.Text: "TEXT", column.Bytes: "BLOB"}[column.Of(f.Type)]
}

// Get implements store.Backend.
func (s *Sqlite) Get(keys [][]byte) ([]store.Row, error) {
	out := make([]store.Row, len(keys))
	at := make(map[string]int, len(keys))
	for i, k := range keys {
		out[i].Key = k
		at[string(k)] = i
	}
	for from := 0; from < len(keys); from += s.most {
		some := keys[from:min(from+s.most, len(keys))]
		s.args = s.args[:0]
		for i := range s.most {
			var err error
			if s.args, err = column.Append(s.args, s.of.Key, some[min(i, len(some)-1)]); err != nil {
				return nil, err
			}
		}
		found, err := s.get.Query(s.args...)
		if err != nil {
			return nil, s.said(err)
		}
		err = s.each(found, func(r store.Row) error {
			if i, ok := at[string(r.Key)]; ok {
				out[i] = r
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// each reads the rows of a statement.
func (s *Sqlite) each(found *sql.Rows, f func(store.Row) error) error {
	defer func() { _ = found.Close() }()
	n := len(s.of.Key) + len(s.of.States)
	values := make([]any, n, n+2)
	var txid int64
	var prev []byte
	into := make([]any, n, n+2)
	for i := range values {
		into[i] = &values[i]
	}
	if s.of.Mode != store.Plain {
		into = append(into, &txid)
	}
	if s.of.Mode == store.Opaque {
		into = append(into, &prev)
	}
	for found.Next() {
		prev = nil
		if err := found.Scan(into...); err != nil {
			return s.said(err)
		}
		r := store.Row{Txid: uint64(txid), Prev: prev}
		var err error
		if r.Key, err = column.Read(nil, s.of.Key, values[:len(s.of.Key)]); err != nil {
			return s.foreign(err)
		}
		if r.Value, err = column.Read([]byte{}, s.of.States, values[len(s.of.Key):]); err != nil {
			return s.foreign(err)
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return s.said(found.Err())
}

// foreign is the error of a row that this program can't have written.
func (s *Sqlite) foreign(err error) error {
	return fault.New("somebody else has written it: mend the row", "%s: table %s: %w", s.Path, s.name, err)
}

// Put implements store.Backend.
func (s *Sqlite) Put(rows []store.Row, mark []byte) (err error) {
	tx, err := s.db.BeginTx(context.Background(), nil)
	if err != nil {
		return s.said(err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	upsert, remove := tx.Stmt(s.upsert), tx.Stmt(s.remove)
	var args []any
	for _, r := range rows {
		if args, err = column.Append(args[:0], s.of.Key, r.Key); err != nil {
			return err
		}
		do := remove
		if r.Value != nil {
			do = upsert
			if args, err = column.Append(args, s.of.States, r.Value); err != nil {
				return err
			}
			for i, v := range args {
				if f, ok := v.(float64); ok && f != f {
					args[i] = "NaN"
				}
			}
			if s.of.Mode != store.Plain {
				args = append(args, int64(r.Txid))
			}
			if s.of.Mode == store.Opaque {
				args = append(args, r.Prev)
			}
		}
		if _, err = do.Exec(args...); err != nil {
			return s.said(err)
		}
	}
	if mark != nil {
		if _, err = tx.Stmt(s.mark).Exec(s.name, s.of.Task, string(mark)); err != nil {
			return s.said(err)
		}
	}
	err = s.said(tx.Commit())
	return err
}

// Mark implements store.Backend.
func (s *Sqlite) Mark() ([]byte, error) {
	var text string
	err := s.db.QueryRow("SELECT mark FROM topo_marks WHERE state = ? AND task = ?", s.name, s.of.Task).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return []byte(text), s.said(err)
}

// Each implements store.Backend.
func (s *Sqlite) Each(f func(store.Row) error) error {
	all := append(column.Names(s.of.Key), column.Names(s.of.States)...)
	if s.of.Mode != store.Plain {
		all = append(all, column.Txid)
	}
	if s.of.Mode == store.Opaque {
		all = append(all, column.Prev)
	}
	found, err := s.db.Query("SELECT " + strings.Join(all, ", ") + " FROM " + column.Quote(s.name))
	if err != nil {
		return s.said(err)
	}
	return s.each(found, f)
}

// Sync implements store.Backend: each transaction was synced.
func (s *Sqlite) Sync() error { return nil }

// Close implements store.Backend.
func (s *Sqlite) Close() error {
	if s.db == nil {
		return nil
	}
	err := s.db.Close()
	s.db = nil
	return err
}

// said makes an error of the database one that says where it comes from, and whether it may pass.
func (s *Sqlite) said(err error) error { return said(s.Path, s.name, err) }

func said(path, table string, err error) error {
	var e *driver.Error
	if err == nil {
		return nil
	}
	var told *fault.Error
	if errors.As(err, &told) {
		return err
	}
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %w", path, err)
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return store.Passing(fmt.Errorf("%s: another process holds its lock: %w", path, err))
	case lib.SQLITE_FULL:
		return store.Passing(fmt.Errorf("%s: the disk is full: %w", path, err))
	case lib.SQLITE_IOERR:
		return store.Passing(fmt.Errorf("%s: %w", path, err))
	case lib.SQLITE_CANTOPEN:
		return fault.New("its folder must be there, and be writable", "%s: can't be opened: %w", path, err)
	case lib.SQLITE_READONLY:
		return fault.New("its folder must be writable, too", "%s: can't be written: %w", path, err)
	case lib.SQLITE_NOTADB:
		return fault.New("name another file", "%s: is no SQLite database", path)
	case lib.SQLITE_CORRUPT:
		return fault.New("bring it back from a copy; or begin anew, with another --store and another file", "%s: is damaged: %w", path, err)
	}
	if strings.Contains(e.Error(), "no such column") || strings.Contains(e.Error(), "has no column") || strings.Contains(e.Error(), "ON CONFLICT clause does not match") {
		return fault.New("name another table, or take that one away", "%s: table %s is there, and is not one of this state: %w", path, table, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
