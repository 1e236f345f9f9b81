package task

import (
	"errors"
	"strings"
	"testing"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/value"
)

func TestCaught(t *testing.T) {
	call := func(f func()) (fault *value.Fault) {
		defer Caught(&fault, "x.topo:3")
		f()
		return nil
	}
	if f := call(func() {}); f != nil {
		t.Error(f)
	}
	f := call(func() { panic(errors.New("no")) })
	if f == nil || f.Place != "x.topo:3" || !strings.HasPrefix(f.Why, "panic: no (task/caught_test.go:") {
		t.Errorf("%+v", f)
	}
	var list []int
	f = call(func() { list[3]++ })
	if f == nil || !strings.Contains(f.Why, "index out of range [3] with length 0 (task/caught_test.go:") {
		t.Errorf("%+v", f)
	}
	err := func() (err error) {
		defer CaughtError(&err)
		panic("here")
	}()
	if err == nil || !strings.HasPrefix(err.Error(), "panic: here (task/caught_test.go:") {
		t.Error(err)
	}
}

func TestTextsOfABatch(t *testing.T) {
	var b batch.Batch[int]
	b.Put("ab")
	at := b.Put("cde")
	text, data := string(b.Arena), []byte(string(b.Arena))
	b.Arena[2] = 'x'
	if Text(text, at) != "cde" || string(Bytes(data, at)) != "cde" || cap(Bytes(data, at)) != 3 {
		t.Error(Text(text, at), Bytes(data, at))
	}
}
