; Helix has indent and outdent, Neovim the others.

[
  (settings)
  (enum)
  (block)
  (graph_body)
  (steps)
  (match)
  (fields)
  (inputs)
  (arguments)
  (list)
  (map)
] @indent @indent.begin

["}" ")" "]"] @outdent @indent.end @indent.branch

[(comment) (raw_string)] @indent.ignore
