package stdout

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/stdlib/kit/encode"
)

// display returns the one value of c as it is shown on a terminal.
func display(c *component.Column) string {
	switch c.Kind {
	case component.String, component.JSON:
		return printable(c.Strings[0])
	case component.Bytes:
		return base64.StdEncoding.EncodeToString(c.Blobs[0])
	}
	return string(encode.AppendPlain(nil, c, 0))
}

// printable replaces what a terminal would obey instead of show: text from outside must not move the cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) && !unicode.Is(unicode.Mn, r) {
			return '·'
		}
		return r
	}, s)
}

// cut shortens s to width columns; an ellipsis says so.
func cut(s string, width int) string {
	if len(s) <= width || textWidth(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	taken := 0
	for i, r := range s {
		if taken += runeWidth(r); taken > width-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// textWidth returns how many columns of a terminal s takes.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// wide are the characters that take two columns: East Asian scripts and emoji, in coarse ranges.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0x303e, Stride: 1}, {Lo: 0x3041, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, {Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1}, {Lo: 0x1f900, Hi: 0x1faff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}

func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.Is(unicode.Mn, r):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}
