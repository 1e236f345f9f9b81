// Package optimise makes a checked program faster without changing what it means.
//
// In comes what the compiler has proven, out comes the same program, rewritten: each pass is a file of its own with its cases
// in testdata, and says in notes what it did and why, and what it left where people would expect it to do something. `topoc plan`
// shows the notes. With and without passes a program gives the same results; tests of a topology run without.
package optimise

import "github.com/topo-lang/topo/compiler/ir"

// Pass is one optimisation.
type Pass struct {
	Name string
	// Run rewrites the program and says what it did.
	Run func(p *ir.Program) []ir.Note
}

// Passes are all, in the order in which they run: each sees what those before it have made.
var Passes = []Pass{
	share,
	filter,
	unread,
	fusing,    // it looks at the edges that are left
	combining, // and this at those over which something travels
	bunching,
}

// Apply rewrites a program in place. Where off is set it leaves it as it was written. Either way codegen and plan take it from here.
func Apply(p *ir.Program, off bool) {
	p.Notes = nil
	if off {
		p.Notes = []ir.Note{{What: "nothing", Why: "--no-optimise leaves everything as it is written", Left: true}}
		return
	}
	for _, f := range p.Funcs {
		if f.Body != nil {
			f.Fails = ir.BlockCanFail(f.Body.Block) // callees come first
		}
	}
	run(p, Passes)
}

// ApplyButSharing is Apply without the pass that makes one of several components.
func ApplyButSharing(p *ir.Program, off bool) {
	if off {
		Apply(p, true)
		return
	}
	p.Notes = nil
	for _, f := range p.Funcs {
		if f.Body != nil {
			f.Fails = ir.BlockCanFail(f.Body.Block)
		}
	}
	run(p, Passes[1:])
}

func run(p *ir.Program, passes []Pass) {
	for _, pass := range passes {
		for _, n := range pass.Run(p) {
			n.Pass = pass.Name
			p.Notes = append(p.Notes, n)
		}
	}
}
