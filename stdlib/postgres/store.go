// Package postgres keeps state in PostgreSQL databases.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
	"github.com/topo-lang/topo/runtime/shape"
	"github.com/topo-lang/topo/runtime/store"
	"github.com/topo-lang/topo/stdlib/kit/column"
)

// Postgres is the store postgres. Each task has two connections at the most: one for reading, one for writing.
type Postgres struct {
	Url   string
	Table string

	of                   store.Table
	name                 string
	pool                 *pgxpool.Pool
	get, upsert, remove  string
	all                  string
	keyTypes, valueTypes []string
}

var _ store.Backend = (*Postgres)(nil)

// patience is how long a call may take.
const patience = 20 * time.Second

const marks = "CREATE TABLE IF NOT EXISTS topo_marks (state text NOT NULL, task integer NOT NULL, mark text NOT NULL, PRIMARY KEY (state, task))"

func limit() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}

// Open implements store.Backend.
func (p *Postgres) Open(ctx *component.Context, t store.Table) error {
	p.of = t
	if p.name = p.Table; p.name == "" {
		p.name = t.Name
	}
	if err := freeName(p.name); err != nil {
		return err
	}
	if err := column.Check(t); err != nil {
		return err
	}
	config, err := configOf(p.Url)
	if err != nil {
		return err
	}
	if err := ctx.Own(ownedTable(config, p.name)); err != nil {
		return fault.New("give each of them a table of its own", "%w", err)
	}
	if p.pool == nil {
		if p.pool, err = pgxpool.NewWithConfig(context.Background(), config); err != nil {
			return p.said(err)
		}
	}
	return p.make()
}

// mostName is how long a name may be.
const mostName = 63

// freeName sees that a table may have a name.
func freeName(name string) error {
	if name == "" || name == "topo_marks" || name == "topo_sinks" || len(name) > mostName || strings.IndexByte(name, 0) >= 0 {
		return fault.New("name it otherwise, with 63 characters at the most", "table: %q is a name that is not free", name)
	}
	return nil
}

// configOf reads a url.
func configOf(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil || url == "" {
		return nil, fault.New("write it as postgres://user:password@host:5432/database", "url: is none of a PostgreSQL database") // the cause may show a password
	}
	config.MaxConns = 2
	return config, nil
}

// ownedTable names a table as one that belongs to one component.
func ownedTable(c *pgxpool.Config, table string) string {
	return fmt.Sprintf("table %s of %s:%d/%s", table, c.ConnConfig.Host, c.ConnConfig.Port, c.ConnConfig.Database)
}

func (p *Postgres) make() error {
	key, states := column.Names(p.of.Key), column.Names(p.of.States)
	name := column.Quote(p.name)
	var cols []string
	p.keyTypes, p.valueTypes = nil, nil
	for _, f := range p.of.Key {
		cols = append(cols, column.Quote(f.Name)+" "+typeOf(f)+" NOT NULL")
		p.keyTypes = append(p.keyTypes, typeOf(f))
	}
	for _, f := range p.of.States {
		cols = append(cols, column.Quote(f.Name)+" "+typeOf(f)+" NOT NULL")
		p.valueTypes = append(p.valueTypes, typeOf(f))
	}
	all := append(append([]string{}, key...), states...)
	if p.of.Mode != store.Plain {
		cols, all = append(cols, column.Txid+" bigint NOT NULL DEFAULT 0"), append(all, column.Txid)
		p.valueTypes = append(p.valueTypes, "bigint")
	}
	if p.of.Mode == store.Opaque {
		cols, all = append(cols, column.Prev+" bytea"), append(all, column.Prev)
		p.valueTypes = append(p.valueTypes, "bytea")
	}
	var set, on, asked, names, values []string
	for _, c := range all[len(key):] {
		set = append(set, c+" = excluded."+c)
	}
	for i, c := range key {
		asked = append(asked, fmt.Sprintf("$%d::%s[]", i+1, p.keyTypes[i]))
		names = append(names, fmt.Sprintf("k%d", i))
		on = append(on, fmt.Sprintf("t.%s = u.k%d", c, i))
	}
	for i := range all {
		values = append(values, fmt.Sprintf("$%d", i+1))
	}
	var own []string
	for _, c := range all {
		own = append(own, "t."+c)
	}
	p.all = "SELECT " + strings.Join(all, ", ") + " FROM " + name
	p.get = "SELECT " + strings.Join(own, ", ") + " FROM " + name + " t JOIN unnest(" + strings.Join(asked, ", ") + ") AS u(" + strings.Join(names, ", ") + ") ON " + strings.Join(on, " AND ")
	p.upsert = "INSERT INTO " + name + " (" + strings.Join(all, ", ") + ") VALUES (" + strings.Join(values, ", ") + ") ON CONFLICT (" + strings.Join(key, ", ") + ") DO UPDATE SET " + strings.Join(set, ", ")
	var equal []string
	for i, c := range key {
		equal = append(equal, fmt.Sprintf("%s = $%d", c, i+1))
	}
	p.remove = "DELETE FROM " + name + " WHERE " + strings.Join(equal, " AND ")
	ctx, cancel := limit()
	defer cancel()
	// Tasks that make the same table at once would get in each other's way.
	err := pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		for _, text := range []string{
			"SELECT pg_advisory_xact_lock(7305796)",
			"CREATE TABLE IF NOT EXISTS " + name + " (" + strings.Join(cols, ", ") + ", PRIMARY KEY (" + strings.Join(key, ", ") + "))",
			marks,
		} {
			if _, err := tx.Exec(ctx, text); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, p.all+" LIMIT 0")
		return err
	})
	return p.said(err)
}

func typeOf(f shape.Field) string {
	return [...]string{column.Bool: "boolean", column.Int: "bigint", column.Float: "double precision", column.Text: "text", column.Bytes: "bytea"}[column.Of(f.Type)]
}

// Get implements store.Backend.
func (p *Postgres) Get(keys [][]byte) ([]store.Row, error) {
	out := make([]store.Row, len(keys))
	at := make(map[string]int, len(keys))
	asked := make([]any, len(p.of.Key))
	for i, f := range p.of.Key {
		asked[i] = listOf(f, len(keys))
	}
	var values []any
	for i, k := range keys {
		out[i].Key = k
		at[string(k)] = i
		var err error
		if values, err = column.Append(values[:0], p.of.Key, k); err != nil {
			return nil, err
		}
		for j, v := range values {
			switch list := asked[j].(type) {
			case []bool:
				asked[j] = append(list, v.(bool))
			case []int64:
				asked[j] = append(list, v.(int64))
			case []float64:
				asked[j] = append(list, v.(float64))
			case []string:
				asked[j] = append(list, v.(string))
			case [][]byte:
				asked[j] = append(list, v.([]byte))
			}
		}
	}
	ctx, cancel := limit()
	defer cancel()
	found, err := p.pool.Query(ctx, p.get, asked...)
	if err != nil {
		return nil, p.said(err)
	}
	err = p.each(found, func(r store.Row) error {
		if i, ok := at[string(r.Key)]; ok {
			out[i] = r
		}
		return nil
	})
	return out, err
}

func listOf(f shape.Field, n int) any {
	switch column.Of(f.Type) {
	case column.Bool:
		return make([]bool, 0, n)
	case column.Int:
		return make([]int64, 0, n)
	case column.Float:
		return make([]float64, 0, n)
	case column.Bytes:
		return make([][]byte, 0, n)
	}
	return make([]string, 0, n)
}

// each reads the rows of a statement.
func (p *Postgres) each(found pgx.Rows, f func(store.Row) error) error {
	defer found.Close()
	keys, states := len(p.of.Key), len(p.of.States)
	for found.Next() {
		values, err := found.Values()
		if err != nil {
			return p.said(err)
		}
		r := store.Row{}
		if r.Key, err = column.Read(nil, p.of.Key, values[:keys]); err == nil {
			r.Value, err = column.Read([]byte{}, p.of.States, values[keys:keys+states])
		}
		if err != nil {
			return fault.New("somebody else has written it: mend the row", "table %s: %w", p.name, err)
		}
		if p.of.Mode != store.Plain {
			n, _ := values[keys+states].(int64)
			r.Txid = uint64(n)
		}
		if p.of.Mode == store.Opaque {
			r.Prev, _ = values[keys+states+1].([]byte)
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return p.said(found.Err())
}

// Put implements store.Backend.
func (p *Postgres) Put(rows []store.Row, mark []byte) error {
	b := &pgx.Batch{}
	for _, r := range rows {
		args, err := column.Append(nil, p.of.Key, r.Key)
		if err != nil {
			return err
		}
		if r.Value == nil {
			b.Queue(p.remove, args...)
			continue
		}
		if args, err = column.Append(args, p.of.States, r.Value); err != nil {
			return err
		}
		if p.of.Mode != store.Plain {
			args = append(args, int64(r.Txid))
		}
		if p.of.Mode == store.Opaque {
			args = append(args, r.Prev)
		}
		b.Queue(p.upsert, args...)
	}
	if mark != nil {
		b.Queue("INSERT INTO topo_marks (state, task, mark) VALUES ($1, $2, $3) ON CONFLICT (state, task) DO UPDATE SET mark = excluded.mark", p.name, p.of.Task, string(mark))
	}
	if b.Len() == 0 {
		return nil
	}
	ctx, cancel := limit()
	defer cancel()
	return p.said(pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error { return tx.SendBatch(ctx, b).Close() }))
}

// Mark implements store.Backend.
func (p *Postgres) Mark() ([]byte, error) {
	ctx, cancel := limit()
	defer cancel()
	var text string
	err := p.pool.QueryRow(ctx, "SELECT mark FROM topo_marks WHERE state = $1 AND task = $2", p.name, p.of.Task).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return []byte(text), p.said(err)
}

// Each implements store.Backend.
func (p *Postgres) Each(f func(store.Row) error) error {
	found, err := p.pool.Query(context.Background(), p.all)
	if err != nil {
		return p.said(err)
	}
	return p.each(found, f)
}

// Sync implements store.Backend: a transaction that is committed is synced, unless the server was told otherwise.
func (p *Postgres) Sync() error { return nil }

// Close implements store.Backend.
func (p *Postgres) Close() error {
	if p.pool != nil {
		p.pool.Close()
		p.pool = nil
	}
	return nil
}

// said makes an error of the database one that says whether it may pass.
func (p *Postgres) said(err error) error { return said(p.name, err) }

func said(table string, err error) error {
	var told *fault.Error
	if err == nil || errors.As(err, &told) {
		return err
	}
	var e *pgconn.PgError
	var network net.Error
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &e):
		switch code := e.Code; {
		case code == "28P01" || code == "28000":
			return fault.New("look at the user and the password in its url", "PostgreSQL: %s", e.Message)
		case code == "3D000":
			return fault.New("make it by `createdb`, or name another one", "PostgreSQL: %s", e.Message)
		case code == "42501":
			return fault.New("give the user the right to it", "PostgreSQL: %s", e.Message)
		case code == "42703" || code == "42P10" || code == "42804":
			return fault.New("name another table, or take that one away", "table %s is there, and is not one of this state: %s", table, e.Message)
		case strings.HasPrefix(code, "08"), strings.HasPrefix(code, "53"), strings.HasPrefix(code, "57P"), strings.HasPrefix(code, "40"), strings.HasPrefix(code, "55"):
			return store.Passing(fmt.Errorf("PostgreSQL: %s", e.Message))
		}
		return fmt.Errorf("PostgreSQL: %w", e)
	case errors.As(err, &connect), errors.As(err, &network), errors.Is(err, context.DeadlineExceeded), pgconn.SafeToRetry(err):
		return store.Passing(fmt.Errorf("PostgreSQL: %s", strings.Join(strings.Fields(err.Error()), " ")))
	}
	if strings.Contains(err.Error(), "EOF") || strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "connection reset") {
		return store.Passing(fmt.Errorf("PostgreSQL: %w", err))
	}
	return fmt.Errorf("PostgreSQL: %w", err)
}
