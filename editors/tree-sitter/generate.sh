#!/bin/sh
# Writes src/parser.c anew after a change of grammar.js, always with the same version of tree-sitter's generator, which cargo builds once; it needs node, too.
set -eu
cd "$(dirname "$0")"
cargo run --quiet --locked --release --manifest-path generate/Cargo.toml -- .
rm -f src/grammar.json src/node-types.json src/tree_sitter/alloc.h src/tree_sitter/array.h # not needed by editors
sha256sum grammar.js | cut -d ' ' -f 1 > src/grammar.sha256
