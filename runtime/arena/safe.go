//go:build topo_safe

package arena

const safe = true
