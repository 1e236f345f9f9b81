package value

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// SplitList reads a line of CSV; false where it is none.
func SplitList(text string) ([]string, bool) {
	if strings.TrimSpace(text) == "" {
		return nil, true
	}
	r := csv.NewReader(strings.NewReader(text))
	r.TrimLeadingSpace = true
	items, err := r.Read()
	if err != nil {
		return nil, false
	}
	_, err = r.Read()
	return items, errors.Is(err, io.EOF)
}

// JoinList writes items so that SplitList reads them.
func JoinList(items []string) string {
	parts := make([]string, len(items))
	for i, item := range items {
		if item == "" || strings.ContainsAny(item, ",\"\r\n") || strings.TrimSpace(item) != item {
			item = `"` + strings.ReplaceAll(item, `"`, `""`) + `"`
		}
		parts[i] = item
	}
	return strings.Join(parts, ",")
}
