package parser

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// Every word that the parser takes is among those that editors are held against.
func TestKeywords(t *testing.T) {
	known := Keywords()
	taken := slices.Concat(flags, valued, clauses, joinWords, testSteps, selectWords)
	for word := range statements {
		taken = append(taken, word)
	}
	for word := range windowKinds {
		taken = append(taken, word)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\bc\.(?:eat|want)\("([a-z]+)"`).FindAllSubmatch(text, -1) {
			taken = append(taken, string(m[1]))
		}
		if file == "grammar.go" {
			for _, m := range regexp.MustCompile(`'([a-z]+)'`).FindAllSubmatch(text, -1) {
				taken = append(taken, string(m[1]))
			}
		}
	}
	if len(taken) < 100 {
		t.Fatalf("only %d words were found", len(taken))
	}
	for _, word := range taken {
		if !slices.Contains(known, word) {
			t.Errorf("Keywords has no %s, which the parser takes", word)
		}
	}
}
