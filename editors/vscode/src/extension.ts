// The extension starts `topoc lsp` and shows what it answers; what a topology means is known there only.
import * as path from "node:path";
import * as vscode from "vscode";
import { ExecuteCommandRequest, LanguageClient, TransportKind } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const own = <T extends vscode.Disposable>(d: T): T => (context.subscriptions.push(d), d);
  const command = (name: string, run: (...args: never[]) => unknown) => own(vscode.commands.registerCommand(name, run));
  own(vscode.tasks.registerTaskProvider("topo", new Tasks()));
  // What the server's code lenses name: the words of a command line.
  command("topo.run", (...words: string[]) => execute(words));
  command("topo.test", (...words: string[]) => execute(words));
  command("topo.runHere", () => here((file) => execute(["run", path.dirname(file.fsPath)])));
  command("topo.testHere", () => here((file) => execute(["test", path.dirname(file.fsPath)])));
  command("topo.planHere", () => here(showPlan));
  command("topo.graphHere", () => here(showGraph));
  command("topo.restart", () => client?.restart());
  own(vscode.workspace.onDidSaveTextDocument((d) => graphs.get(d.uri.toString())?.draw()));
  await start(context);
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

function topoc(): string {
  return vscode.workspace.getConfiguration("topo").get<string>("topoc") || "topoc";
}

async function start(context: vscode.ExtensionContext): Promise<void> {
  const server = { command: topoc(), args: ["lsp"], transport: TransportKind.stdio };
  client = new LanguageClient("topo", "topo", server, {
    documentSelector: [{ language: "topo" }],
    middleware: {
      // Of these the client makes commands by itself: what the server answers is shown.
      executeCommand: (command, args, next) => {
        if (command === "topo.graph") return showGraph(vscode.Uri.parse(args[0]));
        if (command === "topo.plan") return showPlan(vscode.Uri.parse(args[0]));
        return next(command, args);
      },
    },
  });
  context.subscriptions.push(client);
  try {
    await client.start();
  } catch (err) {
    const choice = await vscode.window.showErrorMessage(`topoc can't be started: ${err}. Install it, or say where it is.`, "Settings");
    if (choice) await vscode.commands.executeCommand("workbench.action.openSettings", "topo.topoc");
  }
}

// here runs something with the .topo file that is being edited.
function here(run: (file: vscode.Uri) => unknown): unknown {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId !== "topo") return vscode.window.showInformationMessage("Open a .topo file first.");
  return run(document.uri);
}

// execute runs topoc in a terminal of its own. Words are handed over as they are: no shell reads them.
function execute(words: string[]): Thenable<vscode.TaskExecution> {
  const [verb = "run", ...rest] = words[0] === "topoc" ? words.slice(1) : words;
  return vscode.tasks.executeTask(task({ type: "topo", verb, path: rest[0], args: rest.slice(1) }, vscode.TaskScope.Workspace));
}

interface Definition extends vscode.TaskDefinition {
  verb: string;
  path?: string;
  args?: string[];
}

function task(d: Definition, scope: vscode.WorkspaceFolder | vscode.TaskScope): vscode.Task {
  const words = [d.verb, ...(d.path ? [d.path] : []), ...(d.args ?? [])];
  const made = new vscode.Task(d, scope as vscode.WorkspaceFolder, words.join(" "), "topo", new vscode.ProcessExecution(topoc(), words), "$topoc");
  if (d.verb === "build") made.group = vscode.TaskGroup.Build;
  if (d.verb === "test") made.group = vscode.TaskGroup.Test;
  return made;
}

class Tasks implements vscode.TaskProvider {
  async provideTasks(): Promise<vscode.Task[]> {
    const files = await vscode.workspace.findFiles("**/*.topo", "**/node_modules/**", 200);
    const folders = [...new Set(files.map((f) => path.dirname(f.fsPath)))].sort();
    return folders.flatMap((folder) => {
      const scope = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder));
      const relative = scope ? path.relative(scope.uri.fsPath, folder) || "." : folder;
      return ["check", "run", "test", "build"].map((verb) => task({ type: "topo", verb, path: relative }, scope ?? vscode.TaskScope.Workspace));
    });
  }

  resolveTask(t: vscode.Task): vscode.Task {
    return task(t.definition as Definition, t.scope ?? vscode.TaskScope.Workspace);
  }
}

// ask lets the server carry out one of its commands.
interface Place { uri: string; range: { start: vscode.Position; end: vscode.Position } }
interface Drawn { text?: string; uri?: string; places?: Record<string, Place> }

async function ask(name: string, file: vscode.Uri): Promise<Drawn | undefined> {
  if (!client?.isRunning()) return undefined;
  return client.sendRequest(ExecuteCommandRequest.type, { command: name, arguments: [file.toString()] });
}

async function showPlan(file: vscode.Uri): Promise<void> {
  const answer = await ask("topo.plan", file);
  if (!answer?.text) return;
  const document = await vscode.workspace.openTextDocument({ content: answer.text, language: "plaintext" });
  await vscode.window.showTextDocument(document, { preview: true, viewColumn: vscode.ViewColumn.Beside });
}

const graphs = new Map<string, Graph>();

function showGraph(file: vscode.Uri): void {
  const open = graphs.get(file.toString());
  if (open) open.panel.reveal();
  else graphs.set(file.toString(), new Graph(file));
}

// Graph is the drawing beside a text, drawn anew when that is saved. A click on a component shows where it is declared.
class Graph {
  readonly panel: vscode.WebviewPanel;
  private places: Record<string, Place> = {};

  constructor(private readonly file: vscode.Uri) {
    const title = `Graph of ${path.basename(path.dirname(file.fsPath))}`;
    this.panel = vscode.window.createWebviewPanel("topo.graph", title, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true }, { enableScripts: true });
    this.panel.onDidDispose(() => graphs.delete(file.toString()));
    this.panel.webview.onDidReceiveMessage((name: unknown) => void this.jump(String(name)));
    void this.draw();
  }

  async draw(): Promise<void> {
    const answer = await ask("topo.graph", this.file);
    if (!answer?.text) return; // there are mistakes: the last drawing stays
    this.places = answer.places ?? {};
    this.panel.webview.html = page(answer.text);
  }

  private async jump(name: string): Promise<void> {
    const place = this.places[name];
    if (!place) return;
    const { start, end } = place.range;
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(place.uri));
    const editor = await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One });
    editor.selection = new vscode.Selection(start.line, start.character, start.line, start.character);
    editor.revealRange(new vscode.Range(start.line, start.character, end.line, end.character), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }
}

// page is the drawing as a page. Only its own script runs, and the policy lets nothing in from anywhere.
function page(svg: string): string {
  const nonce = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'`;
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}">
<style>
  @media (prefers-color-scheme: light) { body { background: #fff; } }
  svg { max-width: 100%; min-width: 42rem; height: auto; }
  g:has(> text.name) { cursor: pointer; }
  g:has(> text.name):hover path.box, g:focus path.box { stroke-width: 2.5; }
</style>${svg}
<script nonce="${nonce}">
  const host = acquireVsCodeApi();
  for (const name of document.querySelectorAll("svg g > text.name")) {
    const node = name.parentElement;
    node.setAttribute("tabindex", "0");
    node.onclick = () => host.postMessage(name.textContent);
    node.onkeydown = (e) => { if (e.key === "Enter") host.postMessage(name.textContent); };
  }
</script>`;
}
