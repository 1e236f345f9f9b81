package embedded

import (
	"fmt"
	"time"

	"github.com/topo-lang/topo/runtime/jsontext"
	"github.com/topo-lang/topo/runtime/value"
)

// Duration is a duration in what a query is asked and answers, where it is a text as in the language: "1h30m".
type Duration time.Duration

// MarshalJSON writes it.
func (d Duration) MarshalJSON() ([]byte, error) {
	return value.JSONDuration(nil, time.Duration(d)), nil
}

// UnmarshalJSON reads it.
func (d *Duration) UnmarshalJSON(text []byte) error {
	v, ok := jsontext.Duration(string(text))
	if !ok {
		return fmt.Errorf("%s is no duration", text)
	}
	*d = Duration(v)
	return nil
}
