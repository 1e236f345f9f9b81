package pebble_test

import (
	"io"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/component"
	"github.com/topo-lang/topo/runtime/store"
	"github.com/topo-lang/topo/runtime/store/storetest"
	"github.com/topo-lang/topo/stdlib/pebble"
)

func TestStore(t *testing.T) {
	path := t.TempDir()
	storetest.Conform(t, func() store.Backend { return &pebble.Pebble{Path: path} })
}

func TestStoreIsLocked(t *testing.T) {
	path := t.TempDir()
	open := func() (*pebble.Pebble, error) {
		b := &pebble.Pebble{Path: path}
		return b, b.Open(&component.Context{Stderr: io.Discard}, storetest.TableOf(store.Opaque, 0))
	}
	first, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
}
