//go:build linux || darwin || freebsd

package commitlog

import "golang.org/x/sys/unix"

// freeBytes is how much of a folder's disk this user may still write.
func freeBytes(folder string) (uint64, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), true
}
