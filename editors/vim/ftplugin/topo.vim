" Vim filetype plugin: topo
if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1

setlocal comments=:// commentstring=//\ %s formatoptions-=t formatoptions+=croql
setlocal shiftwidth=4 softtabstop=4 expandtab
setlocal suffixesadd=.topo
if executable("topoc")
  setlocal formatprg=topoc\ fmt\ -
endif
compiler topoc

let b:undo_ftplugin = "setlocal comments< commentstring< formatoptions< shiftwidth< softtabstop< expandtab< suffixesadd< formatprg< makeprg< errorformat<"
