package component

import (
	"os"
	"path/filepath"
)

// Find returns the path to read a file from: path itself where it is absolute or exists from the
// working directory, else the file of that name beside the topology's text where there is one.
func (c *Context) Find(path string) string {
	if filepath.IsAbs(path) || c.BaseDir == "" {
		return path
	}
	if _, err := os.Lstat(path); err == nil {
		return path
	}
	beside := filepath.Join(c.BaseDir, path)
	if _, err := os.Lstat(beside); err != nil {
		return path
	}
	return beside
}
