package task

import "slices"

// Rows that wait for others are kept in the order of their time: what comes is mostly newer than all that is there.

// UpTo is how many of the rows have a time that is not later than at; of gives a row's.
func UpTo[R any](rows []R, at int64, of func(*R) int64) int64 {
	low, high := 0, len(rows)
	if high > 0 && of(&rows[high-1]) <= at {
		return int64(high)
	}
	for low < high {
		if mid := int(uint(low+high) / 2); of(&rows[mid]) <= at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return int64(low)
}

// Put puts a row before the one at i.
func Put[R any](rows []R, i int64, row R) []R {
	if int(i) == len(rows) {
		return append(rows, row)
	}
	return slices.Insert(rows, int(i), row)
}

// Cut takes out the first n rows.
func Cut[R any](rows []R, n int64) []R {
	switch {
	case n == 0:
		return rows
	case int(n) == len(rows) && cap(rows) > 64:
		return nil
	}
	return slices.Delete(rows, 0, int(n))
}
