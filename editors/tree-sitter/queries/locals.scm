[(component) (graph) (func) (query) (block) (arm) (for) (if) (test) (fake)] @local.scope

(input alias: (identifier) @local.definition)
(input . (source component: (identifier) @local.definition) .)
(field name: (identifier) @local.definition)
(let name: (identifier) @local.definition)
(or_else why: (identifier) @local.definition)
(var name: (identifier) @local.definition)
(state name: (identifier) @local.definition)
(for name: (identifier) @local.definition)
(if name: (identifier) @local.definition)

(name (identifier) @local.reference)
