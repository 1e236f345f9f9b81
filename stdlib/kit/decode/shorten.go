package decode

import "github.com/topo-lang/topo/runtime/component"

// Shorten takes back what was appended to a column beyond n rows.
func Shorten(c *component.Column, n int) {
	switch c.Kind {
	case component.Bool:
		c.Bools = c.Bools[:n]
	case component.Int:
		c.Ints = c.Ints[:n]
	case component.Float:
		c.Floats = c.Floats[:n]
	case component.Decimal:
		c.Decimals = c.Decimals[:n]
	case component.String, component.JSON:
		c.Strings = c.Strings[:n]
	case component.Bytes:
		c.Blobs = c.Blobs[:n]
	case component.Time:
		c.Times = c.Times[:n]
	case component.Duration:
		c.Durations = c.Durations[:n]
	}
}
