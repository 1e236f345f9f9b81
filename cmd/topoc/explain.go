package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/explain"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/runtime/spell"
)

// pageWidth is how wide a page's text is on a terminal.
const pageWidth = 96

func explainCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "tell what a diagnostic code means, with examples",
		ArgsUsage: "[CODE | WORD...]",
		Description: `Tells the story of a code: why the rule is there, an example that breaks it, and one that keeps it.

  topoc explain E0301          the page of a code
  topoc explain grouping       the codes whose page has this word
  topoc explain                all codes`,
		Action: func(ctx *cli.Context) error { return explainWords(c, ctx.Args().Slice()) },
	}
}

func explainWords(c *console, words []string) error {
	titles := allCodes()
	codes := slices.Sorted(maps.Keys(titles))
	if len(words) == 0 {
		listCodes(c, codes, titles)
		return nil
	}
	if code := strings.ToUpper(words[0]); len(words) == 1 && looksLikeCode(code) {
		if titles[code] == "" {
			e := &usageError{text: "there is no code " + code, help: "`topoc explain` lists them"}
			if near := spell.Suggest(code, codes); near != "" {
				e.help = fmt.Sprintf("did you mean %s: %s?", near, titles[near])
			}
			return e
		}
		page := explain.Of(code)
		if page == nil {
			page = &explain.Page{Code: code, Story: "Nothing more is written about it yet."}
		}
		fmt.Fprint(c.out, page.Text(titles[code], pageWidth))
		return nil
	}
	var found []string
	for _, code := range codes {
		page := explain.Of(code)
		if mentions(titles[code], words) || page != nil && page.Mentions(words) {
			found = append(found, code)
		}
	}
	if len(found) == 0 {
		return &usageError{text: "no page mentions " + strings.Join(words, " "), help: "`topoc explain` lists all codes"}
	}
	listCodes(c, found, titles)
	return nil
}

func listCodes(c *console, codes []string, titles map[string]string) {
	for _, code := range codes {
		fmt.Fprintf(c.out, "%s  %s\n", code, titles[code])
	}
}

// allCodes are the titles of all codes.
func allCodes() map[string]string {
	titles := maps.Clone(compiler.Codes)
	for _, code := range diag.Codes() {
		titles[code] = diag.Title(code)
	}
	return titles
}

// looksLikeCode reports whether a word is a letter or two and digits.
func looksLikeCode(word string) bool {
	digits := strings.TrimLeft(word, "EW")
	return digits != "" && digits != word && strings.Trim(digits, "0123456789") == "" || digits == word && len(word) == 4 && strings.Trim(word, "0123456789") == ""
}

func mentions(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(w)) {
			return false
		}
	}
	return true
}
