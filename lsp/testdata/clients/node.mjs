// Speaks with `topoc lsp` by Microsoft's own implementation of the protocol. Arguments: topoc, a folder. Prints what came out, a line each.
import { createRequire } from "node:module";
import { spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const require = createRequire(process.env.TOPO_NODE_MODULES + "/");
const lsp = require("vscode-languageserver-protocol/node");
const [topoc, folder] = process.argv.slice(2);

const server = spawn(topoc, ["lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const connection = lsp.createProtocolConnection(new lsp.StreamMessageReader(server.stdout), new lsp.StreamMessageWriter(server.stdin));
const told = [];
let wake = () => {};
connection.onNotification(lsp.PublishDiagnosticsNotification.type, (p) => { told.push(p); wake(); });
connection.onNotification(lsp.LogMessageNotification.type, (p) => console.log("log", p.message));
connection.onRequest(lsp.RegistrationRequest.type, () => {});
connection.listen();

// diagnostics waits for what is told of a version.
async function diagnostics(version) {
  for (;;) {
    const found = told.find((p) => p.version === version);
    if (found) return found.diagnostics.map((d) => d.code).join(" ") || "none";
    await new Promise((resolve) => { wake = resolve; });
  }
}

const hello = await connection.sendRequest(lsp.InitializeRequest.type, {
  processId: process.pid, rootUri: pathToFileURL(folder).href, workspaceFolders: null,
  capabilities: { textDocument: { completion: { completionItem: { snippetSupport: true } }, documentSymbol: { hierarchicalDocumentSymbolSupport: true } } },
});
console.log("encoding", hello.capabilities.positionEncoding);
await connection.sendNotification(lsp.InitializedNotification.type, {});

const uri = pathToFileURL(join(folder, "main.topo")).href;
const text = `topology words { guarantee none }

spout lines -> (line string) = stdin.lines()
bolt split(l: lines) -> (word string) { /* */ }
sink out(split) = stdout.print()
`.replace("/* */", 'emit (l.line + "𝄞")');
await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, { textDocument: { uri, languageId: "topo", version: 1, text } });
console.log("diagnostics", await diagnostics(1));

const doc = { textDocument: { uri } };
const at = (line, character) => ({ ...doc, position: { line, character } });
// A character of two units more in the text, one of one unit behind both, and `line` becomes `lie`: each place counts with the edits before it.
const insert = (character, text, end = character) => ({ range: { start: { line: 3, character }, end: { line: 3, character: end } }, text });
await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
  textDocument: { uri, version: 2 }, contentChanges: [insert(56, "𝄞"), insert(60, "x"), insert(50, "", 51)],
});
console.log("diagnostics", await diagnostics(2));
const completed = await connection.sendRequest(lsp.CompletionRequest.type, at(3, 48));
console.log("completion", completed.items.map((i) => i.label).join(" "));
const hover = await connection.sendRequest(lsp.HoverRequest.type, at(2, 7));
console.log("hover", hover.contents.value.split("\n")[1]);
const definition = await connection.sendRequest(lsp.DefinitionRequest.type, at(4, 10));
console.log("definition", definition[0].range.start.line);
const renamed = await connection.sendRequest(lsp.RenameRequest.type, { ...at(2, 7), newName: "texts" });
console.log("rename", renamed.changes[uri].length);
const symbols = await connection.sendRequest(lsp.DocumentSymbolRequest.type, doc);
console.log("symbols", symbols.map((s) => s.name).join(" "));
const tokens = await connection.sendRequest(lsp.SemanticTokensRequest.type, doc);
console.log("tokens", tokens.data.length % 5);
try {
  await connection.sendRequest("textDocument/moniker", at(0, 0));
} catch (e) {
  console.log("unknown", e.code);
}
await connection.sendRequest(lsp.ShutdownRequest.type);
const ended = new Promise((resolve) => server.on("exit", resolve));
await connection.sendNotification(lsp.ExitNotification.type);
console.log("exit", await ended);
connection.dispose();
