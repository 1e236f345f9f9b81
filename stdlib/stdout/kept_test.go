package stdout

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
)

// A table goes on with the rows that another one has kept, whatever they are of.
func TestTableKept(t *testing.T) {
	schema := func() []component.Column {
		return []component.Column{{Name: "word", Kind: component.String}, {Name: "n", Kind: component.Int}, {Name: "f", Kind: component.Float}}
	}
	open := func(out *bytes.Buffer) *Table {
		one := &Table{}
		if err := one.Open(&component.Context{Stdout: out, Epochs: true}, schema()); err != nil {
			t.Fatal(err)
		}
		return one
	}
	var first, second, third bytes.Buffer
	a, b, c := open(&first), open(&second), open(&third)
	for epoch := range 5 {
		rows := &component.Columns{Cols: schema()}
		for i := range 1000 {
			rows.Cols[0].Strings = append(rows.Cols[0].Strings, fmt.Sprint("w", (i*7+epoch*300)%1500))
			rows.Cols[1].Ints = append(rows.Cols[1].Ints, int64(i*epoch))
			rows.Cols[2].Floats = append(rows.Cols[2].Floats, float64(i)/3)
			rows.N++
		}
		if err := a.Write(rows); err != nil {
			t.Fatal(err)
		}
		changes, err := a.Changes(nil, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Restore(changes); err != nil {
			t.Fatal(err)
		}
	}
	if changes, err := a.Changes(nil, false); err != nil || len(changes) > 0 {
		t.Errorf("nothing has changed, and there are %d bytes of it (%v)", len(changes), err)
	}
	all, err := a.Changes(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Restore(all); err != nil {
		t.Fatal(err)
	}
	for _, one := range []*Table{a, b, c} {
		if err := one.Close(true); err != nil {
			t.Fatal(err)
		}
	}
	if first.Len() == 0 || first.String() != second.String() || first.String() != third.String() {
		t.Errorf("rows: %d bytes, %d by changes, %d at once", first.Len(), second.Len(), third.Len())
	}
}
