package app

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/runtime/spell"
)

// choice is a value that is one of some names: an enum.
type choice interface {
	choose(name string) bool
	names() []string
}

// choices is a value that is some of some names: a list of an enum's values.
type choices interface {
	chooseAll(names []string) bool
	names() []string
}

// enums is choices that set a Go list.
type enums[T ~uint8 | ~uint16] struct {
	value *[]T
	list  []string
}

// EnumsOf returns the Value of a param that is a list of an enum's values.
func EnumsOf[T ~uint8 | ~uint16](v *[]T, names []string) any { return enums[T]{v, names} }

func (e enums[T]) names() []string { return e.list }

func (e enums[T]) chooseAll(names []string) bool {
	chosen := make([]T, len(names))
	for i, name := range names {
		at := slices.Index(e.list, name)
		if at < 0 {
			return false
		}
		chosen[i] = T(at)
	}
	*e.value = chosen
	return true
}

// enum is a choice that sets a Go value to the position of the name.
type enum[T ~uint8 | ~uint16] struct {
	value *T
	list  []string
}

// EnumOf is the Value of a param that is an enum: v becomes the position of the name given.
func EnumOf[T ~uint8 | ~uint16](v *T, names []string) any { return enum[T]{v, names} }

func (e enum[T]) names() []string { return e.list }

func (e enum[T]) choose(name string) bool {
	i := slices.Index(e.list, name)
	if i >= 0 {
		*e.value = T(i)
	}
	return i >= 0
}

// whichOf is what is expected of a choice.
func whichOf(c interface{ names() []string }) string {
	const most = 20
	names := c.names()
	want := "one of " + strings.Join(names[:min(most, len(names))], ", ")
	if len(names) > most {
		want += ", ..."
	}
	return want
}

// nearest is the name of a choice that was probably meant, or "".
func nearest(value any, text string) string {
	if c, ok := value.(choice); ok {
		return spell.Suggest(text, c.names())
	}
	return ""
}
