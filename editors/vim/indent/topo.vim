" Vim indent file: topo
if exists("b:did_indent")
  finish
endif
let b:did_indent = 1

setlocal indentexpr=TopoIndent(v:lnum) indentkeys=0{,0},0),0],o,O,!^F
let b:undo_indent = "setlocal indentexpr< indentkeys<"

if exists("*TopoIndent")
  finish
endif

" Bare is a line without what is in texts and comments.
function s:Bare(line) abort
  return substitute(substitute(a:line, '"\%(\\.\|[^"\\]\)*"', '', 'g'), '//.*$', '', '')
endfunction

function TopoIndent(lnum) abort
  let above = prevnonblank(a:lnum - 1)
  if above == 0
    return 0
  endif
  let indent = indent(above)
  if s:Bare(getline(above)) =~ '[{(\[]\s*$'
    let indent += shiftwidth()
  endif
  if getline(a:lnum) =~ '^\s*[})\]]'
    let indent -= shiftwidth()
  endif
  return max([indent, 0])
endfunction
