// Reads .topo files with the TextMate grammar, as VS Code does: every character but space must have a scope of its own, what a comment, a text or a
// keyword is must be known as such, and no line may end within something that cannot go on in the next.
//
//   node check.mjs FILE...            says what is wrong, and how much was read
//   node check.mjs --scopes FILE      prints the tokens
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(process.env.TOPO_NODE_MODULES ?? join(here, "node_modules"), "x.js"));
const { Registry, INITIAL, parseRawGrammar } = require("vscode-textmate");
const oniguruma = require("vscode-oniguruma");

await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
const grammarFile = join(here, "topo.tmLanguage.json");
const registry = new Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => parseRawGrammar(readFileSync(grammarFile, "utf8"), grammarFile),
});
const grammar = await registry.loadGrammar("source.topo");

const files = process.argv.slice(2);
const show = files[0] === "--scopes" && files.shift();
let lines = 0;
let wrong = 0;
for (const file of files) {
  let state = INITIAL;
  let number = 0;
  for (const line of readFileSync(file, "utf8").replace(/\r/g, "").split("\n")) {
    number++;
    lines++;
    const bad = (what) => {
      wrong++;
      console.log(`${file}:${number}: ${what}\n  ${line}`);
    };
    const answer = grammar.tokenizeLine(line, state);
    state = answer.ruleStack;
    if (answer.stoppedEarly) bad("not read to its end");
    const of = (column) => answer.tokens.find((t) => t.startIndex <= column && column < t.endIndex)?.scopes.join(" ") ?? "";
    for (const t of answer.tokens) {
      const text = line.slice(t.startIndex, t.endIndex);
      if (show && text.trim()) console.log(`${number}:${t.startIndex + 1}\t${text}\t${t.scopes.at(-1)}`);
      if (text.trim() && t.scopes.length === 1) bad(`no scope for ${JSON.stringify(text)}`);
    }
    // What is plain to see without a grammar.
    const bare = line.replace(/"(?:\\.|[^"\\])*"/g, (s) => "~".repeat(s.length));
    const comment = bare.indexOf("//");
    const raw = /raw/.test(of(0)) || bare.includes("`");
    if (comment >= 0 && !raw && !of(comment).includes("comment")) bad("a comment that is none");
    const declared = /^(topology|library|use|param|const|type|enum|func|aggregate|spout|bolt|sink|graph|test)\b/.exec(line);
    if (declared && !raw && !/keyword/.test(of(0))) bad(`${declared[1]} is no keyword`);
    if (/string\.quoted\.double|interpolation/.test(grammar.tokenizeLine("x", state).tokens[0].scopes.join(" "))) bad("a text that goes on in the next line");
  }
}
console.log(`${files.length} files, ${lines} lines, ${wrong} wrong`);
process.exitCode = wrong ? 1 : 0;
