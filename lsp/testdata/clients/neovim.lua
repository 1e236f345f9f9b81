-- Speaks with `topoc lsp` as Neovim does: it opens a file, changes the buffer, and asks. Prints what came out, a line each.
local topoc, file = vim.env.TOPOC, vim.env.TOPO_FILE
local function say(...) io.stdout:write(table.concat({ ... }, " "), "\n") end

vim.cmd("edit " .. file)
local buf = vim.api.nvim_get_current_buf()
local told = 0
local client
client = vim.lsp.start_client({
  name = "topoc", cmd = { topoc, "lsp" }, root_dir = vim.fn.fnamemodify(file, ":h"),
  handlers = {
    ["textDocument/publishDiagnostics"] = function(err, result, ctx, config)
      vim.lsp.diagnostic.on_publish_diagnostics(err, result, ctx, config)
      told = told + 1
    end,
  },
})
vim.lsp.buf_attach_client(buf, client)

-- codes waits until something was told that was not before, and lists the codes of the buffer.
local function codes(since)
  if not vim.wait(60000, function() return told > since end, 20) then return "nothing was told" end
  local out = {}
  for _, d in ipairs(vim.diagnostic.get(buf)) do
    table.insert(out, (d.user_data and d.user_data.lsp and d.user_data.lsp.code or d.code or "?") .. "@" .. (d.lnum + 1) .. ":" .. d.col)
  end
  return #out > 0 and table.concat(out, " ") or "none"
end
local function ask(method, line, col)
  vim.api.nvim_win_set_cursor(0, { line, col })
  local params = vim.lsp.util.make_position_params(0, vim.lsp.get_client_by_id(client).offset_encoding)
  local answers = vim.lsp.buf_request_sync(buf, method, params, 60000)
  return answers and answers[client] and answers[client].result
end

say("diagnostics", codes(0))
local before = told
-- Column 45 in bytes: behind a letter of two.
vim.api.nvim_buf_set_lines(buf, 3, 4, false, { 'bolt split(l: lines) -> (word string) { emit ("ß" + l.lin) }' })
say("diagnostics", codes(before))
before = told
vim.api.nvim_buf_set_lines(buf, 3, 4, false, { 'bolt split(l:   lines) -> (word string) { emit ("ß" + l.line) }' })
say("diagnostics", codes(before))
local hover = ask("textDocument/hover", 4, 5)
say("hover", hover and vim.split(hover.contents.value, "\n")[2] or "nothing")
local definition = ask("textDocument/definition", 5, 9)
say("definition", definition and tostring(definition[1].range.start.line) or "nothing")
local list = ask("textDocument/completion", 4, 58)
local labels = {}
for _, i in ipairs(list and list.items or {}) do table.insert(labels, i.label) end
say("completion", table.concat(labels, " "))
vim.lsp.buf.formatting_sync({}, 60000)
say("formatted", vim.api.nvim_buf_get_lines(buf, 3, 4, false)[1])
vim.lsp.stop_client(client)
vim.wait(10000, function() return vim.lsp.client_is_stopped(client) end, 20)
say("stopped", tostring(vim.lsp.client_is_stopped(client)))
vim.cmd("qall!")
