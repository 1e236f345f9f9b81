// Package compiler says what .topo text means, and proves that it holds together.
//
// In come source files; out come an ir.Program, in which every name is resolved and every
// expression typed, its plan, and all diagnostics of all files in one run. Text and syntax stop
// here: what is behind (plan, graph, codegen) sees the ir alone.
//
// The passes share one compilation. Each takes what the ones before have found and adds to it; none
// stops at an error. What could not be understood becomes types.Invalid, or a component that is broken,
// and both satisfy whoever uses them: so one mistake is reported once, where it stands, and no error
// follows from another. A Program exists only where there is no error at all; until then its invariants may be broken,
// and nobody sees it.
//
// The surprising decision is that spans of the syntax tree are the only places: ir nodes
// carry them along, so that what is proven late (cycles, state, unused streams) points at text as exactly as
// what is proven early.
package compiler
