//go:build !unix

package main

import "errors"

// become is not to be had on this system.
func become(string, []string, []string) error { return errors.ErrUnsupported }
