// Speaks with `topoc lsp` as a person does: CodeMirror and its LSP client in Chromium without a window, driven by its own protocol. Arguments: topoc, a
// folder, chromium; TOPO_SCREENSHOT names a folder for pictures. Prints what is seen, a line each.
import { createRequire } from "node:module";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const modules = process.env.TOPO_NODE_MODULES;
const require = createRequire(modules + "/");
const { WebSocket, WebSocketServer } = require("ws");
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
let page;
reader.listen((message) => page?.send(JSON.stringify(message)));
sockets.on("connection", (socket) => {
  page = socket;
  socket.on("message", (data) => writer.write(JSON.parse(data.toString())));
});

// The browser.
const profile = mkdtempSync(join(tmpdir(), "topo-browser-"));
const browser = spawn(chromium, [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--no-first-run", "--hide-scrollbars",
  "--window-size=1000,520", "--remote-debugging-port=0", "--user-data-dir=" + profile, "http://" + address + "/",
], { stdio: ["ignore", "ignore", "pipe"] });
const closed = new Promise((done) => browser.on("exit", done));
let status = 1;
try {
  const port = await new Promise((done, fail) => {
    let said = "";
    browser.stderr.on("data", (data) => {
      said += data;
      const found = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(said);
      if (found) done(found[1]);
    });
    closed.then(() => fail(new Error("chromium has ended: " + said)));
  });
  let target;
  while (!target) {
    const list = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    target = list.find((t) => t.type === "page" && t.url.includes(address));
  }
  const tools = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((done) => tools.on("open", done));
  const waiting = new Map();
  let id = 0;
  tools.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.id) waiting.get(message.id)(message);
    else if (message.method === "Runtime.exceptionThrown") console.log("page:", message.params.exceptionDetails.exception?.description ?? message.params.exceptionDetails.text);
  });
  const call = (method, params = {}) => new Promise((done, fail) => {
    id++;
    waiting.set(id, (m) => (m.error ? fail(new Error(method + ": " + m.error.message)) : done(m.result)));
    tools.send(JSON.stringify({ id, method, params }));
  });
  const page = async (expression) => {
    const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(expression + ": " + (exceptionDetails.exception?.description ?? exceptionDetails.text));
    return result.value;
  };
  // until waits for what a person would wait for.
  const until = async (what, expression) => {
    const end = Date.now() + 60_000;
    for (;;) {
      const value = await page(expression);
      if (value) return value;
      if (Date.now() > end) throw new Error("waited for " + what + ": " + (await page("text() + ' | ' + wrong()")));
      await new Promise((done) => setTimeout(done, 30));
    }
  };
  const key = async (name, code, modifiers = 0) => {
    for (const type of ["keyDown", "keyUp"]) await call("Input.dispatchKeyEvent", { type, key: name, code: name, windowsVirtualKeyCode: code, modifiers });
  };
  const type = async (typed) => {
    for (const c of typed) await call("Input.dispatchKeyEvent", { type: "char", text: c, key: c });
  };
  const picture = async (name) => {
    if (!process.env.TOPO_SCREENSHOT) return;
    const { data } = await call("Page.captureScreenshot", { format: "png" });
    writeFileSync(join(process.env.TOPO_SCREENSHOT, name), Buffer.from(data, "base64"));
  };
  await call("Runtime.enable");
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
  const item = await page("(({ x, y, height }) => ({ x: x + 20, y: y + height / 2 }))(document.querySelector('.cm-tooltip-autocomplete li').getBoundingClientRect())");
  await call("Input.dispatchMouseEvent", { type: "mousePressed", button: "left", clickCount: 1, ...item });
  await call("Input.dispatchMouseEvent", { type: "mouseReleased", button: "left", clickCount: 1, ...item });
  await until("what was chosen", "text().includes('emit (l.line)')");
  await until("no mistake", "!wrong()");
  console.log("diagnostics", (await page("wrong()")) || "none");

  await type(" + x");
  console.log("diagnostics", await until("a mistake", "wrong()"));
  const at = await page("place('bolt count', false), place('count(w', false)");
  await call("Input.dispatchMouseEvent", { type: "mouseMoved", x: at.x - 40, y: at.y + 60 });
  await call("Input.dispatchMouseEvent", { type: "mouseMoved", x: at.x, y: at.y });
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
page?.terminate();
await writer.write({ jsonrpc: "2.0", id: "end", method: "shutdown" });
await writer.write({ jsonrpc: "2.0", method: "exit" });
console.log("exit", await gone);
browser.kill("SIGKILL");
await closed;
rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
process.exit(status);
