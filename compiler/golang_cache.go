package compiler

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"sync"

	"github.com/topo-lang/topo/compiler/golang"
)

// GoCache keeps the Go packages that the compilations of one topology look at, which takes the go command most of a second, until it
// is told to forget them. The zero value is empty.
type GoCache struct {
	mu    sync.Mutex
	known []goLoaded
}

// goLoaded is what one run of the go command gave.
type goLoaded struct {
	base, folder string
	refs         []golang.Ref // the files of folders, without the names of files
	set          *golang.Set
}

// maxGoLoaded is how many runs are kept: while a path is typed, each letter is another one.
const maxGoLoaded = 4

// Forget makes the next compilation look at the Go code again.
func (g *GoCache) Forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.known = nil
}

// load is golang.Load, or what it gave before.
func (g *GoCache) load(base, main string, refs []golang.Ref, extra golang.Extra) *golang.Set {
	if g == nil {
		return golang.Load(context.Background(), base, main, refs, extra)
	}
	// Packages are found from a file's folder, so its name is of no account.
	key := slices.Clone(refs)
	for i := range key {
		key[i].File = filepath.Join(filepath.Dir(key[i].File), "\x00")
	}
	slices.SortFunc(key, func(a, b golang.Ref) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Path, b.Path)) })
	key = slices.Compact(key)
	folder := filepath.Dir(main)
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, k := range g.known {
		if k.base == base && k.folder == folder && slices.Equal(k.refs, key) {
			return k.set
		}
	}
	set := golang.Load(context.Background(), base, filepath.Join(folder, "\x00"), key, extra)
	if len(g.known) == maxGoLoaded {
		g.known = slices.Delete(g.known, 0, 1)
	}
	g.known = append(g.known, goLoaded{base, folder, key, set})
	return set
}
