autocmd BufRead,BufNewFile *.topo setfiletype topo
