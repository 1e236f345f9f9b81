package describe

import (
	"html/template"
	"strings"
)

// HTML is a page by itself: its style is in it, for light and dark, and it needs no script. The pages are those it links to.
func (p *Page) HTML(pages []*Page) (string, error) {
	var b strings.Builder
	err := layout.Execute(&b, struct {
		Page  *Page
		Pages []*Page
	}{p, pages})
	return b.String(), err
}

// codeSpans makes `code` of what stands in backquotes, and escapes everything.
func codeSpans(text string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(text, "`") {
		part = template.HTMLEscapeString(part)
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		b.WriteString(part)
	}
	return template.HTML(b.String())
}

// signature marks the words of a signature that the language knows.
func signature(text string) template.HTML {
	var b strings.Builder
	word, quoted := "", false
	flush := func() {
		if !quoted && strings.Contains(words, " "+word+" ") {
			b.WriteString("<b>" + word + "</b>")
		} else {
			b.WriteString(template.HTMLEscapeString(word))
		}
		word = ""
	}
	for _, c := range text {
		if c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			word += string(c)
			continue
		}
		flush()
		if c == '"' {
			quoted = !quoted
		}
		b.WriteString(template.HTMLEscapeString(string(c)))
	}
	flush()
	return template.HTML(b.String())
}

const words = " param spout bolt sink graph query func type enum const by per tuple latest single replayable commits idempotent owns ends or tasks durable any field "

var layout = template.Must(template.New("page").Funcs(template.FuncMap{
	"plural": func(kind string) string { return plurals[kind] }, "spans": codeSpans, "signature": signature,
}).Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Page.Title}}</title>
<style>
:root { color-scheme: light dark; --text: #1c2024; --soft: #5c6570; --line: #dfe3e8; --back: #ffffff; --code: #f4f6f8; --mark: #0a66a8; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ed; --soft: #9aa5b1; --line: #30363d; --back: #14181d; --code: #1d232a; --mark: #6cb6f0; }
}
* { box-sizing: border-box; }
body { margin: 0; color: var(--text); background: var(--back); font: 16px/1.6 system-ui, sans-serif; display: flex; flex-wrap: wrap; }
nav { flex: 0 0 15rem; padding: 2rem 1.5rem; border-right: 1px solid var(--line); font-size: .9rem; }
main { flex: 1 1 30rem; max-width: 56rem; padding: 2rem; min-width: 0; }
nav ul { list-style: none; margin: 0 0 1.5rem; padding: 0; }
a { color: var(--mark); text-decoration: none; }
a:hover { text-decoration: underline; }
h1 { font-size: 1.7rem; margin: 0 0 1rem; }
h2 { font-size: 1rem; color: var(--soft); margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); }
h3 { font: 600 1rem ui-monospace, monospace; margin: 1.8rem 0 .4rem; }
pre { background: var(--code); padding: .7rem .9rem; border-radius: 6px; overflow-x: auto; white-space: pre-wrap; margin: 0; font: .86rem/1.5 ui-monospace, monospace; }
pre b { color: var(--mark); font-weight: 600; }
code { background: var(--code); padding: .1em .3em; border-radius: 4px; font: .88em ui-monospace, monospace; }
p { margin: .5rem 0; white-space: pre-line; }
@media (max-width: 50rem) { nav { flex: 1 1 100%; border-right: 0; border-bottom: 1px solid var(--line); padding: 1rem 2rem; } }
</style>
</head>
<body>
<nav>
{{- if .Pages}}
<ul>{{range .Pages}}
<li><a href="{{.Name}}.html">{{.Title}}</a></li>{{end}}
</ul>{{end}}
<ul>{{range .Page.Entries}}
<li><a href="#{{.Kind}}-{{.Name}}">{{.Name}}</a></li>{{end}}
</ul>
</nav>
<main>
<h1>{{.Page.Title}}</h1>
{{- with .Page.Doc}}
<p>{{spans .}}</p>{{end}}
{{- $kind := ""}}
{{- range .Page.Entries}}
{{- if ne .Kind $kind}}{{$kind = .Kind}}
<h2>{{plural .Kind}}</h2>{{end}}
<h3 id="{{.Kind}}-{{.Name}}">{{.Name}}</h3>
<pre>{{signature .Signature}}</pre>
{{- with .Doc}}
<p>{{spans .}}</p>{{end}}
{{- end}}
</main>
</body>
</html>
`))
