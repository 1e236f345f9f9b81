package ir

import "github.com/topo-lang/topo/lang/source"

// Note says what an optimisation did, or why it left what people may expect it to change.
type Note struct {
	Pass string      // its name: "fuse"
	What string      // what became of what: "lines -> split -> count run as one task"
	Why  string      // the reason, as a sentence without its full stop
	Left bool        // nothing was done
	Span source.Span // the component that it is about; zero where it is about all of them
}
