package trial

// Line is one row of a comparison: Mark is " " for a tuple that was expected and came, "-" for one that did not come,
// "+" for one that came and was not expected.
type Line struct {
	Mark  string   `json:"mark"`
	Cells []string `json:"cells"`
}

// maxRows bounds what is compared row by row with every other: beyond it rows are compared place by place.
const maxRows = 2000

// ordered compares tuple by tuple: what came in the order in which it was wanted stands without a mark.
func ordered(got, want []Row) (lines []Line, same bool) {
	first := 0
	for first < len(got) && first < len(want) && got[first].equal(want[first]) {
		lines = append(lines, Line{" ", got[first].texts()})
		first++
	}
	got, want = got[first:], want[first:]
	if len(got) == 0 && len(want) == 0 {
		return lines, true
	}
	if len(got) > maxRows || len(want) > maxRows {
		lines = append(lines, marked("-", want)...)
		return append(lines, marked("+", got)...), false
	}
	// The longest common subsequence.
	common := make([][]int, len(got)+1)
	for i := range common {
		common[i] = make([]int, len(want)+1)
	}
	for i := len(got) - 1; i >= 0; i-- {
		for j := len(want) - 1; j >= 0; j-- {
			if got[i].equal(want[j]) {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(got) || j < len(want) {
		switch {
		case i < len(got) && j < len(want) && got[i].equal(want[j]) && common[i][j] == common[i+1][j+1]+1:
			lines = append(lines, Line{" ", got[i].texts()})
			i, j = i+1, j+1
		case j < len(want) && (i == len(got) || common[i][j+1] >= common[i+1][j]):
			lines = append(lines, Line{"-", want[j].texts()})
			j++
		default:
			lines = append(lines, Line{"+", got[i].texts()})
			i++
		}
	}
	return lines, false
}

// unordered finds a wanted tuple for each one that came, as many as there can be. Where part is set, others may come, too.
func unordered(got, want []Row, part bool) (lines []Line, same bool) {
	partner := match(got, want)
	taken := map[int]bool{}
	same = true
	var missing []Line
	for j, i := range partner {
		if i < 0 {
			missing = append(missing, Line{"-", want[j].texts()})
			same = false
		} else {
			taken[i] = true
		}
	}
	for i, row := range got {
		switch {
		case taken[i]:
			lines = append(lines, Line{" ", row.texts()})
		case part:
			lines = append(lines, Line{"?", row.texts()})
		default:
			lines = append(lines, Line{"+", row.texts()})
			same = false
		}
	}
	return append(lines, missing...), same
}

// match returns for each wanted row the row that it is, or -1. A `_` may fit several: a row that is taken is given up where its
// owner finds another.
func match(got, want []Row) []int {
	owner := make([]int, len(got))
	for i := range owner {
		owner[i] = -1
	}
	var find func(j int, seen []bool) bool
	find = func(j int, seen []bool) bool {
		for i := range got {
			if seen[i] || !got[i].equal(want[j]) {
				continue
			}
			seen[i] = true
			if owner[i] < 0 || find(owner[i], seen) {
				owner[i] = j
				return true
			}
		}
		return false
	}
	for j := range want {
		find(j, make([]bool, len(got)))
	}
	partner := make([]int, len(want))
	for j := range partner {
		partner[j] = -1
	}
	for i, j := range owner {
		if j >= 0 {
			partner[j] = i
		}
	}
	return partner
}

func marked(mark string, rows []Row) []Line {
	out := make([]Line, len(rows))
	for i, r := range rows {
		out[i] = Line{mark, r.texts()}
	}
	return out
}
