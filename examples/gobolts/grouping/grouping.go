// Package grouping says which task gets a tuple.
package grouping

// Place is what the choice depends on.
type Place struct{ Continent string }

// ByContinent gives Europe, where most visits come from, a task of its own.
func ByContinent(in Place, tasks int) int {
	if tasks == 1 || in.Continent == "europe" {
		return 0
	}
	return 1 + len(in.Continent)%(tasks-1)
}
