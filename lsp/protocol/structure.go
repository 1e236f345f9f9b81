package protocol

// What a document is made of.

// SymbolKind says what a symbol is.
type SymbolKind int

// The kinds that are used.
const (
	SymbolModule     SymbolKind = 2
	SymbolNamespace  SymbolKind = 3
	SymbolPackage    SymbolKind = 4
	SymbolClass      SymbolKind = 5
	SymbolMethod     SymbolKind = 6
	SymbolProperty   SymbolKind = 7
	SymbolField      SymbolKind = 8
	SymbolEnum       SymbolKind = 10
	SymbolInterface  SymbolKind = 11
	SymbolFunction   SymbolKind = 12
	SymbolVariable   SymbolKind = 13
	SymbolConstant   SymbolKind = 14
	SymbolEnumMember SymbolKind = 22
	SymbolStruct     SymbolKind = 23
	SymbolEvent      SymbolKind = 24
)

// DocumentSymbol is a declaration and what stands in it.
type DocumentSymbol struct {
	Name           string           `json:"name"`
	Detail         string           `json:"detail,omitempty"`
	Kind           SymbolKind       `json:"kind"`
	Range          Range            `json:"range"`
	SelectionRange Range            `json:"selectionRange"`
	Children       []DocumentSymbol `json:"children,omitempty"`
}

// SymbolInformation is a declaration, for clients without trees, and of a whole workspace.
type SymbolInformation struct {
	Name          string     `json:"name"`
	Kind          SymbolKind `json:"kind"`
	Location      Location   `json:"location"`
	ContainerName string     `json:"containerName,omitempty"`
}

// FoldingRange is what can be folded away.
type FoldingRange struct {
	StartLine uint32 `json:"startLine"`
	EndLine   uint32 `json:"endLine"`
	Kind      string `json:"kind,omitempty"` // comment, imports
}

// SelectionRangeParams ask for the selections around places.
type SelectionRangeParams struct {
	TextDocument TextDocumentIdentifier `json:"textDocument"`
	Positions    []Position             `json:"positions"`
}

// SelectionRange is a selection and the next larger one.
type SelectionRange struct {
	Range  Range           `json:"range"`
	Parent *SelectionRange `json:"parent,omitempty"`
}

// FormattingParams ask for the one format, of a part where Range is set.
type FormattingParams struct {
	TextDocument TextDocumentIdentifier `json:"textDocument"`
	Range        *Range                 `json:"range"`
}

// DocumentParams ask about a whole document, or a range of it.
type DocumentParams struct {
	TextDocument TextDocumentIdentifier `json:"textDocument"`
	Range        *Range                 `json:"range"`
}
