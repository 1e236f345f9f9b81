package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/cmd/topoc/infer"
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/format"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

func sqlCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "sql",
		Usage:     "answer a query over files",
		ArgsUsage: "QUERY",
		Description: `Answers a query over CSV files and JSON Lines, whose columns and types it finds out by itself. The
query is one of the language; columns may stand without the name of what is read.

  topoc sql "select city, count() as n group by city" --from people.csv
  topoc sql "select * where age > 30" --from people.csv
  topoc sql "select p.name, o.cents from p: people join o: orders on p.id == o.who within 1h" \
            --from people.csv --from orders.jsonl
  topoc sql "select m.city, m.window_start as day, avg(m.temp) as mean from m: measures
             group by m.city window tumbling 24h" --from measures.csv --time at --lateness 1h
  topoc sql "..." --from people.csv --explain    the topology that answers it, and its plan

A file is called by its name without what stands behind the dot, or as --from NAME=FILE says. Groups
without a window are told once, when all rows have been read.`,
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "from", Aliases: []string{"f"}, Usage: "read `FILE`: CSV with a header (.csv, .tsv), or JSON Lines (.json, .jsonl); again for more"},
			&cli.StringFlag{Name: "time", Usage: "the column `NAME` says when a row was, in each file that has it"},
			&cli.StringFlag{Name: "lateness", Usage: "a row comes `DURATION` behind a newer one at the most", Value: "0s"},
			&cli.StringFlag{Name: "as", Usage: "how rows are printed: `FORMAT` tsv, csv or json", Value: "tsv"},
			&cli.BoolFlag{Name: "explain", DisableDefaultText: true, Usage: "show the topology and its plan, and run nothing"},
			&cli.BoolFlag{Name: "verbose", DisableDefaultText: true, Aliases: []string{"v"}, Usage: "show the go command"},
		},
		Action: func(ctx *cli.Context) error {
			if ctx.Args().Len() != 1 {
				return &usageError{text: "sql takes one query", help: "write it in quotes: topoc sql \"select count() as n\" --from FILE.csv"}
			}
			if err := oneOf("as", ctx.String("as")); err != nil {
				return err
			}
			q := &sqlQuery{text: strings.TrimSpace(ctx.Args().First()), time: ctx.String("time"), lateness: ctx.String("lateness"), format: ctx.String("as")}
			for _, from := range ctx.StringSlice("from") {
				if err := q.read(c, from); err != nil {
					return err
				}
			}
			if len(q.files) == 0 {
				return &usageError{text: "sql needs something to read", help: "name a file: --from FILE.csv"}
			}
			if q.time != "" && !slices.ContainsFunc(q.files, q.timed) {
				return &helpfulError{err: fmt.Errorf("no file has a column %s that holds times", q.time), help: "times are written as 2026-01-02T15:04:05Z; the columns are " + q.files[0].columns()}
			}
			t, warnings, err := q.compile(c)
			if err != nil {
				return err
			}
			if ctx.Bool("explain") {
				texts, err := t.texts()
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(c.out, "%s\n%s\n", q.shown, strings.TrimSuffix(texts.Plan, "\n"))
				return err
			}
			binary, err := cachedBinary(ctx.Context, c, t, warnings, ctx.Bool("verbose"))
			if err != nil {
				return err
			}
			if err := q.header(c, t); err != nil {
				return err
			}
			return execute(ctx.Context, c, binary, []string{"run"}, os.Environ())
		},
	}
}

// sqlQuery is a query over files on its way to a topology.
type sqlQuery struct {
	text, time, lateness, format string
	files                        []sqlFile
	shown                        string // the topology
}

// sqlFile is a file that is read.
type sqlFile struct {
	*infer.Schema
	name, path string
}

func (f sqlFile) columns() string {
	var names []string
	for _, c := range f.Fields {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

func (f sqlFile) has(column string) bool {
	return slices.ContainsFunc(f.Fields, func(c infer.Field) bool { return c.Name == column })
}

// timed reports whether a file has the column that says when its rows were.
func (q *sqlQuery) timed(f sqlFile) bool {
	return slices.Contains(f.Fields, infer.Field{Name: q.time, Type: "time"})
}

// namedFile is NAME=FILE.
var namedFile = regexp.MustCompile(`^([a-z_][a-z0-9_]*)=(.+)$`)

// read finds out what a file holds.
func (q *sqlQuery) read(c *console, from string) error {
	f := sqlFile{name: infer.Name(from), path: from}
	if m := namedFile.FindStringSubmatch(from); m != nil {
		f.name, f.path = m[1], m[2]
	}
	schema, err := infer.File(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &helpfulError{err: fmt.Errorf("there is no file %s", f.path), help: "name one that is there: --from FILE.csv"}
	case strings.EqualFold(filepath.Ext(f.path), ".parquet"):
		return &helpfulError{err: fmt.Errorf("%s: Parquet can't be read", f.path), help: "make CSV of it, for example with DuckDB: COPY (FROM 'x.parquet') TO 'x.csv'"}
	case err != nil:
		return &helpfulError{err: fmt.Errorf("%s: %w", f.path, err), help: "CSV needs a first line with the names of the columns, JSON Lines an object on each line"}
	}
	for _, other := range q.files {
		if other.name == f.name {
			return &usageError{text: fmt.Sprintf("two files are called %s", f.name), help: fmt.Sprintf("give one another name: --from other=%s", f.path)}
		}
	}
	if len(schema.Left) > 0 {
		fmt.Fprintf(c.err, "note: %s: what can't be named in a query is left out: %s\n", f.path, strconv.Quote(strings.Join(schema.Left, ", ")))
	}
	f.Schema = schema
	q.files = append(q.files, f)
	return nil
}

// spout writes how a file is read.
func (q *sqlQuery) spout(f sqlFile) string {
	var fields []string
	for _, c := range f.Fields {
		fields = append(fields, c.Name+" "+c.Type)
	}
	time := ""
	if q.time != "" && q.timed(f) {
		time = fmt.Sprintf(" time %s lateness %s", q.time, q.lateness)
	}
	call := fmt.Sprintf("file.json(path: %s)", topoQuote(f.path))
	if !f.JSON {
		separator := ""
		if f.Separator != ',' {
			separator = ", separator: " + topoQuote(string(f.Separator))
		}
		call = fmt.Sprintf("csv.read(path: %s%s)", topoQuote(f.path), separator)
	}
	return fmt.Sprintf("spout %s -> (%s)%s = %s\n", f.name, strings.Join(fields, ", "), time, call)
}

// topoQuote is a text as a topology writes it.
func topoQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `{`, `{{`, `}`, `}}`, "\t", `\t`).Replace(s) + `"`
}

// topology is the text that answers the query.
func (q *sqlQuery) topology(query string) string {
	var b strings.Builder
	b.WriteString("topology sql {\n    guarantee none\n}\n\n")
	for _, f := range q.files {
		b.WriteString(q.spout(f))
	}
	fmt.Fprintf(&b, "\nbolt answer = %s\n\nsink out(answer) = stdout.print(format: %q)\n", query, q.format)
	return b.String()
}

// sqlWords begin the parts of a query behind `from`.
var sqlWords = regexp.MustCompile(`(?i)(?:^|\s)(where|group\s+by|ttl|window|emit\s+every|having|order\s+by|limit|union)\s`)

// compile makes a topology of the query: it adds what the language wants written and one line can do without.
func (q *sqlQuery) compile(c *console) (*topology, []diag.Diagnostic, error) {
	query := strings.TrimSuffix(q.text, ";")
	if !regexp.MustCompile(`(?i)(^|\s)from\s`).MatchString(query) && len(q.files) == 1 {
		at := len(query)
		if m := sqlWords.FindStringIndex(query); m != nil {
			at = m[0]
		}
		query = query[:at] + " from " + q.files[0].name + query[at:]
	}
	for range 2 { // what is added first moves what is added then
		if tree := parsedQuery(q.topology(query)); tree != nil {
			query = q.complete(query, tree)
		}
	}
	text := q.topology(query)
	file := source.NewFile("query", text)
	if tree, diags := parser.Parse(file); !hasErrors(diags) {
		text = format.Format(tree)
		file = source.NewFile("query", text)
	}
	q.shown = text
	t, diags := compileFiles([]*source.File{file}, toRun(""))
	if hasErrors(diags) {
		c.show(t.files, diags)
		return nil, nil, errReported
	}
	return t, slices.DeleteFunc(diags, func(d diag.Diagnostic) bool { return d.Severity != diag.Error && d.Code == "W0502" }), nil
}

// parsedQuery is the query of a topology; nil where it can't be read.
func parsedQuery(text string) *ast.Selection {
	tree, diags := parser.Parse(source.NewFile("query", text))
	if hasErrors(diags) {
		return nil
	}
	for _, d := range tree.Decls {
		if b, ok := d.(*ast.Component); ok && b.Name.Name == "answer" {
			return b.Select
		}
	}
	return nil
}

// complete names what bare columns are of, and lets groups without a window end with the input.
func (q *sqlQuery) complete(query string, tree *ast.Selection) string {
	start := strings.Index(q.topology(query), "bolt answer = ") + len("bolt answer = ")
	type edit struct {
		at   int
		text string
	}
	var edits []edit
	var each func(s *ast.Selection)
	each = func(s *ast.Selection) {
		scope := map[string]*sqlFile{}
		for _, in := range append([]*ast.Input{s.From}, inputsOf(s)...) {
			if f, alias := q.fileOf(in); f != nil {
				scope[alias] = f
			}
		}
		// A column's name is meant behind it, but for what is said of the rows.
		named := func(n *ast.Name) bool {
			at := n.Span()
			within := func(x ast.Spanned) bool { return x.Span().Start <= at.Start && at.End <= x.Span().End }
			if s.Where != nil && within(s.Where) {
				return false
			}
			for _, x := range s.Keys {
				if within(x) {
					return false
				}
			}
			return slices.ContainsFunc(s.Columns, func(col *ast.Column) bool {
				return col.Name != nil && col.Name.Name == n.Name && col.Span().End <= at.Start
			})
		}
		called := map[ast.Spanned]bool{}
		ast.Walk(s, func(n ast.Spanned) bool {
			switch n := n.(type) {
			case *ast.Selection:
				if n != s {
					each(n)
					return false
				}
			case *ast.Call:
				called[n.Fun] = true
			case *ast.Select:
				_, plain := n.X.(*ast.Name)
				return !plain
			case *ast.Name:
				if called[n] || named(n) {
					return true
				}
				var of []string
				for alias, f := range scope {
					if f.has(n.Name) {
						of = append(of, alias)
					}
				}
				if len(of) == 1 {
					edits = append(edits, edit{n.Span().Start - start, of[0] + "."})
				}
			}
			return true
		})
	}
	each(tree)
	if grouped(tree) && tree.Window == nil && tree.Union == nil && tree.TTL == nil {
		at := len(query)
		for _, part := range []struct {
			x    ast.Spanned
			is   bool
			word string
		}{{tree.Having, tree.Having != nil, "having"}, {firstOrder(tree), len(tree.Order) > 0, "order"}, {tree.Limit, tree.Limit != nil, "limit"}} {
			if part.is {
				before := query[:part.x.Span().Start-start]
				at = min(at, strings.LastIndex(strings.ToLower(before), part.word))
			}
		}
		edits = append(edits, edit{at, " window tumbling 876000h "})
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return b.at - a.at })
	for _, e := range edits {
		query = query[:e.at] + e.text + query[e.at:]
	}
	return query
}

func firstOrder(s *ast.Selection) ast.Spanned {
	if len(s.Order) > 0 {
		return s.Order[0]
	}
	return nil
}

func inputsOf(s *ast.Selection) (out []*ast.Input) {
	for _, j := range s.Joins {
		out = append(out, j.Input)
	}
	return out
}

// fileOf is the file that an input reads, and how the query calls its rows.
func (q *sqlQuery) fileOf(in *ast.Input) (*sqlFile, string) {
	if in == nil || len(in.Sources) != 1 || in.Sources[0].Component == nil {
		return nil, ""
	}
	name := in.Sources[0].Component.Name
	for i := range q.files {
		if q.files[i].name == name {
			if in.Alias != nil {
				name = in.Alias.Name
			}
			return &q.files[i], name
		}
	}
	return nil, ""
}

// sqlAggregates are the functions that add rows up.
var sqlAggregates = []string{"count", "sum", "avg", "min", "max", "first", "last", "collect", "stddev", "approx_distinct", "approx_quantile", "topk"}

// grouped reports whether a query adds rows up.
func grouped(s *ast.Selection) bool {
	found := len(s.Keys) > 0
	for _, col := range s.Columns {
		if col.X == nil {
			continue
		}
		ast.Walk(col.X, func(n ast.Spanned) bool {
			if call, ok := n.(*ast.Call); ok {
				if f, ok := call.Fun.(*ast.Name); ok && slices.Contains(sqlAggregates, f.Name) {
					found = true
				}
			}
			return true
		})
	}
	return found
}

// header prints the names of the columns.
func (q *sqlQuery) header(c *console, t *topology) error {
	separator := map[string]string{"tsv": "\t", "csv": ","}[q.format]
	if separator == "" {
		return nil
	}
	for _, comp := range t.program().Components {
		if comp.Kind == ir.Sink && len(comp.Inputs) == 1 {
			var names []string
			for _, f := range comp.Inputs[0].Fields {
				names = append(names, f.Name)
			}
			_, err := fmt.Fprintln(c.out, strings.Join(names, separator))
			return err
		}
	}
	return nil
}
