package lsp

import (
	"net/url"
	"path/filepath"
	"strings"

	"github.com/topo-lang/topo/lsp/protocol"
)

// pathOf is the file that a URI names; "" where it names none.
func pathOf(uri protocol.URI) string {
	u, err := url.Parse(string(uri))
	if err != nil || u.Scheme != "file" || u.Path == "" || strings.Contains(u.Path, "\x00") {
		return ""
	}
	path := u.Path
	// file:///c:/folder on Windows.
	if len(path) > 2 && path[0] == '/' && path[2] == ':' && filepath.Separator == '\\' {
		path = path[1:]
	}
	return filepath.Clean(filepath.FromSlash(path))
}

// uriOf names a file.
func uriOf(path string) protocol.URI {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path}
	return protocol.URI(u.String())
}
