; What comes later goes first.

(identifier) @variable
(name (identifier) @variable)

; Fields and what is given by name.
(field name: (identifier) @variable.parameter)
(argument name: (identifier) @variable.parameter)
(select_field field: (identifier) @property)
(latest key: (identifier) @property)
(clock field: (identifier) @property)
(grouping field: (identifier) @property)
(state scope: (identifier) @property)
(backend (identifier) @namespace)

; Functions and components.
(call function: (name (identifier) @function))
(call function: (select_field value: (name (identifier) @namespace) field: (identifier) @function))
(func name: (identifier) @function)
(component name: (identifier) @function)
(graph name: (identifier) @function)
(query name: (identifier) @function)
(source component: (identifier) @function)
(source output: (identifier) @property)
(bind output: (identifier) @property)
(output name: (identifier) @property)
(graph_input name: (identifier) @variable.parameter)
(input alias: (identifier) @variable.parameter)
(emit output: (identifier) @property)
(way (identifier) @function)
(go name: (identifier) @function)
(grouping kind: (identifier) @keyword)

; Types.
(named_type name: (identifier) @type)
((named_type name: (identifier) @type.builtin)
  (#match? @type.builtin "^(bool|int|float|decimal|string|bytes|time|duration|json|regex)$"))
(named_type library: (identifier) @namespace)
(type name: (identifier) @type)
(enum name: (identifier) @type)
(enum value: (identifier) @constant)

; Constants.
(param name: (identifier) @constant)
(const name: (identifier) @constant)
(topology name: (identifier) @namespace)
(library name: (identifier) @namespace)
(setting name: (identifier) @keyword)
(boolean) @constant.builtin
(none) @constant.builtin
(guarantee) @constant.builtin

(number) @number
(duration) @number
(size) @number
(string) @string
(title) @string
(raw_string) @string
(escape) @string.escape
(interpolation "{" @punctuation.special "}" @punctuation.special)
(comment) @comment

; Words.
[
  "topology" "library" "param" "const" "type" "enum" "func" "aggregate" "spout" "bolt" "sink" "graph" "query" "test" "store" "backend" "state" "let" "var" "secret"
  "pure" "by" "per" "loop" "max" "latest" "append" "time" "lateness" "shared" "ttl" "opaque" "transactional" "plain" "with" "tuple"
  "durable" "isolate" "replayable" "single" "idempotent" "commits" "tasks" "retry" "backoff" "timeout" "near" "cpu" "memory" "accept" "idle" "owns" "ends" "skewed"
  "on" "every" "after" "finish" "given" "advance" "expect" "fake" "at" "failed" "contains" "nothing" "any" "order" "unanchored" "to" "because" "select" "go"
] @keyword
(end) @keyword
(keyword) @keyword
(use "use" @keyword)
["if" "else" "match"] @keyword
["for" "in"] @keyword
["emit" "fail" "return"] @keyword
(branch) @keyword
["and" "or" "not" "div" "mod"] @keyword.operator

["->" "=>" ".." "??" "==" "!=" "<=" ">=" "<" ">" "=" "+=" "-=" "*=" "+" "-" "*" "/" "!" "?" "|"] @operator
(operator) @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":" "." "?."] @punctuation.delimiter
