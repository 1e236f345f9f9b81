package file

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// What a killed run has left is removed; what somebody writes, and what is no such file, is not.
func TestPartsThatWereLeft(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open can't be removed")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	left := filepath.Join(dir, ".out.csv.1779766447.part")
	others := []string{".out.csv.part", ".out.csv.x1.part", ".more.csv.12.part", "out.csv.13.part", "out.csv"}
	for _, name := range append(others, filepath.Base(left)) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	first, err := newPart(path, &said)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) || !strings.Contains(said.String(), left+": removed") {
		t.Errorf("it is still there: %v, said %q", err, &said)
	}
	said.Reset()
	second, err := newPart(path, &said)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*part{first, second} {
		if _, err := os.Stat(p.Name()); err != nil {
			t.Errorf("what is written was removed: %v", err)
		}
		p.drop()
		if _, err := os.Stat(p.Name()); !os.IsNotExist(err) {
			t.Errorf("it is still there: %v", err)
		}
	}
	for _, name := range others {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if said.Len() > 0 {
		t.Errorf("said %q", &said)
	}
}
