package fault

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

func TestErrorCarriesTextCauseAndHelp(t *testing.T) {
	err := fmt.Errorf("spout lines: %w", New("check the name", "%s: %w", "a.txt", fs.ErrNotExist))
	if got, want := err.Error(), "spout lines: a.txt: file does not exist"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
	var helper interface{ Help() string }
	if !errors.As(err, &helper) || helper.Help() != "check the name" {
		t.Error("the way out is lost")
	}
}
