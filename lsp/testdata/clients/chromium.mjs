// Chromium without a window, driven by its own protocol, as a person drives it: keys and the mouse. open starts it with a page.
import { createRequire } from "node:module";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const require = createRequire(process.env.TOPO_NODE_MODULES + "/");
const { WebSocket } = require("ws");

export async function open(chromium, url, size = "1000,520") {
  const profile = mkdtempSync(join(tmpdir(), "topo-browser-"));
  const browser = spawn(chromium, [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--no-first-run", "--hide-scrollbars",
    "--window-size=" + size, "--remote-debugging-port=0", "--user-data-dir=" + profile, url,
  ], { stdio: ["ignore", "ignore", "pipe"] });
  const closed = new Promise((done) => browser.on("exit", done));
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
    target = list.find((t) => t.type === "page" && t.url.startsWith(url));
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
  await call("Runtime.enable");
  return {
    page,
    // until waits for what a person would wait for.
    async until(what, expression) {
      for (const end = Date.now() + 60_000; ; ) {
        const value = await page(expression);
        if (value) return value;
        if (Date.now() > end) throw new Error("waited for " + what + ": " + (await page("document.body.innerText")));
        await new Promise((done) => setTimeout(done, 30));
      }
    },
    async key(name, code, modifiers = 0) {
      for (const type of ["keyDown", "keyUp"]) await call("Input.dispatchKeyEvent", { type, key: name, code: name, windowsVirtualKeyCode: code, modifiers });
    },
    async type(typed) {
      for (const c of typed) await call("Input.dispatchKeyEvent", { type: "char", text: c, key: c });
    },
    async move(at) {
      await call("Input.dispatchMouseEvent", { type: "mouseMoved", x: at.x, y: at.y });
    },
    async click(at) {
      for (const type of ["mousePressed", "mouseReleased"]) await call("Input.dispatchMouseEvent", { type, button: "left", clickCount: 1, x: at.x, y: at.y });
    },
    // middle is where to point at an element that an expression finds.
    middle: (element) => page(`(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))(${element}.getBoundingClientRect())`),
    // picture keeps what is seen in the folder that TOPO_SCREENSHOT names.
    async picture(name) {
      if (!process.env.TOPO_SCREENSHOT) return;
      const { data } = await call("Page.captureScreenshot", { format: "png" });
      writeFileSync(join(process.env.TOPO_SCREENSHOT, name), Buffer.from(data, "base64"));
    },
    async close() {
      browser.kill("SIGKILL");
      await closed;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
