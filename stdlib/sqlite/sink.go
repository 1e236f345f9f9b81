package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/store"
	"github.com/topo-lang/topo/stdlib/kit/column"
)

// Insert is the sink sqlite.insert.
type Insert struct {
	Path, Table, Conflict string

	writer
}

// Upsert is the sink sqlite.upsert.
type Upsert struct {
	Path, Table string
	Key         int

	writer
}

var (
	_ component.ColumnSink = (*Insert)(nil)
	_ component.ColumnSink = (*Upsert)(nil)
	_ store.Target         = (*writer)(nil)
)

// Open implements component.ColumnSink.
func (s *Insert) Open(ctx *component.Context, schema []component.Column) error {
	conflict := ""
	switch s.Conflict {
	case "skip":
		conflict = " ON CONFLICT DO NOTHING"
	case "fail", "":
	default:
		return fault.New(`choose one of "fail", "skip"`, "conflict: %q is not known here", s.Conflict)
	}
	return s.open(ctx, s.Path, s.Table, schema, -1, conflict)
}

// Open implements component.ColumnSink.
func (s *Upsert) Open(ctx *component.Context, schema []component.Column) error {
	if schema[s.Key].Optional {
		return fault.New("name a field that is always there", "key: field %s may be missing", schema[s.Key].Name)
	}
	var set []string
	for i, c := range schema {
		if i != s.Key {
			name := column.Quote(c.Name)
			set = append(set, name+" = excluded."+name)
		}
	}
	conflict := " ON CONFLICT (" + column.Quote(schema[s.Key].Name) + ") DO NOTHING"
	if len(set) > 0 {
		conflict = " ON CONFLICT (" + column.Quote(schema[s.Key].Name) + ") DO UPDATE SET " + strings.Join(set, ", ")
	}
	return s.open(ctx, s.Path, s.Table, schema, s.Key, conflict)
}

// writer writes rows into a table.
type writer struct {
	path, table string
	fields      []column.Field
	key         int // of an upsert, else -1
	db          *sql.DB
	write, mark *sql.Stmt
	out         store.Outlet
	row         []byte
	args        []any
	refuse      func(component.Failed)
}

func (w *writer) open(ctx *component.Context, path, table string, schema []component.Column, key int, conflict string) (err error) {
	if w.path, w.table, w.key, w.refuse = path, table, key, ctx.Refuse; path == "" {
		return fault.New("name a file", "path: no database is named")
	}
	if err := freeName(table); err != nil {
		return err
	}
	if w.fields, err = column.Fields(schema); err != nil {
		return err
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := ctx.Own("table " + table + " of " + full); err != nil {
		return fault.New("join what they read by `|` into one sink; or give each of them a table of its own", "%w", err)
	}
	return w.out.Open(ctx, "table "+table+" of "+path, w, func() error {
		if w.db == nil {
			if w.db, err = sql.Open("sqlite", source(full)); err != nil {
				return err
			}
			w.db.SetMaxOpenConns(1)
		}
		return w.said(w.make(ctx.Epochs, conflict))
	}, func(row []byte, why error) {
		w.refuse(component.Failed{Tuple: column.Tuple(w.fields, row), Reason: why.Error(), Place: path})
	})
}

// freeName sees that a table may have a name.
func freeName(name string) error {
	low := strings.ToLower(name)
	if name == "" || strings.HasPrefix(low, "sqlite_") || low == "topo_marks" || low == "topo_sinks" || strings.IndexByte(name, 0) >= 0 {
		return fault.New("name it otherwise", "table: %q is a name that is not free", name)
	}
	return nil
}

// source names a database to the driver.
func source(path string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "_pragma=busy_timeout(1000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"}).String()
}

// make makes the table where there is none, sees that it fits, and prepares what is written.
func (w *writer) make(epochs bool, conflict string) error {
	if _, err := w.db.Exec(w.create()); err != nil {
		return err
	}
	if err := w.fits(); err != nil {
		return err
	}
	names := make([]string, len(w.fields))
	for i, f := range w.fields {
		names[i] = column.Quote(f.Name)
	}
	text := "INSERT INTO " + column.Quote(w.table) + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ") + ")" + conflict
	var err error
	if w.write, err = w.db.Prepare(text); err != nil {
		if w.key >= 0 && strings.Contains(err.Error(), "ON CONFLICT clause does not match") {
			name := w.fields[w.key].Name
			return fault.New(fmt.Sprintf("make one: CREATE UNIQUE INDEX ... ON %s (%s); or name another table", column.Quote(w.table), column.Quote(name)),
				"table %s of %s has no unique index of its column %s, by which rows are to be replaced", w.table, w.path, name)
		}
		return err
	}
	if !epochs {
		return nil
	}
	if _, err := w.db.Exec("CREATE TABLE IF NOT EXISTS topo_sinks (log TEXT PRIMARY KEY, sink TEXT NOT NULL, epoch INTEGER NOT NULL)"); err != nil {
		return err
	}
	w.mark, err = w.db.Prepare("INSERT INTO topo_sinks (log, sink, epoch) VALUES (?, ?, ?) ON CONFLICT (log) DO UPDATE SET epoch = excluded.epoch")
	return err
}

func (w *writer) create() string {
	var cols []string
	for i, f := range w.fields {
		c := column.Quote(f.Name) + " " + [...]string{column.Bool: "INTEGER", column.Int: "INTEGER", column.Float: "REAL", column.Text: "TEXT", column.Bytes: "BLOB"}[f.Type()]
		if !f.Optional {
			c += " NOT NULL"
		}
		if i == w.key {
			c += " PRIMARY KEY"
		}
		cols = append(cols, c)
	}
	return "CREATE TABLE IF NOT EXISTS " + column.Quote(w.table) + " (" + strings.Join(cols, ", ") + ")"
}

// fits sees that a table which was there takes what is written.
func (w *writer) fits() error {
	found, err := w.db.Query(`SELECT name, type, "notnull" AND dflt_value IS NULL AND NOT (pk > 0 AND upper(type) = 'INTEGER') FROM pragma_table_info(?)`, w.table)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	of, needed := map[string]string{}, map[string]bool{}
	var names []string
	for found.Next() {
		var name, typ string
		var must bool
		if err := found.Scan(&name, &typ, &must); err != nil {
			return err
		}
		names = append(names, name)
		of[strings.ToLower(name)], needed[strings.ToLower(name)] = typ, must
	}
	if err := found.Err(); err != nil {
		return err
	}
	for _, f := range w.fields {
		typ, ok := of[strings.ToLower(f.Name)]
		if !ok {
			return fault.New("name a bolt's field as the column, add the column, or name another table", "table %s of %s has no column for field %s: it has %s", w.table, w.path, f.Name, strings.Join(names, ", "))
		}
		if why := spoils(f, typ); why != "" {
			return fault.New("give the column another type, or the field", "table %s of %s: column %s is %s, and field %s is a %s: %s", w.table, w.path, f.Name, typ, f.Name, f, why)
		}
		delete(needed, strings.ToLower(f.Name))
	}
	for _, name := range names {
		if needed[strings.ToLower(name)] {
			return fault.New("give the tuples such a field, or the column a default", "table %s of %s: column %s must have a value, and no field is named so", w.table, w.path, name)
		}
	}
	return nil
}

// spoils says why a column of a declared type does not keep values as they are: SQLite makes numbers of texts, and texts of numbers, by what the declared type begins with.
func spoils(f column.Field, declared string) string {
	up := strings.ToUpper(declared)
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(up, p) })
	}
	affinity := "NUMERIC"
	switch {
	case has("INT"):
		affinity = "INTEGER"
	case has("CHAR", "CLOB", "TEXT"):
		affinity = "TEXT"
	case up == "" || has("BLOB", "ANY"):
		affinity = "BLOB"
	case has("REAL", "FLOA", "DOUB"):
		affinity = "REAL"
	}
	switch number := affinity != "TEXT" && affinity != "BLOB"; f.Type() {
	case column.Bool, column.Int:
		switch affinity {
		case "TEXT":
			return "it would keep numbers as texts"
		case "REAL":
			return "it would round large numbers"
		}
	case column.Float:
		if affinity == "TEXT" {
			return "it would keep numbers as texts"
		}
	case column.Text:
		if number && f.Kind != component.Time {
			return "it would make 7 of \"007\""
		}
	}
	return ""
}

// Write implements component.ColumnSink.
func (w *writer) Write(rows *component.Columns) (err error) {
	for i := range rows.N {
		if w.row, err = column.AppendRow(w.row[:0], rows, i); err != nil {
			return err
		}
		if err := w.out.Add(w.row); err != nil {
			return err
		}
	}
	return nil
}

// Flush implements component.ColumnSink.
func (w *writer) Flush() error { return w.out.Flush() }

// Inner is what commits with the epochs.
func (w *writer) Inner() any { return &w.out }

// Close implements component.ColumnSink.
func (w *writer) Close(bool) error {
	if w.db == nil {
		return nil
	}
	err := w.out.Flush()
	err = errors.Join(err, w.db.Close())
	w.db = nil
	return err
}

// Put implements store.Target.
func (w *writer) Put(rows [][]byte, log string, epoch uint64, refuse func(row int, why error)) (err error) {
	tx, err := w.db.BeginTx(context.Background(), nil)
	if err != nil {
		return w.said(err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	write := tx.Stmt(w.write)
	for i, row := range rows {
		if w.args, err = column.Values(w.args[:0], row); err != nil {
			return err
		}
		for i, v := range w.args {
			if f, ok := v.(float64); ok && f != f {
				w.args[i] = "NaN"
			}
		}
		_, err = write.Exec(w.args...)
		var e *driver.Error
		switch {
		case err == nil:
		case errors.As(err, &e) && (e.Code()&0xff == lib.SQLITE_CONSTRAINT || e.Code()&0xff == lib.SQLITE_MISMATCH || e.Code()&0xff == lib.SQLITE_TOOBIG):
			err = fmt.Errorf("table %s of %s does not take it: %w", w.table, w.path, err)
			if refuse == nil {
				return fault.New("change the table so that it takes the row, and start the run again: it is in the commit log; `conflict: \"skip\"` leaves out what is there already",
					"the row %.200s: %w", column.Tuple(w.fields, row), err)
			}
			refuse(i, err)
		default:
			return w.said(err)
		}
	}
	if log != "" {
		if _, err = tx.Stmt(w.mark).Exec(log, w.table, int64(epoch)); err != nil {
			return w.said(err)
		}
	}
	err = w.said(tx.Commit())
	return err
}

// Written implements store.Target.
func (w *writer) Written(log string) (epoch uint64, err error) {
	var n int64
	err = w.db.QueryRow("SELECT epoch FROM topo_sinks WHERE log = ?", log).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return uint64(n), w.said(err)
}

func (w *writer) said(err error) error { return said(w.path, w.table, err) }
