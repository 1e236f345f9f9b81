package component

// Streams is a component that reads the standard input, or writes the standard output of its Context. In a run of several processes all of its
// tasks run in the one that has them.
type Streams interface{ UsesStreams() }

// AtEnd is a sink that writes what it has taken at the end only: when its process is killed all of it is lost, and the run with it.
type AtEnd interface{ WritesAtEnd() }
