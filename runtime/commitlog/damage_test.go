package commitlog

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/broker"
)

var damages = flag.Int("damages", 24, "how many damaged stores TestDamage opens")

// damagedStore makes a store with all that there can be in one, and returns its model.
func damagedStore(t *testing.T, folder string) (want model) {
	p := serverPlace(t, folder)
	ctx := context.Background()
	l := p.open(p.config())
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for e := range uint64(6) {
		must(l.Commit(ctx, someRecord(e+1, 300, 5000)))
	}
	must(l.Release(ctx, 3))
	w, err := l.Snapshot(ctx, 4)
	must(err)
	for i := range 3 {
		part := Part{State, "words", i, bytes.Repeat([]byte{byte(i), 9}, 300_000)}
		want.snapshot = append(want.snapshot, words(part))
		must(w.Add(part))
	}
	must(w.Commit())
	must(l.Commit(ctx, someRecord(7, 3<<20, 4)))
	for e := uint64(8); e < 12; e++ {
		must(l.Commit(ctx, someRecord(e, 2000)))
	}
	for e := uint64(5); e < 12; e++ {
		r := someRecord(e, 300, 5000)
		switch {
		case e == 7:
			r = someRecord(e, 3<<20, 4)
		case e > 7:
			r = someRecord(e, 2000)
		}
		want.records = append(want.records, recordWords(r))
	}
	l.Close()
	p.stop()
	return want
}

// TestDamage flips bytes of a store's files, cuts them off and removes them: what is recovered is right, or nothing is.
func TestDamage(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole")
	want := damagedStore(t, whole)
	var files []string
	var sizes []int64
	err := filepath.WalkDir(whole, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != "topo.lock" {
			info, _ := d.Info()
			files, sizes = append(files, strings.TrimPrefix(path, whole)), append(sizes, info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if same, why := opens(t, whole, want); !same {
		t.Fatalf("the whole store: %v", why)
	}
	// The first opening of the whole one has changed it: that is what is damaged from here on, sizes and all.
	rnd := rand.New(rand.NewPCG(1, 2))
	refused, good := 0, 0
	if testing.Short() {
		*damages = min(*damages, 8)
	}
	for i := range *damages + len(files) {
		folder := filepath.Join(t.TempDir(), "damaged")
		if err := os.CopyFS(folder, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		n := i % len(files)
		name := filepath.Join(folder, files[n])
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it was of the first opening
		}
		var what string
		if len(text) == 0 {
			continue
		}
		switch at := rnd.IntN(len(text)); i / len(files) % 5 {
		case 0, 1, 2:
			text[at] ^= 1 << rnd.IntN(8)
			what = fmt.Sprintf("%s: byte %d of %d flipped", files[n], at, len(text))
		case 3:
			text = text[:at]
			what = fmt.Sprintf("%s: cut off at %d", files[n], at)
		case 4:
			from := max(0, at-512)
			clear(text[from:at])
			what = fmt.Sprintf("%s: zeros from %d to %d", files[n], from, at)
		}
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if i >= *damages { // each file once
			os.Remove(name)
			what = files[n] + ": removed"
		}
		if rnd.IntN(2) == 0 {
			// As after kill -9: the server makes its index anew from the blocks.
			what += ", without indexes"
			filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.Name() == "index.db" {
					os.Remove(path)
				}
				return nil
			})
		}
		same, why := opens(t, folder, want)
		switch {
		case same:
			good++
		case why != nil:
			refused++
			if testing.Verbose() {
				t.Logf("%s: %v", what, why)
			}
		default:
			t.Errorf("%s: something else was recovered", what)
		}
		os.RemoveAll(folder)
	}
	t.Logf("%d were right, %d refused", good, refused)
}

// opens reports whether a store holds what it should; else why it was refused, or nil.
func opens(t *testing.T, folder string, want model) (same bool, refused error) {
	s, err := broker.Start(broker.Options{Name: "test", Store: folder})
	if err != nil {
		return false, err
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p := &testPlace{t: t, folder: folder, server: s}
	l, err := Open(ctx, p.config())
	if err != nil {
		return false, err
	}
	defer l.Close()
	got, _, err := recoverAll(l)
	if err != nil {
		return false, err
	}
	f := l.Found()
	return slices.Equal(got.snapshot, want.snapshot) && slices.Equal(got.records, want.records) && f.Epoch == 11 && f.Released == 3 && f.Snapshot == 4, nil
}
