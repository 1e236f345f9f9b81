package codegen_test

import (
	goast "go/ast"
	goparser "go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// written are the forms in which statements and expressions stand in a text: their nodes, with the parts that may be left out, the operators and
// the kinds of literals.
const written = `
Block  State State.Per State.Shared State.PerTask State.Initial State.TTL
Let Let.Else LetElse.Why  Var Var.Type Var.Value
Assign:= Assign:+= Assign:-= Assign:*=  ExprStmt
If If.Let If.Else  For For.Value  MatchStmt
Emit Emit.Stream Emit.To Emit.Unanchored  Fail Return Return.Value Branch:break Branch:continue
On Timer:every Timer:after Timer.Per Finish Finish.Per
Literal:int Literal:float Literal:duration Literal:size Literal:bool Literal:none Literal:raw
None String String.Parts Name Select Select.Optional Index Call Call.Args Arg.Name Arg.Spread
Unary:- Unary:not Must List List.Items MapLit MapLit.Entries Paren Match MatchArm.Block MatchArm.Value
Binary:?? Binary:or Binary:and Binary:== Binary:!= Binary:< Binary:<= Binary:> Binary:>= Binary:..
Case Case.X Case.Else Filtered Arg.Distinct
Selection Selection.Distinct Selection.Where Selection.Keys Selection.TTL Selection.Having Selection.Union
Binary:+ Binary:- Binary:* Binary:/ Binary:div Binary:mod`

// never are parts that do not run: backends come later, and what can't be read is no form.
var never = []string{"BadStmt"}

// TestEveryFormRuns sees that each form of a statement and of an expression stands in a program that is built and run, see TestRun.
func TestEveryFormRuns(t *testing.T) {
	seen := map[string]bool{}
	cases, err := filepath.Glob("testdata/run/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range cases {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if !strings.HasSuffix(f.Name, ".topo") {
				continue
			}
			tree, _ := parser.Parse(source.NewFile(f.Name, string(f.Data)))
			for _, d := range tree.Decls {
				ast.Walk(d, func(n ast.Spanned) bool {
					formsOf(n, seen)
					return true
				})
			}
		}
	}
	want := strings.Fields(written)
	for _, form := range want {
		if !seen[form] {
			t.Errorf("no case of testdata/run has %s", form)
		}
	}
	for _, name := range nodesOf(t, "stmt", "expr") {
		if !slices.Contains(never, name) && !slices.ContainsFunc(want, func(form string) bool { return form == name || strings.HasPrefix(form, name+":") }) {
			t.Errorf("a %s is not among the forms that are looked for", name)
		}
	}
}

// literals are the kinds in their order.
var literals = []string{"int", "float", "duration", "size", "bool", "none", "raw"}

// formsOf notes what a node shows.
func formsOf(n ast.Spanned, seen map[string]bool) {
	v := reflect.Indirect(reflect.ValueOf(n))
	if v.Kind() != reflect.Struct {
		return
	}
	name := v.Type().Name()
	seen[name] = true
	if l, ok := n.(*ast.Literal); ok {
		seen[name+":"+literals[l.Kind]] = true
	}
	for i := range v.NumField() {
		f, field := v.Field(i), v.Type().Field(i).Name
		if !f.IsZero() {
			seen[name+"."+field] = true
		}
		if f.Kind() == reflect.String && (field == "Op" || field == "Word") {
			seen[name+":"+f.String()] = true
		}
		// What Walk passes over to its parts.
		if e, ok := f.Interface().(*ast.LetElse); ok && e != nil {
			formsOf(e, seen)
		}
		if arms, ok := f.Interface().([]*ast.MatchArm); ok {
			for _, a := range arms {
				formsOf(a, seen)
			}
		}
		if args, ok := f.Interface().([]*ast.Arg); ok {
			for _, a := range args {
				formsOf(a, seen)
			}
		}
	}
}

// nodesOf are the types of package ast that have one of these methods.
func nodesOf(t *testing.T, methods ...string) []string {
	var out []string
	files, err := filepath.Glob("../lang/ast/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := goparser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*goast.FuncDecl)
			if !ok || fn.Recv == nil || !slices.Contains(methods, fn.Name.Name) {
				continue
			}
			if star, ok := fn.Recv.List[0].Type.(*goast.StarExpr); ok {
				out = append(out, star.X.(*goast.Ident).Name)
			}
		}
	}
	return out
}
