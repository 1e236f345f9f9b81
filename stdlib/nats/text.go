package nats

import (
	"fmt"
	"unicode/utf8"

	"github.com/nats-io/nats.go"

	"github.com/topo-lang/topo/runtime/arena"
	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/fault"
)

// textReader returns what reads messages of format text: the first field is the message, the second its subject.
func textReader(schema []component.Column) (func(*nats.Msg, *component.Objects) error, error) {
	text := func(i int) bool {
		return schema[i].Kind == component.String || i == 0 && schema[i].Kind == component.Bytes
	}
	if len(schema) < 1 || len(schema) > 2 || !text(0) || !text(len(schema)-1) {
		return nil, fault.New("declare (text string), (data bytes), or one of them and (subject string), or use the format \"json\"",
			"format: \"text\" gives a message and its subject, which is not what is declared")
	}
	return func(msg *nats.Msg, out *component.Objects) error {
		first := &out.Cols[0]
		if first.Kind == component.Bytes {
			first.Blobs = append(first.Blobs, msg.Data)
		} else {
			if !utf8.Valid(msg.Data) {
				return fmt.Errorf("not UTF-8 text: declare the field as bytes to take it as it is")
			}
			// The message is not used again: its bytes may be the text.
			first.Strings = append(first.Strings, arena.View(msg.Data))
		}
		if len(out.Cols) > 1 {
			out.Cols[1].Strings = append(out.Cols[1].Strings, msg.Subject)
		}
		out.N++
		return nil
	}, nil
}
