" Says what Vim makes of a .topo file: run as vim -es -u vim.vim, with the folder of the editors in $EDITORS, and topoc in PATH.
set nocompatible
let &runtimepath = $EDITORS . '/vim,' . &runtimepath
filetype plugin indent on
syntax enable
let s:out = []
function! s:Say(text)
  call add(s:out, a:text)
endfunction
function! s:Group(line, word)
  call cursor(a:line, 1)
  call search('\V' . a:word, 'cW', a:line)
  return synIDattr(synID(a:line, col('.'), 1), 'name')
endfunction
edit main.topo
call s:Say('filetype ' . &filetype)
for [s:line, s:word] in [[1, 'topology'], [2, 'none'], [5, '// Words'], [6, 'bolt'], [6, 'string'], [8, '"a'], [8, '{'], [8, 'l.line'], [12, '2s'], [13, 'fail']]
  call s:Say(s:word . ' ' . s:Group(s:line, s:word))
endfor
" Indented anew, it is as it was.
let s:before = getline(1, '$')
silent %s/^\s\+//
silent normal! gg=G
call s:Say('indent ' . (getline(1, '$') ==# s:before ? 'same' : join(getline(1, '$'), "\n")))
edit!
silent make!
let s:errors = filter(getqflist(), 'v:val.valid')
for s:e in s:errors
  call s:Say(bufname(s:e.bufnr) . ':' . s:e.lnum . ':' . s:e.col . ' ' . s:e.type . ' ' . s:e.text)
endfor
call writefile(s:out, 'out.txt')
qall!
