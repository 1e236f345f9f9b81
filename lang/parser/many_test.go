package parser

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/topo-lang/topo/lang/source"
)

// A text of many declarations is parsed on all processors, and gives what it gives on one.
func TestManyDeclarations(t *testing.T) {
	var b strings.Builder
	for i := range 400 {
		fmt.Fprintf(&b, "// Doc %d.\nbolt b%d(l: lines) -> (n int) {\n    let x%d = len(l.line)\n    emit (x%d + %d)\n}\n", i, i, i, i, i)
		switch i % 40 {
		case 7:
			b.WriteString("bolt broken(l: -> (n int) { emit }\n")
		case 17:
			b.WriteString("const odd = 12$3\n")
		case 27:
			b.WriteString("func f(x int) = {\n    let = 3\n}\n")
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one, oneSaid := Parse(source.NewFile("a.topo", b.String()))
	runtime.GOMAXPROCS(4)
	all, allSaid := Parse(source.NewFile("a.topo", b.String()))
	if len(oneSaid) == 0 || !reflect.DeepEqual(oneSaid, allSaid) {
		t.Errorf("on one processor:\n%v\non four:\n%v", oneSaid, allSaid)
	}
	for i := range one.Decls {
		if got, want := all.Decls[i], one.Decls[i]; !reflect.DeepEqual(got, want) {
			t.Fatalf("declaration %d is\n%+v\nand on one processor\n%+v", i, got, want)
		}
	}
}
