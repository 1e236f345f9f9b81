package number

import "math"

// Mean is the mean of n numbers by their sum; 0 of none.
func Mean(sum float64, n int64) float64 {
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// Deviation is the standard deviation of a sample of n numbers, by the sum of their squared distances from the mean; 0 of fewer than two.
func Deviation(squares float64, n int64) float64 {
	if n < 2 {
		return 0
	}
	return math.Sqrt(squares / float64(n-1))
}
