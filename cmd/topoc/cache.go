package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/toolchain"
)

// keepBinaries is how many binaries `topoc run` keeps, and keepAtLeast how long it keeps one whatever the number:
// another topoc may be about to start it.
const (
	keepBinaries = 16
	keepAtLeast  = time.Hour
)

// slot is a place in the cache for one binary. Its name is a hash of all that goes into the binary: the
// generated Go, the user's, the engine's and the standard library's source, and which topoc and Go compile it.
type slot struct {
	root   string // the folder of all slots
	folder string
	binary string
}

func newSlot(files map[string][]byte, name string, code *ir.GoCode) (slot, error) {
	cache, err := toolchain.CacheDir()
	if err != nil {
		return slot{}, err
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "%s %s\n", toolchain.SourceHash(), versionText())
	for _, file := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(hash, "%q %d\n", file, len(files[file]))
		hash.Write(files[file])
	}
	if code != nil {
		fmt.Fprintf(hash, "%s\n", code.Fingerprint)
	}
	root := filepath.Join(cache, "run")
	folder := filepath.Join(root, hex.EncodeToString(hash.Sum(nil))[:32])
	return slot{root: root, folder: folder, binary: filepath.Join(folder, name+target{os: runtime.GOOS}.extension())}, nil
}

// sizeFile holds the size of the binary beside it: a disk that was full, or a copy that was cut off, must not leave a
// binary that never starts.
func (s slot) sizeFile() string { return filepath.Join(s.folder, "size") }

// built notes that the binary is whole. Where that can't be written it is built again the next time.
func (s slot) built() {
	if info, err := os.Stat(s.binary); err == nil {
		_ = os.WriteFile(s.sizeFile(), []byte(strconv.FormatInt(info.Size(), 10)), 0o666)
	}
}

// found reports that the binary is there, whole, and notes that it was used.
func (s slot) found() bool {
	info, err := os.Stat(s.binary)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	if size, err := os.ReadFile(s.sizeFile()); err != nil || string(size) != strconv.FormatInt(info.Size(), 10) {
		return false
	}
	now := time.Now()
	// A cache that may be read and not written still serves; its binaries only grow old in it.
	_ = os.Chtimes(s.folder, now, now)
	return true
}

func (s slot) prepare() error {
	if err := os.MkdirAll(s.folder, 0o777); err != nil {
		return &helpfulError{
			err:  fmt.Errorf("topoc run keeps its binaries in your cache folder: %w", err),
			help: "make it writable or set TOPO_CACHE; or use topoc build and run the binary",
		}
	}
	return nil
}

// prune removes the binaries that were used longest ago. What cannot be removed now will be another time.
func (s slot) prune() {
	entries, err := os.ReadDir(s.root)
	if err != nil || len(entries) <= keepBinaries {
		return
	}
	type used struct {
		folder string
		at     time.Time
	}
	var all []used
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			all = append(all, used{filepath.Join(s.root, e.Name()), info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b used) int { return b.at.Compare(a.at) })
	for _, old := range all[min(keepBinaries, len(all)):] {
		if time.Since(old.at) > keepAtLeast {
			_ = os.RemoveAll(old.folder)
		}
	}
}
