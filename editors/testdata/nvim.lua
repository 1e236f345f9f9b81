-- Says what Neovim makes of a .topo file: nvim --headless -u NONE -l is not everywhere, so it is run with -S.
vim.opt.runtimepath:prepend(vim.env.EDITORS .. "/nvim")
vim.opt.runtimepath:prepend(vim.env.EDITORS .. "/vim")
vim.cmd("filetype plugin indent on | syntax enable")
vim.cmd("runtime! plugin/topo.lua")
vim.cmd("edit main.topo")
local out = { "filetype " .. vim.bo.filetype }
local found = vim.wait(60000, function()
  return #vim.diagnostic.get(0) > 0
end, 50)
table.insert(out, "diagnostics " .. tostring(found))
for _, d in ipairs(vim.diagnostic.get(0)) do
  table.insert(out, (d.lnum + 1) .. ":" .. (d.col + 1) .. " " .. d.message:match("^[^\n]*"))
end
for _, name in ipairs({ "TopoRun", "TopoTest", "TopoPlan", "TopoGraph" }) do
  table.insert(out, name .. " " .. vim.fn.exists(":" .. name))
end
vim.fn.writefile(out, "out.txt")
vim.cmd("qall!")
