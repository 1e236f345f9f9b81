// Looks at the page of `topoc graph --serve` as a person does. Arguments: chromium, the page's address, the topology's file. Prints what is seen, a line each.
import { readFileSync, writeFileSync } from "node:fs";
import { open } from "../../../lsp/testdata/clients/chromium.mjs";

const [chromium, url, file] = process.argv.slice(2);
let browser;
let status = 1;
try {
  browser = await open(chromium, url, "1300,700");
  const { page, until, key, move, click, middle } = browser;
  const marked = "[...document.querySelectorAll('#text .at')].map((e) => e.dataset.line).join(' ')";
  const node = (name) => `[...document.querySelectorAll('#drawing g.to')].find((g) => g.querySelector('text.name').textContent === '${name}')`;
  await until("a drawing", "document.querySelectorAll('#drawing g.to').length > 0");
  console.log("nodes", await page("[...document.querySelectorAll('#drawing g.to text.name')].map((e) => e.textContent).join(' ')"));
  // No word is cut by its box, and all of it is to be seen.
  console.log("cut", await page(`[...document.querySelectorAll('#drawing g.to')].flatMap((g) => {
    const box = g.querySelector('.box').getBoundingClientRect();
    return [...g.querySelectorAll('text')].filter((t) => t.getBoundingClientRect().right > box.right || t.getBoundingClientRect().left < box.left).map((t) => t.textContent);
  }).join('; ')`) || "nothing");
  console.log("beside", await page("document.querySelector('#drawing').scrollWidth > document.querySelector('#drawing').clientWidth"));
  await click(await middle(node("split")));
  console.log("clicked", await page(marked));
  await click(await middle("[...document.querySelectorAll('#text div')].find((e) => e.textContent.startsWith('sink'))"));
  console.log("line", await page(marked), await page("document.querySelector('#drawing g.at text.name').textContent"));
  const before = await page("document.querySelector('#drawing svg').getBoundingClientRect().width");
  await click(await middle("document.querySelector('#larger')"));
  console.log("larger", (await page("document.querySelector('#drawing svg').getBoundingClientRect().width")) > before);
  await key("0", 48);
  // What is saved is drawn; a mistake is shown, and the drawing stays.
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replaceAll("split", "cut"));
  await until("what was saved", node("cut"));
  writeFileSync(file, text.replaceAll("split", "cut").replace("sink out(cut", "sink out(split"));
  console.log("mistake", (await until("the mistake", "document.querySelector('#wrong').textContent")).split("\n")[0], !!(await page("!!" + node("cut"))));
  status = 0;
} catch (err) {
  console.log(err.message);
}
await browser?.close();
process.exit(status);
