package engine

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// Error is what went wrong in a task.
type Error struct {
	Component   string
	Task, Tasks int
	Err         error
}

// Error names the component, and the task where there are several: `count[1]: why`.
func (e *Error) Error() string {
	if e.Tasks > 1 {
		return fmt.Sprintf("%s[%d]: %v", e.Component, e.Task, e.Err)
	}
	return fmt.Sprintf("%s: %v", e.Component, e.Err)
}

// Unwrap returns the error itself.
func (e *Error) Unwrap() error { return e.Err }

// PanicError is a panic in a task's code, which ends the run and not the process.
type PanicError struct {
	Value any
	// Stack is where it happened, innermost first, without the frames of Go's runtime and of the engine.
	Stack []string
}

// Error is the panic's value with the stack, a line a frame.
func (e *PanicError) Error() string {
	return fmt.Sprintf("panic: %v\n\t%s", e.Value, strings.Join(e.Stack, "\n\t"))
}

// Unwrap returns the error that code panicked with, if it did so with one.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// refusal is the error that a task's code panicked with on purpose, as generated code does with an argument
// that it cannot make a task of: it says all that there is to say. Any other error is returned as it is.
func refusal(err error) error {
	if why := errors.Unwrap(err); why != nil {
		if _, crashed := why.(runtime.Error); !crashed {
			return why
		}
	}
	return err
}

// stackFrames is how much of a panic's stack is kept.
const stackFrames = 16

// guard calls f and turns a panic into an error.
func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: callers()}
		}
	}()
	return f()
}

// Guard calls f in a goroutine of a component; its panic is an error.
func Guard(f func() error) error { return guard(f) }

// callers is the stack between a panic and guard.
func callers() []string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var stack []string
	for {
		f, more := frames.Next()
		if f.Function == guardName {
			break
		}
		if !strings.HasPrefix(f.Function, "runtime.") && !strings.HasPrefix(f.Function, guardName+".") && len(stack) < stackFrames {
			stack = append(stack, fmt.Sprintf("%s %s:%d", f.Function, f.File, f.Line))
		}
		if !more {
			break
		}
	}
	return stack
}

const guardName = "github.com/topo-lang/topo/runtime/engine.guard"
