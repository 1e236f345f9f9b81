package lsp

import (
	"encoding/json"
	"slices"

	"github.com/topo-lang/topo/lsp/protocol"
)

// requests are what a client may ask; filled here, so that features name what they use without a cycle.
var requests map[string]handler

func init() {
	requests = map[string]handler{
		"workspace/symbol":                       request(workspaceSymbols),
		"initialize":                             request(initialize),
		"shutdown":                               request(func(s *server, _ *json.RawMessage) (any, error) { s.stage = down; return nil, nil }),
		"textDocument/hover":                     atPosition(hovering),
		"textDocument/definition":                atPosition(definition),
		"textDocument/references":                about(func(p *referenceParams) protocol.URI { return p.TextDocument.URI }, references),
		"textDocument/documentHighlight":         atPosition(highlights),
		"textDocument/prepareRename":             atPosition(prepareRename),
		"textDocument/rename":                    about(func(p *renameParams) protocol.URI { return p.TextDocument.URI }, rename),
		"textDocument/documentLink":              whole(links),
		"textDocument/semanticTokens/full":       whole(semantic),
		"textDocument/semanticTokens/range":      whole(semantic),
		"textDocument/semanticTokens/full/delta": about(func(p *semanticDeltaParams) protocol.URI { return p.TextDocument.URI }, semanticChange),
		"textDocument/completion":                atPosition(completion),
		"textDocument/signatureHelp":             atPosition(signatureHelp),
		"textDocument/inlayHint":                 whole(hints),
		"textDocument/codeAction":                about(func(p *actionParams) protocol.URI { return p.TextDocument.URI }, actions),
		"textDocument/codeLens":                  whole(lenses),
		"textDocument/prepareCallHierarchy":      atPosition(prepareCalls),
		"callHierarchy/incomingCalls":            callsOf(true),
		"callHierarchy/outgoingCalls":            callsOf(false),
		"workspace/executeCommand":               request(execute),
		"textDocument/documentSymbol":            whole(documentSymbols),
		"textDocument/foldingRange":              whole(folding),
		"textDocument/selectionRange":            about(func(p *protocol.SelectionRangeParams) protocol.URI { return p.TextDocument.URI }, selections),
		"textDocument/formatting":                about(func(p *protocol.FormattingParams) protocol.URI { return p.TextDocument.URI }, formatting),
		"textDocument/rangeFormatting":           about(func(p *protocol.FormattingParams) protocol.URI { return p.TextDocument.URI }, formatting),
	}
}

// notifications are what a client may tell.
var notifications = map[string]func(s *server, params json.RawMessage) error{
	"initialized":                         notification(watch),
	"textDocument/didOpen":                notification(didOpen),
	"textDocument/didChange":              notification(didChange),
	"textDocument/didClose":               notification(didClose),
	"textDocument/didSave":                notification(didSave),
	"workspace/didChangeWatchedFiles":     notification(didChangeWatchedFiles),
	"workspace/didChangeWorkspaceFolders": notification(didChangeWorkspaceFolders),
}

// capabilities are what the server can do.
func capabilities(units string) map[string]any {
	return map[string]any{
		"positionEncoding":                units,
		"textDocumentSync":                map[string]any{"openClose": true, "change": 2, "save": map[string]any{"includeText": false}},
		"documentSymbolProvider":          true,
		"foldingRangeProvider":            true,
		"selectionRangeProvider":          true,
		"documentFormattingProvider":      true,
		"documentRangeFormattingProvider": true,
		"completionProvider":              map[string]any{"triggerCharacters": []string{".", "\"", "/"}},
		"signatureHelpProvider":           map[string]any{"triggerCharacters": []string{"(", ","}},
		"inlayHintProvider":               true,
		"codeActionProvider":              map[string]any{"codeActionKinds": []string{"quickfix", "refactor.extract", "refactor.inline", "refactor.rewrite", "source.fixAll"}},
		"codeLensProvider":                map[string]any{"resolveProvider": false},
		"callHierarchyProvider":           true,
		"executeCommandProvider":          map[string]any{"commands": commands},
		"hoverProvider":                   true,
		"definitionProvider":              true,
		"referencesProvider":              true,
		"documentHighlightProvider":       true,
		"renameProvider":                  map[string]any{"prepareProvider": true},
		"documentLinkProvider":            map[string]any{"resolveProvider": false},
		"semanticTokensProvider": map[string]any{
			"legend": map[string]any{"tokenTypes": tokenTypes, "tokenModifiers": tokenModifiers}, "full": map[string]any{"delta": true}, "range": true,
		},
		"workspaceSymbolProvider": true,
		"workspace":               map[string]any{"workspaceFolders": map[string]any{"supported": true, "changeNotifications": true}},
	}
}

func initialize(s *server, p *protocol.InitializeParams) (protocol.InitializeResult, error) {
	s.stage, s.client = initialized, p.Capabilities
	// The compiler counts bytes; where the client can't, UTF-16 is what every client can.
	for _, units := range []string{utf8Units, utf32Units} {
		if slices.Contains(p.Capabilities.General.PositionEncodings, units) {
			s.units = units
			break
		}
	}
	for _, f := range p.WorkspaceFolders {
		s.addFolder(f.URI)
	}
	if len(p.WorkspaceFolders) == 0 && p.RootURI != "" {
		s.addFolder(p.RootURI)
	}
	return protocol.InitializeResult{
		Capabilities: capabilities(s.units),
		ServerInfo:   map[string]string{"name": "topoc", "version": s.opts.Version},
	}, nil
}

// watch asks to be told of what changes on disk, where the client can.
func watch(s *server, _ *struct{}) {
	if !s.client.Workspace.DidChangeWatchedFiles.DynamicRegistration {
		return
	}
	var watchers []any
	for _, glob := range []string{"**/*.topo", "**/*.go", "**/go.mod"} {
		watchers = append(watchers, map[string]any{"globPattern": glob})
	}
	s.ask("client/registerCapability", map[string]any{"registrations": []protocol.Registration{{
		ID: "files", Method: "workspace/didChangeWatchedFiles", RegisterOptions: map[string]any{"watchers": watchers},
	}}})
}
