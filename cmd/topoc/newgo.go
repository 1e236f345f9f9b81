package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"

	"github.com/topo-lang/topo"
)

// goTemplate is the template that is a Go module.
const goTemplate = "go"

// goModule says what stands for PACKAGE and MODULE in a Go package in folder, and makes go.mod and go.sum, which need nothing from
// anywhere: topoc knows what it was built with. In a module that is there already none are made. It returns also what is to be typed before `go generate`.
func goModule(folder, name string, as map[string]string) (files []newFile, before string, err error) {
	as["PACKAGE"] = packageName(filepath.Base(folder))
	as["MODULE"] = "example.com/" + name
	for root := filepath.Dir(folder); ; root = filepath.Dir(root) {
		at := filepath.Join(root, "go.mod")
		text, err := os.ReadFile(at)
		if err != nil && filepath.Dir(root) == root {
			break
		}
		if err != nil {
			continue
		}
		mod, err := modfile.Parse(at, text, nil)
		if err != nil || mod.Module == nil {
			return nil, "", &helpfulError{err: fmt.Errorf("%s can't be read as a go.mod", at), help: "`go mod edit -json` in its folder shows what is wrong"}
		}
		rel, err := filepath.Rel(root, folder)
		if err != nil {
			return nil, "", err
		}
		as["MODULE"] = path.Join(mod.Module.Mod.Path, filepath.ToSlash(rel))
		tool := runtimeModule + "/cmd/topoc"
		if !slices.ContainsFunc(mod.Tool, func(t *modfile.Tool) bool { return t.Path == tool }) {
			before = "go get -tool " + tool + " && "
		}
		return nil, before, skewed(mod)
	}
	text, err := topo.Source.ReadFile("go.mod")
	if err != nil {
		return nil, "", err
	}
	sums, err := topo.Source.ReadFile("go.sum")
	if err != nil {
		return nil, "", err
	}
	ours, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return nil, "", err
	}
	mod, err := newModule(as["MODULE"], ours)
	if err != nil {
		return nil, "", err
	}
	if _, released := releasedVersion(); released {
		before = "go mod tidy && " // topo's own sum
	}
	return []newFile{{"go.mod", string(mod)}, {"go.sum", string(sums)}}, before, nil
}

// newModule is a go.mod that has topoc as a tool: of this topoc's version, or from the source that it was built of.
func newModule(name string, ours *modfile.File) ([]byte, error) {
	version, released := releasedVersion()
	from := ""
	if !released {
		if version, from = "v0.0.0", clone(); from == unknownClone {
			return nil, &helpfulError{err: fmt.Errorf("this topoc is no released one, and the source that it was built of is not where it was: a go.mod can't name it"),
				help: "build topoc in a clone of its source: `go build -o topoc ./cmd/topoc`, without -trimpath"}
		}
	}
	f := new(modfile.File)
	err := f.AddModuleStmt(name)
	if err == nil {
		err = f.AddGoStmt(ours.Go.Version)
	}
	if err == nil {
		err = f.AddTool(runtimeModule + "/cmd/topoc")
	}
	if err == nil && from != "" {
		err = f.AddReplace(runtimeModule, "", from, "")
	}
	if err != nil {
		return nil, err
	}
	f.AddNewRequire(runtimeModule, version, false)
	for _, r := range ours.Require {
		f.AddNewRequire(r.Mod.Path, r.Mod.Version, true)
	}
	f.SetRequireSeparateIndirect(f.Require)
	f.Cleanup()
	return f.Format()
}
