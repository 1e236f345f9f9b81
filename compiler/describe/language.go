package describe

// Language is the functions that the compiler writes itself, because they take values of several types.
func Language() *Page {
	p := &Page{Kind: "language", Name: "language", Doc: "Functions of the language itself: they take values of several types."}
	for _, f := range [][3]string{
		{"len", "func len(x) -> int", "How many bytes a string or bytes has, or how many items a list or map. The characters of a string are counted by `rune_count`."},
		{"int", "func int(x) -> int?", "The whole number that a float, a decimal, a string or a json is; none, with the reason, where it is none."},
		{"float", "func float(x) -> float", "An int or a decimal as a float; of a string or a json, `float?`."},
		{"decimal", "func decimal(x) -> decimal?", "The exact number that a constant, an int, a float, a string or a json is. Of an int and of a constant there always is one."},
		{"string", "func string(x) -> string", "The text of a value, as `\"{x}\"` writes it; of a json, `string?`."},
		{"bool", "func bool(x) -> bool?", "What \"true\" and \"false\" stand for, in a string or a json."},
		{"min", "func min(a, b, ...) -> T", "The least of two or more numbers, strings, times or durations of one type."},
		{"max", "func max(a, b, ...) -> T", "The greatest of two or more numbers, strings, times or durations of one type."},
		{"abs", "func abs(x) -> T", "A number or duration without its sign."},
		{"round", "func round(x, places) -> T", "The whole number nearest to a float, `int?`; or a decimal with so many places."},
		{"now", "func now() -> time", "The time now. It is another one in each call: not for keys under exactly-once, nor for shared state."},
		{"time", "func time(text) -> time", "The time that a constant text is: `time(\"2026-01-02T15:04:05Z\")`, `time(\"2026-01-02\")`. Other texts are read by `parse_time`."},
		{"json", "func json(text) -> json?", "The JSON value that a text is."},
		{"to_json", "func to_json(x) -> json", "Any value as JSON: records as objects, lists as arrays, a missing value as null."},
		{"list", "func list(x json) -> []json?", "The items of a JSON array."},
		{"entries", "func entries(x json) -> map[string]json?", "The members of a JSON object."},
	} {
		p.Entries = append(p.Entries, Entry{Kind: "func", Name: f[0], Signature: f[1], Doc: f[2]})
	}
	return p
}
