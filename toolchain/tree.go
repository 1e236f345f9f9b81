package toolchain

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/topo-lang/topo"
)

// CacheDir is the folder that topoc keeps sources and binaries in: $TOPO_CACHE, or topo in the user's cache folder.
func CacheDir() (string, error) {
	if dir := os.Getenv("TOPO_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", &Error{What: fmt.Sprintf("there is no cache folder: %v", err), Way: noCache}
	}
	return filepath.Join(dir, "topo"), nil
}

// SourceHash names the version of the runtime's source that topoc carries.
var SourceHash = sync.OnceValue(func() string {
	h := sha256.New()
	err := eachSource(func(name string, text []byte) error {
		fmt.Fprintf(h, "%s %d\n", name, len(text))
		h.Write(text)
		return nil
	})
	if err != nil {
		panic(err) // an embedded file cannot fail to be read
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
})

// eachSource calls visit for every embedded file that a binary may be built from, in order.
func eachSource(visit func(name string, text []byte) error) error {
	return fs.WalkDir(topo.Source, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := topo.Source.ReadFile(name)
		if err != nil {
			return err
		}
		return visit(name, text)
	})
}

// whole reports whether every file of the source stands in dir with its size: a cache may be cleaned half, or its disk have been full.
func whole(dir string) bool {
	return eachSource(func(name string, text []byte) error {
		info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
		if err == nil && info.Size() != int64(len(text)) {
			err = errors.New("its size differs")
		}
		return err
	}) == nil
}

// SourceTree returns the folder that holds the runtime's source, and writes it where it is not there yet.
func SourceTree() (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "src-"+SourceHash())
	damaged := false
	if _, err := os.Stat(dir); err == nil {
		if whole(dir) {
			return dir, nil
		}
		damaged = true
	}
	fail := func(err error) (string, error) {
		return "", &Error{What: fmt.Sprintf("the runtime's source cannot be written: %v", err), Way: noCache}
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return fail(err)
	}
	tmp, err := os.MkdirTemp(cache, ".src-")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(tmp)
	err = eachSource(func(name string, text []byte) error {
		to := filepath.Join(tmp, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Join(tmp, filepath.FromSlash(path.Dir(name))), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
	if err != nil {
		return fail(err)
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fail(err)
	}
	if damaged {
		// Out of the way first, in one step; who builds from it meanwhile fails as it would have.
		old := tmp + "-old"
		if err := os.Rename(dir, old); err == nil {
			defer os.RemoveAll(old)
		}
	}
	// Whole or not at all; another topoc may have been first, with the same content.
	if err := os.Rename(tmp, dir); err != nil {
		if _, statErr := os.Stat(dir); statErr != nil {
			return fail(err)
		}
	}
	return dir, nil
}
