package app

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/topo-lang/topo/runtime/spell"
)

// show writes a text with one newline at its end.
func (a *app) show(text string) int {
	// What goes wrong is remembered by the output and reported at the end.
	_, _ = fmt.Fprintln(a.stdout, strings.TrimRight(text, "\n"))
	return exitDone
}

func (a *app) plan(_ context.Context, given map[string]string) int {
	for _, name := range []string{"json", "source"} {
		if v := given[name]; v != "" && v != "true" && v != "false" {
			return a.usage([]problem{{what: fmt.Sprintf("--%s=%s: this flag has no value", name, v), help: "write --" + name}}, "")
		}
	}
	switch {
	case given["source"] == "true":
		for _, s := range a.Sources {
			if code := a.show("// " + s.Name + "\n" + s.Text); code != exitDone {
				return code
			}
		}
		return exitDone
	}
	text, data := a.PlanText, a.PlanJSON
	if _, ok := given["workers"]; ok {
		placed, problems := a.placement(given)
		if len(problems) > 0 {
			return a.usage(problems, "")
		}
		text, data = strings.TrimRight(text, "\n")+"\n"+placementText(placed), placementJSON(data, placed)
	}
	if given["json"] == "true" {
		return a.show(data)
	}
	return a.show(text)
}

func (a *app) graph(_ context.Context, given map[string]string) int {
	formats := map[string]string{"": a.DOT, "dot": a.DOT, "mermaid": a.Mermaid, "svg": a.SVG}
	text, ok := formats[given["format"]]
	if !ok {
		p := problem{what: "unknown format " + quote(given["format"]), help: "write dot, mermaid or svg"}
		if near := spell.Suggest(given["format"], []string{"dot", "mermaid", "svg"}); near != "" {
			p.help = "did you mean " + near + "?"
		}
		return a.usage([]problem{p}, "")
	}
	return a.show(text)
}

func (a *app) version(context.Context, map[string]string) int {
	text := a.Name
	if a.Guarantee != "" {
		text += ", guarantee " + a.Guarantee
	}
	text += "\nbuilt by topoc"
	if a.Version != "" {
		text += " " + a.Version
	}
	return a.show(fmt.Sprintf("%s with %s for %s/%s", text, runtime.Version(), runtime.GOOS, runtime.GOARCH))
}
