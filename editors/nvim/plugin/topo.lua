-- Starts `topoc lsp` for .topo files. The indentation and compiler are those of ../vim, and so is the syntax where there is no tree-sitter grammar.
if vim.g.loaded_topo then
  return
end
vim.g.loaded_topo = true

-- topoc is the command's name or path.
local function topoc()
  return vim.g.topo_topoc or "topoc"
end

local function start(file, buffer)
  if vim.fn.executable(topoc()) == 0 then
    vim.notify_once("topo: there is no " .. topoc() .. " (let g:topo_topoc)", vim.log.levels.WARN)
    return
  end
  local folder = vim.fn.fnamemodify(file, ":p:h")
  if vim.lsp.start then -- 0.8
    vim.lsp.start({ name = "topoc", cmd = { topoc(), "lsp" }, root_dir = folder })
    return
  end
  _G.topo_clients = _G.topo_clients or {}
  local id = _G.topo_clients[folder]
  if not id then
    id = vim.lsp.start_client({
      name = "topoc",
      cmd = { topoc(), "lsp" },
      root_dir = folder,
      on_exit = function()
        _G.topo_clients[folder] = nil
      end,
    })
    _G.topo_clients[folder] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

-- ask lets the server carry out one of its commands for the file in the current buffer.
local function ask(command, show)
  local uri = vim.uri_from_bufnr(0)
  vim.lsp.buf_request(0, "workspace/executeCommand", { command = command, arguments = { uri } }, function(err, answer)
    if err or not answer then
      vim.notify(err and err.message or "topo: no answer", vim.log.levels.ERROR)
      return
    end
    show(answer)
  end)
end

local function terminal(verb)
  local folder = vim.fn.expand("%:p:h")
  vim.cmd("botright 12split")
  vim.cmd("enew")
  vim.fn.termopen({ topoc(), verb, folder }) -- no shell reads the words
end

-- color highlights with the tree-sitter grammar, where it is installed: ../tree-sitter/install.sh nvim
local function color(buffer)
  if #vim.api.nvim_get_runtime_file("parser/topo.*", false) == 0 then
    return
  end
  if vim.treesitter.start then -- 0.9
    pcall(vim.treesitter.start, buffer, "topo")
  else
    pcall(function()
      vim.treesitter.highlighter.new(vim.treesitter.get_parser(buffer, "topo"))
    end)
  end
end

vim.api.nvim_create_autocmd("FileType", {
  pattern = "topo",
  callback = function(args)
    color(args.buf)
    start(args.file ~= "" and args.file or vim.api.nvim_buf_get_name(args.buf), args.buf)
    local command = function(name, run)
      vim.api.nvim_buf_create_user_command(args.buf, name, run, {})
    end
    command("TopoRun", function()
      terminal("run")
    end)
    command("TopoTest", function()
      terminal("test")
    end)
    command("TopoPlan", function()
      ask("topo.plan", function(answer)
        vim.cmd("botright new")
        vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(answer.text, "\n"))
        vim.bo.buftype, vim.bo.bufhidden, vim.bo.modifiable = "nofile", "wipe", false
      end)
    end)
    command("TopoGraph", function()
      ask("topo.graph", function(answer)
        local open = vim.fn.has("mac") == 1 and "open" or "xdg-open"
        vim.fn.jobstart({ open, vim.uri_to_fname(answer.uri) }, { detach = true })
      end)
    end)
  end,
})
