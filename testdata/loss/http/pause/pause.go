// Package pause makes a topology slow, for the negative control: what was accepted is not written yet when the process is killed.
package pause

import "time"

// Key is the number's key, after a while.
func Key(n int64, wait time.Duration) int64 {
	if wait > 0 {
		time.Sleep(wait)
	}
	return n % 97
}
