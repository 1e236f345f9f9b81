// Package csv reads and writes tables as CSV.
package csv
