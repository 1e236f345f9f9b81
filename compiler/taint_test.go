package compiler

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

func init() {
	strange = func(x any) { panic(fmt.Sprintf("taint does not know %T", x)) }
}

// TestTaintKnowsAll looks for a case for each kind of statement and expression, in what follows values and in the invariants.
func TestTaintKnowsAll(t *testing.T) {
	for _, of := range []struct{ kinds, base string }{{"ir/expr.go", "Typed"}, {"ir/stmt.go", "Pos"}} {
		f, err := parser.ParseFile(token.NewFileSet(), of.kinds, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			s, ok := spec.Type.(*ast.StructType)
			if !ok || len(s.Fields.List) == 0 || len(s.Fields.List[0].Names) != 0 {
				return true
			}
			if base, ok := s.Fields.List[0].Type.(*ast.Ident); !ok || base.Name != of.base {
				return true
			}
			found++
			in := []string{"taint_body.go"}
			if of.base == "Pos" {
				in = append(in, "invariants_test.go")
			}
			for _, name := range in {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(string(text), "*ir."+spec.Name.Name+":") && !strings.Contains(string(text), "*ir."+spec.Name.Name+",") {
					t.Errorf("%s has no case for %s", name, spec.Name.Name)
				}
			}
			return true
		})
		if found < 10 {
			t.Errorf("%s has %d kinds only", of.kinds, found)
		}
	}
}
