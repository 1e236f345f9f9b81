package toolchain

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/topo-lang/topo"
)

// The runtime's module as a user's module requires it, and where it seems to lie.
const (
	runtimeModule  = "github.com/topo-lang/topo"
	runtimeVersion = "v0.0.0"
	runtimeFolder  = ".topo-runtime"
)

// OwnModule is what the module of a topology is called that has no go.mod above it.
const OwnModule = "topology.local"

// Module is the Go module that a topology's Go code lives in: the user's, or one that exists for topoc alone.
type Module struct {
	Root    string // the folder of go.mod, absolute
	Folder  string // of the topology, in it
	Path    string // the module's
	Own     bool   // there is no go.mod: the topology's folder is a module of its own
	modfile string // what the go command takes for go.mod; go.sum lies beside it
	overlay map[string]string
}

// OpenModule finds the module of the topology whose text is in folder.
func OpenModule(folder string) (*Module, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	m := &Module{Folder: folder, Root: folder, Own: true, Path: OwnModule, overlay: map[string]string{}}
	var text, sums []byte
	if root := moduleRoot(folder); root != "" {
		m.Root, m.Own = root, false
		if text, err = os.ReadFile(filepath.Join(root, "go.mod")); err != nil {
			return nil, &Error{What: fmt.Sprintf("the module of this topology cannot be read: %v", err), Way: "check its permissions"}
		}
		if sums, err = os.ReadFile(filepath.Join(root, "go.sum")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, &Error{What: fmt.Sprintf("the checksums of this topology's module cannot be read: %v", err), Way: "check its permissions"}
		}
	}
	if err := m.prepare(text, sums); err != nil {
		return nil, err
	}
	return m, nil
}

// moduleRoot returns the nearest folder, from here upwards, that has a go.mod, or "".
func moduleRoot(folder string) string {
	for {
		if info, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil && info.Mode().IsRegular() {
			return folder
		}
		up := filepath.Dir(folder)
		if up == folder {
			return ""
		}
		folder = up
	}
}

// Holds reports whether a folder belongs to the module, not to another one, outside or inside of it.
func (m *Module) Holds(folder string) bool {
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	if m.Own {
		rel, err := filepath.Rel(m.Root, folder)
		return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) && moduleRoot(folder) == ""
	}
	return moduleRoot(folder) == m.Root
}

// prepare writes the go.mod that the go command gets in the place of the user's: the runtime that topoc carries added to it.
func (m *Module) prepare(text, sums []byte) error {
	name := filepath.Join(m.Root, "go.mod")
	if m.Own {
		text = []byte("module " + OwnModule + "\n")
	}
	f, err := modfile.Parse(name, text, nil)
	if err != nil {
		return &Error{What: fmt.Sprintf("the module of this topology cannot be read: %v", err), Way: "`go mod edit -json` in its folder shows what is wrong"}
	}
	if f.Module == nil {
		return &Error{What: fmt.Sprintf("%s names no module", name), Way: "`go mod init NAME` makes one that does"}
	}
	m.Path = f.Module.Mod.Path
	ourText, err := topo.Source.ReadFile("go.mod")
	if err != nil {
		return err
	}
	ours, err := modfile.Parse("go.mod", ourText, nil)
	if err != nil {
		return err
	}
	ourSums, err := topo.Source.ReadFile("go.sum")
	if err != nil {
		return err
	}
	if m.Path != runtimeModule { // or it is the runtime's own
		if err := require(f, ours); err != nil {
			return err
		}
		src, err := SourceTree()
		if err != nil {
			return err
		}
		err = eachSource(func(name string, _ []byte) error {
			name = filepath.FromSlash(name)
			m.overlay[filepath.Join(m.Root, runtimeFolder, name)] = filepath.Join(src, name)
			return nil
		})
		if err != nil {
			return err
		}
	}
	f.Cleanup()
	out, err := f.Format()
	if err != nil {
		return err
	}
	return m.keep(out, union(sums, ourSums))
}

// require adds the runtime's module to f, and what it requires, each in the newer of two versions.
func require(f, ours *modfile.File) error {
	if f.Go == nil || version.Compare("go"+f.Go.Version, "go"+ours.Go.Version) < 0 {
		if err := f.AddGoStmt(ours.Go.Version); err != nil {
			return err
		}
	}
	has := map[string]string{}
	for _, r := range f.Require {
		has[r.Mod.Path] = r.Mod.Version
	}
	for _, r := range slices.Clone(f.Replace) {
		if r.Old.Path == runtimeModule {
			if err := f.DropReplace(r.Old.Path, r.Old.Version); err != nil {
				return err
			}
		}
	}
	if err := f.AddRequire(runtimeModule, runtimeVersion); err != nil {
		return err
	}
	if err := f.AddReplace(runtimeModule, "", "./"+runtimeFolder, ""); err != nil {
		return err
	}
	for _, r := range ours.Require {
		switch theirs := has[r.Mod.Path]; {
		case theirs == "":
			f.AddNewRequire(r.Mod.Path, r.Mod.Version, true)
		case semver.Compare(theirs, r.Mod.Version) < 0:
			if err := f.AddRequire(r.Mod.Path, r.Mod.Version); err != nil {
				return err
			}
		}
	}
	return nil
}

// union joins two go.sum files.
func union(a, b []byte) []byte {
	lines := map[string]bool{}
	for _, text := range [][]byte{a, b} {
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" {
				lines[line] = true
			}
		}
	}
	var out []string
	for line := range lines {
		out = append(out, line+"\n")
	}
	slices.Sort(out)
	return []byte(strings.Join(out, ""))
}

// keep writes go.mod and go.sum into the cache, under a name that follows from what they hold.
func (m *Module) keep(mod, sum []byte) error {
	cache, err := CacheDir()
	if err != nil {
		return err
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %d\n", m.Root, len(mod))
	hash.Write(mod)
	hash.Write(sum)
	dir := filepath.Join(cache, "mod", hex.EncodeToString(hash.Sum(nil))[:24])
	m.modfile = filepath.Join(dir, "go.mod")
	if m.Own {
		m.overlay[filepath.Join(m.Root, "go.mod")] = m.modfile
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &Error{What: fmt.Sprintf("the module of this topology cannot be prepared: %v", err), Way: noCache}
	}
	for name, text := range map[string][]byte{"go.mod": mod, "go.sum": sum} {
		// The go command may have added what it found missing: that stays.
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			continue
		}
		if err := writeWhole(filepath.Join(dir, name), text); err != nil {
			return &Error{What: fmt.Sprintf("the module of this topology cannot be prepared: %v", err), Way: noCache}
		}
	}
	return nil
}

// writeWhole writes a file, whole or not at all.
func writeWhole(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Arguments are the go command's for a run in the module: mode is "readonly", or "mod" where requirements may be put in order.
func (m *Module) Arguments(overlay, mode string) []string {
	return append(slices.Clone(Flags), "-mod="+mode, "-modfile="+m.modfile, "-overlay="+overlay)
}

// Environment is Environment for a run in dir.
func (m *Module) Environment(dir, goos, goarch string) []string {
	return append(Environment(goos, goarch), "PWD="+dir)
}

// Overlay writes the file that lays the runtime and more files (path in the module: real path) over the module into dir.
func (m *Module) Overlay(dir string, more map[string]string) (string, error) {
	replace := map[string]string{}
	for name, real := range m.overlay {
		replace[name] = real
	}
	for name, real := range more {
		replace[name] = real
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return "", &Error{What: err.Error(), Way: "make room in, or set TMPDIR to, a folder that can be written"}
	}
	return path, nil
}

// Contents is what Overlay lays over the module, as text.
func (m *Module) Contents() (map[string][]byte, error) {
	out := map[string][]byte{}
	for name, real := range m.overlay {
		text, err := os.ReadFile(real)
		if err != nil {
			return nil, &Error{What: err.Error(), Way: noCache}
		}
		out[name] = text
	}
	return out, nil
}

// MainFolder returns the name of a folder that is not there, beside the topology's text: the generated package main seems to lie in it,
// so that it may import what the topology's own folder may.
func (m *Module) MainFolder() string {
	name := "topo_main"
	for {
		if _, err := os.Lstat(filepath.Join(m.Folder, name)); err != nil {
			return name
		}
		name += "_"
	}
}

// Fingerprint names what the module is built with: its requirements.
func (m *Module) Fingerprint() string {
	h := sha256.New()
	for _, name := range []string{m.modfile, strings.TrimSuffix(m.modfile, ".mod") + ".sum"} {
		text, err := os.ReadFile(name)
		if err != nil {
			text = []byte(err.Error())
		}
		fmt.Fprintf(h, "%d\n", len(text))
		h.Write(bytes.TrimSpace(text))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
