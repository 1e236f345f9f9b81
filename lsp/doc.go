// Package lsp is topoc's language server: what an editor asks of a topology while its text changes.
//
// One goroutine reads messages, one works on them in their order: a check after a change takes milliseconds, so nothing needs
// to run beside it. What a later message has made pointless is not done: a question that was cancelled, or whose document has
// changed behind it, is answered with that; several changes in a row are checked once.
//
// What is compiled together, the topology's files in a folder, is a unit, with a compiler.Session of its own. Each feature is a file
// with its cases in testdata/NAME.
package lsp
