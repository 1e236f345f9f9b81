package parser

import "testing"

// BenchmarkBuild measures what the first declaration of each kind costs a run of topoc.
func BenchmarkBuild(b *testing.B) {
	b.Run("component", func(b *testing.B) {
		for b.Loop() {
			build[componentDecl]()()
		}
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			build[topologyDecl]()()
			build[libraryDecl]()()
			build[useDecl]()()
			build[paramDecl]()()
			build[constDecl]()()
			build[typeDecl]()()
			build[enumDecl]()()
			build[funcDecl]()()
			build[componentDecl]()()
		}
	})
}
