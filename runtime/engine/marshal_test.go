package engine

import (
	"bytes"
	"errors"
	"testing"
)

type marshalBolt struct {
	Task
	text string
	err  error
}

func (b *marshalBolt) MarshalBinary() ([]byte, error) { return []byte(b.text), b.err }
func (b *marshalBolt) UnmarshalBinary(src []byte) error {
	b.text = string(src)
	return b.err
}

type wrappedBolt struct{ inner any }

func (w wrappedBolt) Inner() any { return w.inner }

func TestMarshalledState(t *testing.T) {
	if marshals(wrappedBolt{1}) != nil || marshals(nil) != nil {
		t.Error("something that says nothing of its state keeps some")
	}
	b := &marshalBolt{}
	k := marshals(wrappedBolt{b})
	changes := func(all bool, want string, some bool) {
		t.Helper()
		got, err := k.Changes([]byte("x"), all)
		if err != nil || some != (len(got) > 1) || some && string(got[2:]) != want {
			t.Errorf("%q, %v", got, err)
		}
	}
	changes(false, "", true) // nothing kept is something known
	changes(false, "", false)
	b.text = "a"
	changes(true, "a", true)
	changes(false, "a", true) // all that there is was not of the epoch
	changes(false, "a", false)
	text, _ := k.Changes(nil, true)
	other := &marshalBolt{}
	if err := marshals(other).Restore(text); err != nil || other.text != "a" {
		t.Errorf("%q, %v", other.text, err)
	}
	for _, bad := range [][]byte{nil, []byte("a")} {
		if marshals(other).Restore(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	b.err = errors.New("no luck")
	if _, err := k.Changes(nil, false); err != b.err || !bytes.Equal(text, []byte("\x01a")) {
		t.Error(err)
	}
}
