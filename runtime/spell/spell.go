// Package spell finds the name that was probably meant. It lies in runtime because built binaries need it too.
package spell

import "strings"

// Suggest returns the candidate that is nearest to word, or "" where none is near: a third of its letters may be
// wrong, missing, too many or swapped with their neighbour, but not all of them. Case does not count. Of equally near ones the first is taken.
func Suggest(word string, candidates []string) string {
	best, bestDistance := "", len(word)/3+2
	for _, c := range candidates {
		if c == word {
			continue
		}
		longer := max(len(word), len(c))
		if d := distance(strings.ToLower(word), strings.ToLower(c)); d < bestDistance && d <= max(1, longer/3) && d < longer {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the number of edits (insert, delete, replace, swap of neighbours) that make a from b.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
