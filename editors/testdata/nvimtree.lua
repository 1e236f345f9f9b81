-- Says what Neovim makes of a .topo file with the tree-sitter grammar.
local out = { vim.trim(vim.fn.system({ vim.env.EDITORS .. "/tree-sitter/install.sh", "nvim" })) }
vim.opt.runtimepath:prepend(vim.env.EDITORS .. "/nvim")
vim.opt.runtimepath:prepend(vim.env.EDITORS .. "/vim")
vim.cmd("filetype plugin indent on | syntax enable")
vim.g.topo_topoc = "nothing" -- of the server another test speaks
vim.cmd("runtime! plugin/topo.lua")
vim.cmd("edit main.topo")
table.insert(out, "highlighted " .. tostring(vim.treesitter.highlighter.active[vim.api.nvim_get_current_buf()] ~= nil))
local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\n")
local root = vim.treesitter.get_parser(0, "topo"):parse()[1]:root()
local query = vim.treesitter.get_query("topo", "highlights")
for _, what in ipairs({ "topology", "none", "// Words", "bolt", "string", '"a', "line", "2s", "fail" }) do
  local from = text:find((what == "line" and "l.line" or what), 1, true) - 1 + (what == "line" and 2 or 0)
  local found
  for id, node in query:iter_captures(root, 0, 0, -1) do
    local _, _, start = node:start()
    if start == from then
      found = query.captures[id]
    end
  end
  table.insert(out, what .. " " .. tostring(found))
end
vim.fn.writefile(out, "out.txt")
vim.cmd("qall!")
