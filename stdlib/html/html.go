// Package html reads pages: their title, their links, their text. Pages are read as browsers do, so nothing is so broken that
// it is refused.
package html

import (
	"bytes"
	"errors"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Title returns a page's title.
func Title(page []byte) (string, error) {
	z := html.NewTokenizer(bytes.NewReader(page))
	depth := 0 // inside of an svg, whose title is another
	for {
		switch z.Next() {
		case html.ErrorToken:
			return "", errors.New("the page has no title")
		case html.StartTagToken:
			switch name, _ := z.TagName(); atom.Lookup(name) {
			case atom.Svg:
				depth++
			case atom.Title:
				if depth > 0 {
					continue
				}
				if z.Next() != html.TextToken {
					return "", errors.New("the page's title is empty")
				}
				if title := spaced(string(z.Text())); title != "" {
					return title, nil
				}
				return "", errors.New("the page's title is empty")
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); atom.Lookup(name) == atom.Svg && depth > 0 {
				depth--
			}
		}
	}
}

// Links returns the addresses that a page links to.
func Links(page []byte, base string) []string {
	var out []string
	seen := map[string]bool{}
	from, err := url.Parse(base)
	if err != nil {
		from = &url.URL{}
	}
	z := html.NewTokenizer(bytes.NewReader(page))
	for based := false; ; {
		switch z.Next() {
		case html.ErrorToken:
			return out
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			if !more || tag != atom.A && tag != atom.Area && tag != atom.Base {
				continue
			}
			to, ok := href(z)
			if !ok {
				continue
			}
			u, err := from.Parse(to)
			if err != nil {
				continue
			}
			if tag == atom.Base {
				if !based { // the first counts
					from, based = u, true
				}
				continue
			}
			if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
				continue
			}
			u.Fragment, u.RawFragment = "", ""
			if link := u.String(); !seen[link] {
				seen[link] = true
				out = append(out, link)
			}
		}
	}
}

// href returns the current tag's address.
func href(z *html.Tokenizer) (string, bool) {
	for {
		key, value, more := z.TagAttr()
		if string(key) == "href" {
			return strings.TrimSpace(string(value)), true
		}
		if !more {
			return "", false
		}
	}
}

// Text returns what a reader sees of a page.
func Text(page []byte) string {
	var b strings.Builder
	z := html.NewTokenizer(bytes.NewReader(page))
	hidden := atom.Atom(0) // the element whose text is not seen
	for {
		switch z.Next() {
		case html.ErrorToken:
			return spaced(b.String())
		case html.StartTagToken:
			name, _ := z.TagName()
			switch tag := atom.Lookup(name); {
			case hidden != 0:
			case tag == atom.Script || tag == atom.Style || tag == atom.Title || tag == atom.Template || tag == atom.Noscript:
				hidden = tag
			case !inline[tag]:
				b.WriteByte(' ')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch tag := atom.Lookup(name); {
			case tag != 0 && tag == hidden:
				hidden = 0
			case !inline[tag]:
				b.WriteByte(' ')
			}
		case html.TextToken:
			if hidden == 0 {
				b.Write(z.Text())
			}
		}
	}
}

// inline are the elements that stand within words.
var inline = map[atom.Atom]bool{
	atom.A: true, atom.B: true, atom.I: true, atom.Em: true, atom.Strong: true, atom.Span: true, atom.Code: true, atom.U: true,
	atom.S: true, atom.Small: true, atom.Sub: true, atom.Sup: true, atom.Mark: true, atom.Abbr: true, atom.Q: true, atom.Cite: true,
	atom.Font: true, atom.Tt: true, atom.Kbd: true, atom.Samp: true, atom.Var: true, atom.Time: true, atom.Del: true, atom.Ins: true, atom.Wbr: true,
}

func spaced(s string) string { return strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ") }
