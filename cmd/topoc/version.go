package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v2"
)

func versionCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "say which topoc this is",
		Description: `Prints topoc's version, the commit that it was built from where that is known, and the Go it was built with.

  topoc version`,
		Action: func(ctx *cli.Context) error {
			if ctx.Args().Present() {
				return &usageError{text: "topoc version takes no arguments", help: seeHelp(ctx.Command)}
			}
			fmt.Fprintln(c.out, versionText())
			return nil
		},
	}
}

// versionText is `topoc v0.1.0 (1a2b3c4d5e6f, changed), go1.26.0 linux/amd64`.
func versionText() string {
	return fmt.Sprintf("topoc %s, %s %s/%s", ownVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// ownVersion is `v0.1.0 (1a2b3c4d5e6f, changed)`.
func ownVersion() string {
	version, commit := "(development)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if v := info.Main.Version; v != "" && v != "(devel)" {
			version = v
		}
		commit = commitText(info.Settings)
	}
	return version + commit
}

func commitText(settings []debug.BuildSetting) string {
	values := map[string]string{}
	for _, s := range settings {
		values[s.Key] = s.Value
	}
	revision := values["vcs.revision"]
	if revision == "" {
		return ""
	}
	parts := []string{revision[:min(12, len(revision))]}
	if values["vcs.modified"] == "true" {
		parts = append(parts, "changed")
	}
	return " (" + strings.Join(parts, ", ") + ")"
}
