// Package decodetest stands in for the code that is made for a spout's schema, in tests of spouts.
package decodetest

import (
	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/jsontext"
)

// Objects takes rows of ints, strings and json: Objects.Columns has them, whether they came as texts or as columns.
func Objects(schema []component.Column) *component.Objects {
	var out *component.Objects
	out = component.NewObjects(schema, func(text string) error { return read(&out.Columns, text) })
	return out
}

func read(out *component.Columns, text string) error {
	a := &arena.Arena{}
	whole, err := jsontext.Tuple(a, text)
	if err != nil {
		return err
	}
	d := &jsontext.Decoder{Arena: a}
	ints, texts := make([]int64, len(out.Cols)), make([]string, len(out.Cols))
	for i, c := range out.Cols {
		v, _ := jsontext.Key(whole, c.Name)
		d.Top(c.Name)
		switch c.Kind {
		case component.Int:
			ints[i] = d.Int(v)
		case component.String:
			texts[i] = d.String(v)
		default:
			texts[i] = jsontext.Text(v)
		}
	}
	if !d.OK() {
		return d.Err()
	}
	for i := range out.Cols {
		out.Cols[i].Ints = append(out.Cols[i].Ints, ints[i])
		out.Cols[i].Strings = append(out.Cols[i].Strings, texts[i])
	}
	return nil
}
