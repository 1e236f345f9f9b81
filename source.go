// Package topo carries the source of the runtime and the standard library, so that a topoc binary can
// build topologies anywhere, and compiler and runtime can never be of different versions.
package topo

import "embed"

// Source is this module's go.mod, go.sum, runtime and standard library, as they were when topoc was built.
//
//go:embed go.mod go.sum runtime/*/*.go stdlib/*/*.go stdlib/*/*/*.go stdlib/*/*.topo
var Source embed.FS
