package commitlog

import "golang.org/x/sys/windows"

// freeBytes is how much of a folder's disk this user may still write.
func freeBytes(folder string) (free uint64, ok bool) {
	path, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, false
	}
	err = windows.GetDiskFreeSpaceEx(path, &free, nil, nil)
	return free, err == nil
}
