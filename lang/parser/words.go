package parser

import (
	"maps"
	"slices"
)

// keywords are the words that the language reads, by where they stand. All but the reserved ones may be names elsewhere.
var keywords = map[string][]string{
	"header": {"guarantee", "batch", "timeout", "pending", "attempts", "workers"},
	"head": {
		"secret", "pure", "per", "tuple", "in", "by", "loop", "max", "latest", "append", "time", "lateness", "tasks", "retry", "backoff", "timeout", "near", "cpu", "memory", "accept",
		"duplicates", "idle", "owns", "ends", "durable", "isolate", "replayable", "single", "idempotent", "commits", "transactional", "go",
	},
	"grouping": {"shuffle", "fields", "all", "global", "local", "partial", "direct"},
	"body":     {"shared", "task", "ttl", "opaque", "transactional", "plain", "to", "unanchored", "because"},
	"query": {
		"select", "distinct", "from", "where", "group", "by", "skewed", "having", "order", "asc", "desc", "limit", "union", "all", "join", "inner", "left", "right", "full", "outer", "cross", "one",
		"on", "within", "before", "after", "window", "tumbling", "sliding", "session", "count", "cumulative", "every", "emit", "as", "case", "when", "then", "end", "filter", "ttl",
	},
	"test": {"with", "given", "expect", "advance", "fake", "end", "failed", "contains", "nothing", "in", "any", "order", "at"},
	"type": {"bool", "int", "float", "decimal", "string", "bytes", "time", "duration", "json", "regex", "map"},
}

// Keywords returns all words that the language reads, in the order of the alphabet: reserved ones, those that begin declarations, and those
// that mean something in their place only.
func Keywords() []string {
	all := slices.Concat(declarations, slices.Collect(maps.Keys(reserved)))
	for _, list := range keywords {
		all = append(all, list...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
