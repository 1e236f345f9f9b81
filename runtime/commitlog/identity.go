package commitlog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Identity is what the records of a log depend on, item by item: what was written with one is not read with another unaware.
type Identity []Item

// Item is one thing, such as "state count of words" with "map[string]int", or "tasks of words" with "4".
type Item struct{ Name, Value string }

// Change is an item that is another now. Before or Now is "" where there was none, or is none.
type Change struct{ Name, Before, Now string }

// String says it in words.
func (c Change) String() string {
	switch {
	case c.Before == "":
		return fmt.Sprintf("%s (%s) is new", c.Name, c.Now)
	case c.Now == "":
		return fmt.Sprintf("%s (%s) is gone", c.Name, c.Before)
	}
	return fmt.Sprintf("%s was %s and is %s", c.Name, c.Before, c.Now)
}

// Changes compares two identities.
func Changes(before, now Identity) []Change { return changes(before, now) }

// InWords names the first few changes.
func InWords(all []Change) string { return inWords(all) }

// changes compares what a log was written with and what it would be written with now.
func changes(before, now Identity) (all []Change) {
	was := map[string]string{}
	for _, i := range before {
		was[i.Name] = i.Value
	}
	for _, i := range now {
		if v, ok := was[i.Name]; !ok || v != i.Value {
			all = append(all, Change{i.Name, v, i.Value})
		}
		delete(was, i.Name)
	}
	for name, v := range was {
		all = append(all, Change{name, v, ""})
	}
	slices.SortFunc(all, func(a, b Change) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// inWords names the first few changes.
func inWords(all []Change) string {
	const few = 4
	var words []string
	for _, c := range all[:min(few, len(all))] {
		words = append(words, c.String())
	}
	if len(all) > few {
		words = append(words, fmt.Sprintf("and %d more", len(all)-few))
	}
	return strings.Join(words, "; ")
}

// The identity stands in a record as parts do.
func (id Identity) encode() (b []byte) {
	for _, i := range id {
		b = appendPart(b, Part{Kind: Control, Component: i.Name, Bytes: []byte(i.Value)})
	}
	return b
}

func decodeIdentity(b []byte) (id Identity, err error) {
	parts, err := decodeParts(b)
	for _, p := range parts {
		id = append(id, Item{p.Component, string(p.Bytes)})
	}
	return id, err
}
