package compiler

// Under exactly-once an attempt that came to nothing is made again. What it wrote to a sink that commits was
// never seen. What it wrote to a sink that overwrites by key was seen, and the next attempt overwrites it, if
// it gives the same keys: a key out of a clock or of chance, or a tuple that chance decides on, would leave rows
// behind that nobody asked for. So what differs between attempts is followed, through locals, state, functions
// and streams, to the keys and to the decisions on which such a sink's rows depend. The values beside the key
// may differ: they are overwritten.

// proveCertain reports sinks whose rows another attempt would not overwrite.
func (c *compilation) proveCertain() {
	t := newTaint(false)
	for t.changed = true; t.changed; {
		t.changed = false
		for _, comp := range c.order {
			t.component(comp)
		}
	}
	for _, comp := range c.order {
		call := comp.ir.Call
		if call == nil || call.Idempotent == "" || call.Commits || comp.ir.Accepts {
			continue
		}
		for _, a := range call.Args {
			if a.Name == call.Idempotent && a.FieldIndex >= 0 {
				c.reportUncertain(t, comp, a.FieldIndex)
			}
		}
	}
}

func (c *compilation) reportUncertain(t *taint, comp *component, key int) {
	for _, in := range comp.inputs {
		for _, e := range in.edges {
			s, what := e.Stream, "whether it gets a tuple"
			from := t.presence[s]
			if f := t.fields[s]; from.IsZero() && key < len(f) {
				from, what = f[key], "its key "+s.Fields[key].Name
			}
			if from.IsZero() {
				from, what = t.arguments(comp), "whether it can write a tuple"
			}
			if from.IsZero() {
				continue
			}
			name := comp.ir.Call.Library + "." + comp.ir.Call.Name
			c.err(uncertainRows, comp.name.Span(), "guarantee exactly-once does not hold at %s: %s differs from attempt to attempt", comp.name.Name, what).
				related(from, "%s", t.why[from]).
				related(c.guaranteeAt, "%s", c.whose()).
				note("%s shows what an attempt wrote at once, and the next attempt overwrites it only where it gives the same keys", name).
				help("let the spout's tuple carry the value; or write `accept duplicates` if rows that are left behind are harmless")
			return
		}
	}
}
