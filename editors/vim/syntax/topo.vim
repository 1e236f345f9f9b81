" Vim syntax file: topo
if exists("b:current_syntax")
  finish
endif

syntax keyword topoDeclaration topology library use param const type enum func aggregate spout bolt sink graph query store test let var state
syntax keyword topoControl if else for in while match return break continue finish emit fail drop every after
syntax keyword topoClause guarantee batch timeout pending attempts workers tasks by per latest loop retry backoff durable accept duplicates near isolate ttl lateness
syntax keyword topoClause as from where group having select join left on within window tumbling hopping sliding replayable commits idempotent single ends owns secret pure unanchored shuffle
syntax keyword topoClause given expect advance fake with go
syntax keyword topoClause append asc because cpu cross cumulative desc distinct inner nothing opaque outer shared skewed transactional union
syntax match topoClause "\<contains\>"
" These are names, too, where they stand otherwise.
syntax match topoClause "\.\@1<!\<\%(before\|case\|idle\|limit\|max\|memory\|one\|session\|then\|to\|when\)\>\ze\s\+\%(\%(bool\|int\|float\|decimal\|string\|bytes\|time\|duration\|json\|regex\|map\|and\|or\|div\|mod\|in\|by\|else\)\>\)\@![A-Za-z0-9_("]"
syntax match topoClause "\<\%(left\|right\|full\)\ze\s\+\%(outer\s\+\)\?join\>"
syntax match topoClause "\<order\ze\s\+by\>"
syntax match topoClause "\<in any order\>"
syntax match topoClause "\<\%(window\s\+\)\@<=count\>"
syntax match topoClause "\<\%(by\s\+\)\@<=\%(all\|direct\|fields\|global\|local\|partial\)\>"
syntax match topoClause "\<\%(union\s\+\)\@<=all\>"
syntax match topoClause "\<\%(per\s\+\)\@<=\%(task\|tuple\)\>"
syntax match topoClause "\<failed\ze\s*\%(:\|contains\>\)"
syntax match topoClause "\<filter\ze\s*(\s*where\>"
syntax match topoClause "\<plain\ze\s*\%(in\>\|$\)"
syntax match topoClause "^\s*end\s*$"
syntax keyword topoOperator and or not div mod
syntax keyword topoType bool int float decimal string bytes time duration json regex map
syntax keyword topoConstant true false none
syntax match topoConstant "\<\%(at-least-once\|exactly-once\)\>"
syntax match topoTypeName "\<[A-Z]\w*\>"
syntax match topoMember "\.\@<=\s*[A-Za-z_]\w*"
syntax match topoFunction "\<[A-Za-z_]\w*\ze\s*(" contains=topoDeclaration,topoControl,topoClause,topoOperator,topoType
syntax match topoNumber "\<\d[0-9_]*\%(\.\d[0-9_]*\)\?\%([eE][+-]\?\d\+\)\?%\?"
syntax match topoNumber "\<\%(\d[0-9_]*\%(\.\d\+\)\?\%(ns\|us\|ms\|s\|m\|h\|d\)\)\+\>"
syntax match topoNumber "\<\d[0-9_]*\%(B\|KB\|MB\|GB\|TB\)\>"
syntax match topoEscape "\\\%(u{\x*}\|.\)" contained
syntax match topoEscape "{{\|}}" contained
syntax region topoInterpolation matchgroup=topoEscape start="{" end="}" end="$" contained contains=TOP oneline
syntax region topoString start=+"+ skip=+\\.+ end=+"+ end=+$+ contains=topoEscape,topoInterpolation oneline
syntax region topoString start=+`+ end=+`+
syntax keyword topoTodo TODO FIXME contained
syntax match topoComment "//.*$" contains=topoTodo,@Spell
syntax region topoBlock start="{" end="}" transparent fold

highlight default link topoDeclaration Statement
highlight default link topoControl Conditional
highlight default link topoClause Keyword
highlight default link topoOperator Operator
highlight default link topoType Type
highlight default link topoTypeName Structure
highlight default link topoConstant Constant
highlight default link topoFunction Function
highlight default link topoMember Identifier
highlight default link topoNumber Number
highlight default link topoEscape SpecialChar
highlight default link topoString String
highlight default link topoTodo Todo
highlight default link topoComment Comment

syntax sync minlines=200
let b:current_syntax = "topo"
