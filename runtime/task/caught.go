package task

import (
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/topo-lang/topo/runtime/batch"
	"github.com/topo-lang/topo/runtime/value"
)

// Caught turns a panic of a user's Go code into a fault: the tuple fails, and the task goes on. It is deferred by generated code.
func Caught(fault **value.Fault, place string) {
	if v := recover(); v != nil {
		*fault = &value.Fault{Place: place, Why: panicText(v), Permanent: true}
	}
}

// CaughtError is Caught for code that returns an error.
func CaughtError(err *error) {
	if v := recover(); v != nil {
		*err = Panic(panicText(v))
	}
}

// notOne is why a text names no value of an enum.
type notOne struct{ error }

// Named is a value of an enum that Go gave by its name. What is none panics, which Caught and CaughtError tell as what it is.
func Named[T any](v T, err error) T {
	if err != nil {
		panic(notOne{err})
	}
	return v
}

// Panic is a panic of a user's Go code, with the place in its source.
type Panic string

// Error implements error.
func (p Panic) Error() string { return string(p) }

// Permanent says that trying again does not help.
func (Panic) Permanent() bool { return true }

// panicText says what went wrong, and where: the first function on the stack that is not Go's own.
func panicText(v any) string {
	if v, ok := v.(notOne); ok {
		return v.Error()
	}
	text := fmt.Sprintf("panic: %v", v)
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	for {
		f, more := frames.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf("%s (%s/%s:%d)", text, path.Base(path.Dir(f.File)), path.Base(f.File), f.Line)
		}
		if !more {
			return text
		}
	}
}

// Text is a text of a batch whose whole arena was copied into text.
func Text(text string, t batch.Text) string { return text[t.Off : t.Off+t.Len] }

// Bytes is Text for bytes.
func Bytes(data []byte, t batch.Text) []byte { return data[t.Off : t.Off+t.Len : t.Off+t.Len] }
