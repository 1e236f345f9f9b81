package encode

import (
	"encoding/base64"
	"math"
	"unicode/utf8"

	"github.com/topo-lang/topo/runtime/component"
)

func appendJSON(b []byte, c *component.Column, row int) []byte {
	switch c.Kind {
	case component.String:
		return AppendJSONString(b, c.Strings[row])
	case component.JSON:
		return append(b, c.Strings[row]...)
	case component.Bytes:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, c.Blobs[row])
		return append(b, '"')
	case component.Time, component.Duration:
		b = append(b, '"')
		b = AppendPlain(b, c, row)
		return append(b, '"')
	case component.Float:
		if f := c.Floats[row]; math.IsNaN(f) || math.IsInf(f, 0) {
			return append(b, "null"...)
		}
	}
	return AppendPlain(b, c, row)
}

const hexDigits = "0123456789abcdef"

// AppendJSONString appends s as a JSON string. What is not UTF-8 becomes U+FFFD.
func AppendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			b = append(append(b, s[from:i]...), "\ufffd"...)
		} else {
			b = append(b, s[from:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
		}
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}
