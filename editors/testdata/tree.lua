-- Reads .topo files with the tree-sitter grammar: nvim --headless -u NONE -S tree.lua. PARSER is what src/*.c were compiled to, FILES names a file with the
-- paths of those to be read, a line each; TREES, where it is there, is a file of texts whose trees are written. Writes out.txt.
local out = {}
local ok, err = pcall(function()
  vim.treesitter.require_language("topo", vim.env.PARSER)
  local function each(text, visit)
    local root = vim.treesitter.get_string_parser(text, "topo"):parse()[1]:root()
    visit(root)
    return root
  end
  local function line(node, text)
    local row, column = node:start()
    return (row + 1) .. ":" .. (column + 1)
  end
  -- broken lists the places that the grammar could not read.
  local function broken(root)
    local found = {}
    local function walk(node)
      if node:type() == "ERROR" or node:missing() then
        table.insert(found, line(node) .. (node:missing() and " missing " .. node:type() or ""))
      elseif node:has_error() then
        for child in node:iter_children() do
          walk(child)
        end
      end
    end
    walk(root)
    return found
  end
  local function read(path)
    return table.concat(vim.fn.readfile(path, "b"), "\n")
  end
  local queries = {}
  for _, name in ipairs({ "highlights", "folds", "indents", "locals" }) do
    queries[name] = vim.treesitter.parse_query("topo", read(vim.env.QUERIES .. "/" .. name .. ".scm"))
  end
  local files, captured = 0, {}
  for path in io.lines(vim.env.FILES) do
    local text = read(path)
    files = files + 1
    each(text, function(root)
      for _, place in ipairs(broken(root)) do
        table.insert(out, path .. ":" .. place)
      end
      for name, query in pairs(queries) do
        for id in query:iter_captures(root, text, 0, -1) do
          captured[name] = captured[name] or {}
          captured[name][query.captures[id]] = true
        end
      end
    end)
  end
  table.insert(out, files .. " files")
  for name in pairs(queries) do
    for _, capture in ipairs(queries[name].captures) do
      if not (captured[name] or {})[capture] then
        table.insert(out, name .. ".scm: nothing is " .. capture)
      end
    end
  end
  if vim.env.TREES then
    for path in io.lines(vim.env.TREES) do
      table.insert(out, path)
      table.insert(out, each(read(path), function() end):sexpr())
    end
  end
end)
if not ok then
  table.insert(out, err)
end
vim.fn.writefile(vim.split(table.concat(out, "\n"), "\n"), "out.txt")
vim.cmd("qall!")
