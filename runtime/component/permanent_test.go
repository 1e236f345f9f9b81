package component

import (
	"errors"
	"fmt"
	"testing"
)

type own bool

func (own) Error() string     { return "own" }
func (o own) Permanent() bool { return bool(o) }

func TestPermanent(t *testing.T) {
	why := errors.New("why")
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false}, {why, false}, {Permanent(nil), false}, {Permanent(why), true},
		{fmt.Errorf("later: %w", Permanent(why)), true}, {own(true), true}, {own(false), false},
	} {
		if IsPermanent(c.err) != c.want {
			t.Errorf("IsPermanent(%v) is %v", c.err, !c.want)
		}
	}
	if err := Permanent(why); !errors.Is(err, why) || err.Error() != "why" {
		t.Errorf("%v does not wrap its reason", err)
	}
}
