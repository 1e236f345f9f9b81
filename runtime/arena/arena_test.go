package arena

import (
	"strings"
	"testing"
)

// Text made in an arena stays as it is while more is made, however often the arena grows, until Reset.
func TestTextStays(t *testing.T) {
	var a Arena
	for range 3 {
		var got, want []string
		for i := range 2000 {
			text := strings.Repeat(string(rune('a'+i%26)), i%97)
			b := append(a.Bytes(len(text)), text...)
			got, want = append(got, a.Commit(b)), append(want, text)
			list := a.Strings(i % 7)
			for j := range list {
				if list[j] != "" {
					t.Fatalf("a new list holds %q", list[j])
				}
				list[j] = text
			}
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("text %d became %q", i, got[i])
			}
		}
		a.Reset()
	}
}

// Text that turned out longer than its room is still right, and does not overlap what is made next.
func TestTextLongerThanItsRoom(t *testing.T) {
	var a Arena
	long := strings.Repeat("x", 10_000)
	first := a.Commit(append(a.Bytes(1), long...))
	second := a.Commit(append(a.Bytes(3), "two"...))
	if first != long || second != "two" {
		t.Error("texts overlap")
	}
}

func TestListsCannotGrowIntoTheNext(t *testing.T) {
	var a Arena
	first, second := a.Strings(2), a.Strings(2)
	second[0] = "kept"
	_ = append(first, "overwritten")
	if second[0] != "kept" {
		t.Error("appending to a list changed the next one")
	}
}

func TestResetLetsHugeMemoryGo(t *testing.T) {
	var a Arena
	a.Commit(append(a.Bytes(8<<20), 'x'))
	a.Reset()
	if cap(a.buf) != 0 {
		t.Errorf("%d bytes are kept", cap(a.buf))
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	var a Arena
	if n := testing.AllocsPerRun(100, func() {
		a.Reset()
		for range 10 {
			a.Commit(append(a.Bytes(5), "words"...))
			a.Strings(3)
		}
	}); n > 0 && !safe {
		t.Errorf("%v allocations", n)
	}
}
