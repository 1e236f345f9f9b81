// Speaks with `topoc lsp` as a person does: CodeMirror and its LSP client in Chromium without a window, driven by its own protocol. Arguments: topoc, a
// folder, chromium; TOPO_SCREENSHOT names a folder for pictures. Prints what is seen, a line each.
import { createRequire } from "node:module";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { open } from "./chromium.mjs";

const modules = process.env.TOPO_NODE_MODULES;
const require = createRequire(modules + "/");
const { WebSocketServer } = require("ws");
const rpc = require("vscode-languageserver-protocol/node");
const [topoc, folder, chromium] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const text = `topology words { guarantee none }

spout lines -> (line string) = stdin.lines()

bolt split(l: lines) -> (word string) {
    for w in words(l.line) { emit (l.line) }
}

// How often each came.
bolt count(w: split by fields(word)) -> (word string, n int) latest by word {
    state n int per word
    n += 1
    emit (w.word, n)
}

sink out(count) = stdout.table(key: word)
`;

// The page, and the modules that it imports, as they were installed.
const imports = {};
const add = (name) => {
  if (imports[name] || name === "vscode-languageserver-protocol") return; // of that one types only
  const about = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
  let main = about.exports?.["."] ?? about.exports ?? about.module ?? about.main;
  while (typeof main === "object") main = main.import ?? main.default;
  imports[name] = `/modules/${name}/${main.replace(/^\.\//, "")}`;
  Object.keys(about.dependencies ?? {}).forEach(add);
};
["@codemirror/state", "@codemirror/view", "@codemirror/commands", "@codemirror/language", "@codemirror/lint", "@codemirror/lsp-client"].forEach(add);
const fill = (page) =>
  page
    .replace("IMPORTS", () => JSON.stringify({ imports }))
    .replace("FOLDER", () => JSON.stringify(pathToFileURL(folder).href))
    .replace("URI", () => JSON.stringify(pathToFileURL(join(folder, "main.topo")).href))
    .replace("TEXT", () => JSON.stringify(text));
const web = createServer((request, answer) => {
  try {
    const path = new URL(request.url, "http://x").pathname;
    const script = path.startsWith("/modules/");
    if (!script && path !== "/") throw new Error(path);
    const body = script ? readFileSync(join(modules, path.slice("/modules/".length))) : fill(readFileSync(join(here, "browser.html"), "utf8"));
    answer.writeHead(200, { "content-type": script ? "text/javascript" : "text/html; charset=utf-8" }).end(body);
  } catch {
    answer.writeHead(404).end();
  }
});
await new Promise((done) => web.listen(0, "127.0.0.1", done));
const address = "127.0.0.1:" + web.address().port;

// The server, behind a socket.
const server = spawn(topoc, ["lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const gone = new Promise((done) => server.on("exit", done));
const reader = new rpc.StreamMessageReader(server.stdout);
const writer = new rpc.StreamMessageWriter(server.stdin);
const sockets = new WebSocketServer({ server: web, path: "/lsp" });
let client;
reader.listen((message) => client?.send(JSON.stringify(message)));
sockets.on("connection", (socket) => {
  client = socket;
  socket.on("message", (data) => writer.write(JSON.parse(data.toString())));
});

let browser;
let status = 1;
try {
  browser = await open(chromium, "http://" + address + "/");
  const { page, until, key, type, move, click, middle, picture } = browser;
  await until("the page", "window.ready === true");

  await until("what is said first", "told() > 0");
  console.log("diagnostics", (await page("wrong()")) || "none");

  await page("place('emit (l.line', true)");
  await key("Backspace", 8);
  console.log("diagnostics", await until("a mistake", "wrong()"));
  await key("Backspace", 8);
  await key("Backspace", 8);
  await key("Backspace", 8);
  await key("Backspace", 8);
  await type(".");
  console.log("completion", await until("a list", "[...document.querySelectorAll('.cm-tooltip-autocomplete li')].map((e) => e.textContent).join(' ')"));
  await picture("completion.png");
  await click(await middle("document.querySelector('.cm-tooltip-autocomplete li')"));
  await until("what was chosen", "text().includes('emit (l.line)')");
  await until("no mistake", "!wrong()");
  console.log("diagnostics", (await page("wrong()")) || "none");

  await type(" + x");
  console.log("diagnostics", await until("a mistake", "wrong()"));
  const at = await page("place('bolt count', false), place('count(w', false)");
  await move({ x: at.x - 40, y: at.y + 60 });
  await move(at);
  const hover = await until("what is said of a name", "document.querySelector('.cm-tooltip-hover')?.textContent");
  console.log("hover", hover.includes("bolt count"), hover.includes("How often each came"));
  await picture("hover.png");
  await page("place('+ x', true)");
  for (let i = 0; i < 4; i++) await key("Backspace", 8);
  await until("no mistake", "!wrong()");

  await page("place('    state', false)");
  await type("   ");
  await page("format()");
  console.log("formatted", await until("order", "text().includes('\\n    state n') && line(11)"));
  status = 0;
} catch (err) {
  console.log(err.message);
}
client?.terminate();
await writer.write({ jsonrpc: "2.0", id: "end", method: "shutdown" });
await writer.write({ jsonrpc: "2.0", method: "exit" });
console.log("exit", await gone);
await browser?.close();
process.exit(status);
