// Package stdlib carries the signatures of the standard library, for the compiler.
//
// Each library is a folder: a .topo file declares its components and functions, and Go packages in the folder implement
// them. The compiler reads both, so that a signature and its Go code can't differ. A library has no privilege
// over one that a user writes; `core`, the prelude, alone needs no prefix.
package stdlib

import "embed"

// Signatures holds the .topo files, and the Go source that they point at.
//
//go:embed */*.topo */*.go core/*/*.go
var Signatures embed.FS
