package app

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// What is asked for with a variable of the shell that was not set is not left out in silence.
func TestEmptyFlags(t *testing.T) {
	for _, flag := range []string{"store", "listen", "metrics"} {
		code, _, errs := ran(t, &numbers{}, nil, "run", "--count", "1", "--"+flag, "")
		if code == exitDone {
			t.Errorf("--%s: status %d", flag, code)
		}
		says(t, errs, "error: --"+flag+" is empty", "help: give it a value, or leave it out")
	}
}

func TestUserFileOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	user := filepath.Join(t.TempDir(), "user")
	if err := os.WriteFile(user, []byte("crew:a long password\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	code, _, errs := ran(t, &numbers{}, nil, "run", "--count", "1", "--listen", "127.0.0.1:0", "--user-file", user)
	if code == exitDone {
		t.Errorf("status %d", code)
	}
	says(t, errs, "others can read the user file "+user+": its mode is 0644", "help: chmod 600 "+user)
}
