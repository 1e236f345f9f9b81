// Package note writes what a component has to tell the operator without ending the run.
package note

import (
	"fmt"

	"github.com/topo-lang/topo/runtime/component"
)

// Warner returns a function that writes one line to the operator, with the component's name. Each line is one Write, so that
// lines of several tasks do not mix.
func Warner(ctx *component.Context) func(format string, args ...any) {
	return func(format string, args ...any) {
		line := "warning: " + ctx.Component + ": " + fmt.Sprintf(format, args...) + "\n"
		// Where even this can't be written there is no one left to tell.
		_, _ = ctx.Stderr.Write([]byte(line))
	}
}
