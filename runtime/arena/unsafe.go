//go:build !topo_safe

package arena

const safe = false
