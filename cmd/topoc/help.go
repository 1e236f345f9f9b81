package main

// appHelp is the text of `topoc help`.
const appHelp = `{{.Name}} - {{.Usage}}

Usage: {{.Name}} VERB [flags] [PATH]

A topology is one .topo file, or a folder of them with one header. PATH is the folder or the file;
without it, topoc looks in the current folder.

Verbs:{{range .VisibleCommands}}
  {{.Name}}{{"\t"}}{{.Usage}}{{end}}

Start here:

  topoc new demo && cd demo
  topoc run

` + "`topoc VERB --help`" + ` teaches each verb by example.
`

// verbHelp is the text of `topoc VERB --help`. A verb's Description holds its examples.
const verbHelp = `{{.HelpName}} - {{.Usage}}

Usage: {{.HelpName}}{{if .Flags}} [flags]{{end}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}

{{.Description}}
{{if .VisibleFlags}}
Flags:{{range .VisibleFlags}}
  {{.}}{{end}}
{{end}}`
