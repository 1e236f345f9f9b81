package codegen_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/topo-lang/topo/codegen"
	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/source"
)

// injected is a topology with the user's text wherever text can stand: in strings, raw strings, interpolations, comments,
// keys, names of fields, of locals, of components, of files.
func injected(text, raw, comment, name string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "{", `\{`).Replace(text)
	return fmt.Sprintf(`// %[3]s
topology t_%[4]s { guarantee none }

// %[3]s
param p_%[4]s string = "%[1]s"
const c_%[4]s = "%[1]s"
type R_%[4]s(f_%[4]s string)

// %[3]s
spout s_%[4]s -> (line string) = stdin.lines() // %[3]s

// %[3]s
bolt b_%[4]s(l: s_%[4]s) -> o_%[4]s: (f_%[4]s string, n int) {
    state m_%[4]s map[string]int per task // %[3]s
    let v_%[4]s = "%[1]s" + l.line + "<{l.line}%[1]s>"
    if v_%[4]s == %[2]s { fail "%[1]s" }
    m_%[4]s["%[1]s"] = 1
    let r = R_%[4]s(f_%[4]s: %[2]s + p_%[4]s + c_%[4]s)
    emit o_%[4]s(r.f_%[4]s, m_%[4]s["%[1]s"]!)
}

sink out_%[4]s(b_%[4]s.o_%[4]s) = file.write(path: "%[1]s")
`, quoted, "`"+raw+"`", comment, name)
}

// structure is what a Go program does, without what its constants, names and comments are: two texts
// of one structure differ in nothing but these.
func structure(t *testing.T, files map[string][]byte) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", files[name], 0)
		if err != nil {
			t.Fatalf("generated Go does not parse: %v\n%s", err, files[name])
		}
		var imports []string
		for _, i := range f.Imports {
			imports = append(imports, i.Path.Value)
		}
		fmt.Fprintln(&b, imports)
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case nil:
				b.WriteString(")")
			case *ast.BasicLit:
				fmt.Fprintf(&b, "(%s", n.Kind)
			case *ast.BinaryExpr:
				fmt.Fprintf(&b, "(%s", n.Op)
			default:
				fmt.Fprintf(&b, "(%T", n)
			}
			return true
		})
	}
	return b.String()
}

func generateInjected(text, raw, comment, name, file string) (map[string][]byte, bool, error) {
	files := []*source.File{source.NewFile(file+".topo", injected(text, raw, comment, name))}
	r, _ := compiler.Compile(files, compiler.Options{Libraries: libraries})
	if r.Program == nil {
		return nil, false, nil
	}
	out, err := codegen.Generate(r.Program, codegen.Texts{Version: text, Plan: comment, DOT: raw})
	return out, true, err
}

// FuzzInjection shows that no text of the user's changes what the generated program does: strings stay strings.
func FuzzInjection(f *testing.F) {
	nasty := "\"); panic(`x`); // \n*/ import \"os\" {{.X}} ${y} %s %!d(MISSING) \x00 \u2028 \\"
	f.Add("plain", "raw", "comment", "name", "file")
	f.Add(nasty, "\" + os.Exit(1) + \"\\", "*/ func init() { panic(1) } /*", "func", "a\nb")
	f.Add("`", "\n}\nfunc init() {}", "//line x.go:1", "string", "//line :1\n")
	f.Add("\r\n\t", "é\ufeff", "+build ignore\n//go:embed x", "init", "*/")
	f.Add("%", "//go:linkname x y", "go:build ignore", "main", "../../x")
	f.Add("\xff\xfe", "$", "\x00", "_", "\x00")
	f.Fuzz(func(t *testing.T, text, raw, comment, name, file string) {
		clean := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r == utf8.RuneError || r == 0 {
					return -1
				}
				return r
			}, s)
		}
		text, raw, comment = clean(text), strings.ReplaceAll(clean(raw), "`", ""), clean(comment)
		// A comment ends with its line.
		comment = strings.NewReplacer("\n", " ", "\r", " ").Replace(comment)
		name = strings.Map(func(r rune) rune {
			if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
				return r
			}
			return -1
		}, name)
		if text == "" || raw == "" || file == "" || strings.TrimSpace(comment) == "" {
			return
		}
		got, ok, err := generateInjected(text, raw, comment, name, file)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return // refused: a name that is taken, a character that no text may hold
		}
		want, ok, err := generateInjected("plain", "raw", "comment", "name", "file")
		if !ok || err != nil {
			t.Fatal("the plain topology does not compile", err)
		}
		if structure(t, got) != structure(t, want) {
			for name, text := range got {
				t.Logf("%s:\n%s", name, text)
			}
			t.Fatal("the user's text has changed the program")
		}
	})
}
