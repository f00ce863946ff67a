// A body's spreadsheet is read here, in the browser: whom a row names is sealed to the one gateway that may know it. The
// file itself never leaves the page: its field has no name.
import { seal } from "./sealing.js";

const MOST_LINES = 102; // the head, a hundred rows, and one more that says there are too many
const plain = (cell) => (cell instanceof Date ? cell.toISOString().slice(0, 10) : cell);
const empty = (cell) => cell === null || cell === "";

async function sealed(file, choices) {
  const [{ data }] = await window.readXlsxFile(file);
  const lines = data.slice(0, MOST_LINES).map((line) => line.map(plain));
  const named = (lines[0] ?? []).map((head) => choices.find((one) => one.heads.includes(String(head ?? "").trim())));
  const seen = new Map(), same = {};
  for (const [place, line] of lines.entries()) {
    if (place === 0 || line.every(empty)) continue;
    const all = JSON.stringify(line);
    if (seen.has(all)) same[place + 1] = seen.get(all);
    else seen.set(all, place + 1);
    for (const [column, choice] of named.entries()) {
      if (!choice) continue;
      const typed = line[column]; // a number has lost its last digits in the spreadsheet: it names nobody
      line[column] = typeof typed === "string" && typed.trim() ? await seal(choice, typed.trim()) : "";
    }
  }
  return JSON.stringify({ lines, same });
}

for (const form of document.querySelectorAll("form[data-batch]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      form.querySelector("[data-lines]").value = await sealed(form.querySelector("[data-file]").files[0], JSON.parse(form.dataset.batch));
      form.submit();
    } catch {
      form.querySelector("[data-seal-fault]").hidden = false;
    }
  });
}
