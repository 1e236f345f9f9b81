package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/store"
	"github.com/topo-lang/topo/stdlib/kit/column"
)

// Insert is the sink postgres.insert.
type Insert struct {
	Url, Table, Conflict string

	writer
}

// Upsert is the sink postgres.upsert.
type Upsert struct {
	Url, Table string
	Key        int

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
	return s.open(ctx, s.Url, s.Table, schema, -1, conflict)
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
	return s.open(ctx, s.Url, s.Table, schema, s.Key, conflict)
}

// writer writes rows into a table.
type writer struct {
	table  string
	fields []column.Field
	key    int // of an upsert, else -1
	pool   *pgxpool.Pool
	write  string
	out    store.Outlet
	row    []byte
	refuse func(component.Failed)
}

const sinks = "CREATE TABLE IF NOT EXISTS topo_sinks (log text PRIMARY KEY, sink text NOT NULL, epoch bigint NOT NULL)"

func (w *writer) open(ctx *component.Context, url, table string, schema []component.Column, key int, conflict string) (err error) {
	w.table, w.key, w.refuse = table, key, ctx.Refuse
	if err := freeName(table); err != nil {
		return err
	}
	if w.fields, err = column.Fields(schema); err != nil {
		return err
	}
	for _, f := range w.fields {
		if len(f.Name) > mostName {
			return fault.New("give it a shorter name", "field %s: PostgreSQL's columns have names of %d characters at the most", f.Name, mostName)
		}
	}
	config, err := configOf(url)
	if err != nil {
		return err
	}
	if err := ctx.Own(ownedTable(config, table)); err != nil {
		return fault.New("join what they read by `|` into one sink; or give each of them a table of its own", "%w", err)
	}
	return w.out.Open(ctx, "table "+table+" of PostgreSQL", w, func() error {
		if w.pool == nil {
			if w.pool, err = pgxpool.NewWithConfig(context.Background(), config); err != nil {
				return said(table, err)
			}
		}
		return w.make(ctx.Epochs, conflict)
	}, func(row []byte, why error) {
		w.refuse(component.Failed{Tuple: column.Tuple(w.fields, row), Reason: why.Error(), Place: "table " + table})
	})
}

// make makes the table where there is none, and sees that it fits.
func (w *writer) make(epochs bool, conflict string) error {
	ctx, cancel := limit()
	defer cancel()
	names := make([]string, len(w.fields))
	values := make([]string, len(w.fields))
	for i, f := range w.fields {
		names[i], values[i] = column.Quote(f.Name), fmt.Sprintf("$%d", i+1)
	}
	w.write = "INSERT INTO " + column.Quote(w.table) + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(values, ", ") + ")" + conflict
	err := pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		// Sinks that make the same table at once would get in each other's way.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(7305796)"); err != nil {
			return err
		}
		var there bool
		if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", column.Quote(w.table)).Scan(&there); err != nil {
			return err
		}
		if !there {
			if _, err := tx.Exec(ctx, w.create()); err != nil {
				return err
			}
		}
		if epochs {
			var marks bool
			if err := tx.QueryRow(ctx, "SELECT to_regclass('topo_sinks') IS NOT NULL").Scan(&marks); err != nil {
				return err
			}
			if !marks {
				if _, err := tx.Exec(ctx, sinks); err != nil {
					return err
				}
			}
		}
		return w.fits(ctx, tx)
	})
	if err != nil {
		return w.said(err)
	}
	if w.key < 0 {
		return nil
	}
	var unique bool
	name := w.fields[w.key].Name
	err = w.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL AND a.attname = $2)`, column.Quote(w.table), name).Scan(&unique)
	if err == nil && !unique {
		return fault.New(fmt.Sprintf("make one: CREATE UNIQUE INDEX ON %s (%s); or name another table", column.Quote(w.table), column.Quote(name)),
			"table %s has no unique index of its column %s, by which rows are to be replaced", w.table, name)
	}
	return w.said(err)
}

func (w *writer) create() string {
	var cols []string
	for i, f := range w.fields {
		typ := [...]string{column.Bool: "boolean", column.Int: "bigint", column.Float: "double precision", column.Text: "text", column.Bytes: "bytea"}[f.Type()]
		switch f.Kind {
		case component.Time:
			typ = "timestamptz"
		case component.Decimal:
			typ = "numeric"
		case component.JSON:
			typ = "jsonb"
		}
		if !f.Optional {
			typ += " NOT NULL"
		}
		if i == w.key {
			typ += " PRIMARY KEY"
		}
		cols = append(cols, column.Quote(f.Name)+" "+typ)
	}
	return "CREATE TABLE IF NOT EXISTS " + column.Quote(w.table) + " (" + strings.Join(cols, ", ") + ")"
}

// takes says which types of columns take the values of a kind.
var takes = map[component.Kind][]string{
	component.Bool:     {"bool"},
	component.Int:      {"int8", "int4", "int2", "numeric"},
	component.Duration: {"int8", "numeric"},
	component.Float:    {"float8", "float4", "numeric"},
	component.String:   {"text", "varchar", "bpchar", "name", "citext", "uuid", "inet"},
	component.Bytes:    {"bytea"},
	component.Time:     {"timestamptz", "timestamp", "text", "varchar"},
	component.JSON:     {"jsonb", "json", "text", "varchar"},
	component.Decimal:  {"numeric", "text", "varchar"},
}

// fits sees that the table takes what is written.
func (w *writer) fits(ctx context.Context, tx pgx.Tx) error {
	type attribute struct {
		Name, Type, Kind string
		Must             bool
	}
	found, err := tx.Query(ctx, `SELECT a.attname, t.typname, t.typtype::text, a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
		FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, column.Quote(w.table))
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(found, pgx.RowToStructByPos[attribute])
	if err != nil {
		return err
	}
	var names []string
	for _, a := range all {
		names = append(names, a.Name)
	}
	for _, f := range w.fields {
		i := slices.Index(names, f.Name)
		if i < 0 {
			return fault.New("name a bolt's field as the column, add the column, or name another table", "table %s has no column for field %s: it has %s", w.table, f.Name, strings.Join(names, ", "))
		}
		enum := all[i].Kind == "e" && f.Kind == component.String
		if !enum && !slices.Contains(takes[f.Kind], all[i].Type) {
			return fault.New("give the column another type ("+strings.Join(takes[f.Kind], ", ")+"), or the field", "table %s: column %s is %s, and field %s is a %s", w.table, f.Name, all[i].Type, f.Name, f)
		}
		all[i].Must = false
	}
	for _, a := range all {
		if a.Must {
			return fault.New("give the tuples such a field, or the column a default", "table %s: column %s must have a value, and no field is named so", w.table, a.Name)
		}
	}
	return nil
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
	if w.pool == nil {
		return nil
	}
	err := w.out.Flush()
	w.pool.Close()
	w.pool = nil
	return err
}

// Put implements store.Target. All rows go at once; where one is refused they go once more, one by one, so that the others are written.
func (w *writer) Put(rows [][]byte, log string, epoch uint64, refuse func(row int, why error)) error {
	ctx, cancel := limit()
	defer cancel()
	args := make([][]any, len(rows))
	for i, row := range rows {
		var err error
		if args[i], err = column.Values(nil, row); err != nil {
			return err
		}
	}
	bad := -1 // the row that was refused
	err := pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		for _, a := range args {
			b.Queue(w.write, a...)
		}
		if log != "" {
			b.Queue("INSERT INTO topo_sinks (log, sink, epoch) VALUES ($1, $2, $3) ON CONFLICT (log) DO UPDATE SET epoch = excluded.epoch", log, w.table, int64(epoch))
		}
		done := tx.SendBatch(ctx, b)
		for i := range b.Len() {
			if _, err := done.Exec(); err != nil {
				bad = i
				_ = done.Close()
				return err
			}
		}
		return done.Close()
	})
	switch {
	case err == nil:
		return nil
	case !isValue(err) || bad < 0 || bad >= len(rows):
		return w.said(err)
	case refuse == nil:
		return fault.New("change the table so that it takes the row, and start the run again: it is in the commit log; `conflict: \"skip\"` leaves out what is there already",
			"the row %.200s: table %s does not take it: %w", column.Tuple(w.fields, rows[bad]), w.table, reason(err))
	}
	return w.said(pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		for i, a := range args {
			err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { // a savepoint
				_, err := tx.Exec(ctx, w.write, a...)
				return err
			})
			switch {
			case isValue(err):
				refuse(i, fmt.Errorf("table %s does not take it: %w", w.table, reason(err)))
			case err != nil:
				return err
			}
		}
		return nil
	}))
}

// isValue says of an error that it is about the values of a row: out of range, of a wrong form, against a constraint. Such a value may not get as far as the server.
func isValue(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "23")
	}
	return err != nil && strings.Contains(err.Error(), "failed to encode args")
}

func reason(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return errors.New(e.Message)
	}
	return err
}

// Written implements store.Target.
func (w *writer) Written(log string) (uint64, error) {
	ctx, cancel := limit()
	defer cancel()
	var n int64
	err := w.pool.QueryRow(ctx, "SELECT epoch FROM topo_sinks WHERE log = $1", log).Scan(&n)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return uint64(n), w.said(err)
}

func (w *writer) said(err error) error { return said(w.table, err) }
