" Vim compiler file: topoc. `:make` checks the folder of the file, `:cnext` goes to the next mistake.
if exists("current_compiler")
  finish
endif
let current_compiler = "topoc"

CompilerSet makeprg=topoc\ check\ %:h:S\ 2>&1
CompilerSet errorformat=%Eerror[%*[A-Z0-9]]:\ %m,%Wwarning[%*[A-Z0-9]]:\ %m,%C\ %#-->\ %f:%l:%c,%C%.%#\|%.%#,%C\ %#=\ %.%#,%-G%.%#
