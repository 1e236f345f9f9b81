package library

import "io/fs"

// counting is a file system that counts how often each file is opened to be read.
type counting struct {
	fs.FS
	opened map[string]int
}

func (c counting) ReadFile(name string) ([]byte, error) {
	c.opened[name]++
	return fs.ReadFile(c.FS, name)
}

func (c counting) Stat(name string) (fs.FileInfo, error) { return fs.Stat(c.FS, name) }
