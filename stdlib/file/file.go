// Package file reads and writes files.
//
// What it reads must be text and is read by large blocks; what it writes appears under
// its name only when it is whole: a run that fails leaves the file that was there before.
package file
