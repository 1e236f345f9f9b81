// Package protocol is what topoc speaks with editors: the part of the Language Server Protocol that the server uses, as plain
// structs, and its framing.
//
// The types are written by hand. go.lsp.dev/protocol has all of them, in 90,000 lines above an experimental JSON package; these are
// the few that are needed, over encoding/json.
package protocol

import "encoding/json"

// URI names a document: file:///folder/name.topo.
type URI string

// Position is a place in a document: both count from 0, Character in the units that were agreed on.
type Position struct {
	Line      uint32 `json:"line"`
	Character uint32 `json:"character"`
}

// Range is half open.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// Location is a range of a document.
type Location struct {
	URI   URI   `json:"uri"`
	Range Range `json:"range"`
}

// LocationLink is where a definition stands, and what stands for it.
type LocationLink struct {
	OriginSelectionRange *Range `json:"originSelectionRange,omitempty"`
	TargetURI            URI    `json:"targetUri"`
	TargetRange          Range  `json:"targetRange"`
	TargetSelectionRange Range  `json:"targetSelectionRange"`
}

// TextDocumentIdentifier names a document.
type TextDocumentIdentifier struct {
	URI URI `json:"uri"`
}

// VersionedTextDocumentIdentifier names a version of a document; one of null is of the disk.
type VersionedTextDocumentIdentifier struct {
	URI     URI    `json:"uri"`
	Version *int32 `json:"version"`
}

// TextDocumentPositionParams are the parameters of most questions.
type TextDocumentPositionParams struct {
	TextDocument TextDocumentIdentifier `json:"textDocument"`
	Position     Position               `json:"position"`
}

// TextEdit replaces a range.
type TextEdit struct {
	Range   Range  `json:"range"`
	NewText string `json:"newText"`
}

// TextDocumentEdit changes a version of a document.
type TextDocumentEdit struct {
	TextDocument VersionedTextDocumentIdentifier `json:"textDocument"`
	Edits        []TextEdit                      `json:"edits"`
}

// WorkspaceEdit changes documents.
type WorkspaceEdit struct {
	Changes         map[URI][]TextEdit `json:"changes,omitempty"`
	DocumentChanges []TextDocumentEdit `json:"documentChanges,omitempty"`
}

// MarkupContent is text for people.
type MarkupContent struct {
	Kind  string `json:"kind"` // markdown, plaintext
	Value string `json:"value"`
}

// Command is something that the client, or the server, can carry out.
type Command struct {
	Title     string `json:"title"`
	Command   string `json:"command"`
	Arguments []any  `json:"arguments,omitempty"`
}

// The lifecycle.

// ClientCapabilities are those that the server looks at.
type ClientCapabilities struct {
	General struct {
		PositionEncodings []string `json:"positionEncodings"`
	} `json:"general"`
	TextDocument struct {
		DocumentSymbol struct {
			Hierarchical bool `json:"hierarchicalDocumentSymbolSupport"`
		} `json:"documentSymbol"`
		Definition struct {
			LinkSupport bool `json:"linkSupport"`
		} `json:"definition"`
		Completion struct {
			CompletionItem struct {
				SnippetSupport bool `json:"snippetSupport"`
			} `json:"completionItem"`
		} `json:"completion"`
		FoldingRange struct {
			LineFoldingOnly bool `json:"lineFoldingOnly"`
		} `json:"foldingRange"`
		CodeAction struct {
			LiteralSupport *json.RawMessage `json:"codeActionLiteralSupport"`
		} `json:"codeAction"`
		Hover struct {
			ContentFormat []string `json:"contentFormat"`
		} `json:"hover"`
	} `json:"textDocument"`
	Window struct {
		ShowDocument struct {
			Support bool `json:"support"`
		} `json:"showDocument"`
	} `json:"window"`
	Workspace struct {
		WorkspaceEdit struct {
			DocumentChanges bool `json:"documentChanges"`
		} `json:"workspaceEdit"`
		DidChangeWatchedFiles struct {
			DynamicRegistration bool `json:"dynamicRegistration"`
		} `json:"didChangeWatchedFiles"`
		InlayHint struct {
			RefreshSupport bool `json:"refreshSupport"`
		} `json:"inlayHint"`
	} `json:"workspace"`
}

// WorkspaceFolder is a folder that is open.
type WorkspaceFolder struct {
	URI  URI    `json:"uri"`
	Name string `json:"name"`
}

// InitializeParams begin a session.
type InitializeParams struct {
	RootURI          URI                `json:"rootUri"`
	Capabilities     ClientCapabilities `json:"capabilities"`
	WorkspaceFolders []WorkspaceFolder  `json:"workspaceFolders"`
	Options          json.RawMessage    `json:"initializationOptions"`
}

// InitializeResult says what the server can do.
type InitializeResult struct {
	Capabilities map[string]any    `json:"capabilities"`
	ServerInfo   map[string]string `json:"serverInfo"`
}

// Registration asks the client to tell of something.
type Registration struct {
	ID              string `json:"id"`
	Method          string `json:"method"`
	RegisterOptions any    `json:"registerOptions,omitempty"`
}

// Documents.

// DidOpenParams open a document.
type DidOpenParams struct {
	TextDocument struct {
		URI        URI    `json:"uri"`
		LanguageID string `json:"languageId"`
		Version    int32  `json:"version"`
		Text       string `json:"text"`
	} `json:"textDocument"`
}

// DidChangeParams change a document.
type DidChangeParams struct {
	TextDocument struct {
		URI     URI   `json:"uri"`
		Version int32 `json:"version"`
	} `json:"textDocument"`
	ContentChanges []ContentChange `json:"contentChanges"`
}

// ContentChange replaces a range, or where there is none the whole text.
type ContentChange struct {
	Range *Range `json:"range"`
	Text  string `json:"text"`
}

// DidCloseParams close a document, or say that it was saved.
type DidCloseParams struct {
	TextDocument TextDocumentIdentifier `json:"textDocument"`
}

// DidChangeWatchedFilesParams tell of changes on disk.
type DidChangeWatchedFilesParams struct {
	Changes []struct {
		URI  URI `json:"uri"`
		Type int `json:"type"`
	} `json:"changes"`
}

// DidChangeWorkspaceFoldersParams tell which folders are open.
type DidChangeWorkspaceFoldersParams struct {
	Event struct {
		Added   []WorkspaceFolder `json:"added"`
		Removed []WorkspaceFolder `json:"removed"`
	} `json:"event"`
}

// Diagnostics.

// Severities and tags of diagnostics.
const (
	SeverityError   = 1
	SeverityWarning = 2
	TagUnnecessary  = 1
)

// Diagnostic is one message.
type Diagnostic struct {
	Range           Range            `json:"range"`
	Severity        int              `json:"severity"`
	Code            string           `json:"code,omitempty"`
	CodeDescription *CodeDescription `json:"codeDescription,omitempty"`
	Source          string           `json:"source"`
	Message         string           `json:"message"`
	Tags            []int            `json:"tags,omitempty"`
	Related         []RelatedPlace   `json:"relatedInformation,omitempty"`
}

// CodeDescription is where a code is explained.
type CodeDescription struct {
	Href URI `json:"href"`
}

// RelatedPlace is another place that a diagnostic concerns.
type RelatedPlace struct {
	Location Location `json:"location"`
	Message  string   `json:"message"`
}

// PublishDiagnosticsParams are all diagnostics of a document.
type PublishDiagnosticsParams struct {
	URI         URI          `json:"uri"`
	Version     *int32       `json:"version,omitempty"`
	Diagnostics []Diagnostic `json:"diagnostics"`
}

// MessageParams are for the client's log, or its user.
type MessageParams struct {
	Type    int    `json:"type"` // 1 error, 2 warning, 3 info, 4 log
	Message string `json:"message"`
}
