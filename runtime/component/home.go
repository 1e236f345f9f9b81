package component

// Streams is a component that reads the standard input, or writes the standard output of its Context. In a run of several processes all of its
// tasks run in the one that has them.
type Streams interface{ UsesStreams() }

// AtEnd is a sink that writes what it has taken at the end only: when its process is killed all of it is lost, and the run with it.
type AtEnd interface{ WritesAtEnd() }

// Stateful is a bolt or sink in Go that keeps in memory what its tuples do, and not only until its Flush returns: counts, a buffer. When its process is killed that
// is lost, so spouts above it begin anew in the next run also where a store knows where they stood. A bolt with Finish or Tick is taken for one without saying so.
type Stateful interface{ KeepsState() }
