package compiler

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/topo-lang/topo/lang/source"
)

// A session says of every text, after every change of it, what a compilation from nothing says.
func TestSessionIsCompile(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal(err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			random := rand.New(rand.NewPCG(1, 2))
			s := NewSession(Options{Libraries: realLibraries})
			texts := map[string]string{}
			var names []string
			for _, f := range a.Files {
				if strings.HasSuffix(f.Name, ".topo") && !strings.Contains(f.Name, "/") {
					texts[f.Name] = string(f.Data)
					names = append(names, f.Name)
				}
			}
			for step := range 25 {
				var files []*source.File
				for _, n := range names {
					files = append(files, source.NewFile(n, texts[n]))
				}
				_, want := Compile(files, Options{Libraries: realLibraries})
				if got := s.Check(files); !reflect.DeepEqual(fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want)) {
					t.Fatalf("step %d: the session says\n%+v\nand a compilation\n%+v", step, got, want)
				}
				if len(names) == 0 {
					return
				}
				// A change somewhere: a character goes, comes again, or a line is doubled.
				n := names[random.IntN(len(names))]
				at := random.IntN(len(texts[n]) + 1)
				switch step % 5 {
				case 3, 4:
					// A word takes another's place: what changes then is often in a body only.
					words := regexp.MustCompile(`\w+`).FindAllStringIndex(texts[n], -1)
					if len(words) > 0 {
						to, from := words[random.IntN(len(words))], words[random.IntN(len(words))]
						texts[n] = texts[n][:to[0]] + texts[n][from[0]:from[1]] + texts[n][to[1]:]
					}
				case 0:
					texts[n] = texts[n][:at] + []string{"\n", "x", "}", "{", "// c\n", "é", "\nbolt b() {\n"}[random.IntN(7)] + texts[n][at:]
				case 1:
					texts[n] = texts[n][:at] + texts[n][min(at+1+random.IntN(9), len(texts[n])):]
				case 2:
					lines := strings.SplitAfter(texts[n], "\n")
					i := random.IntN(len(lines))
					texts[n] = strings.Join(lines[:i], "") + lines[i] + lines[i] + strings.Join(lines[i+1:], "")
				}
			}
		})
	}
}

func BenchmarkSession(b *testing.B) {
	text := generated(10_000)
	s := NewSession(Options{Libraries: realLibraries})
	at := strings.Index(text[len(text)/2:], "len(w) > 3") + len(text)/2 + len("len(w) > ")
	n := 0
	for b.Loop() {
		n++
		// One line changes, each time to another text.
		changed := text[:at] + fmt.Sprint(n%1000) + text[at+1:]
		s.Check([]*source.File{source.NewFile("big.topo", changed)})
	}
}
