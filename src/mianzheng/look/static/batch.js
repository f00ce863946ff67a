// A body's spreadsheet is read here, in the browser: whom a row names is sealed to the one gateway that may know it. The
// file itself never leaves the page: its field has no name.
import { seal } from "./sealing.js";

const MOST_LINES = 102; // the head, a hundred rows, and one more that says there are too many
const MOST_MILLISECONDS = 30_000;
const plain = (cell) => (cell instanceof Date ? cell.toISOString().slice(0, 10) : cell);
const empty = (cell) => cell === null || cell === "";

// The reader unpacks a part of over 512 kB in a worker made of text, which this site's policy forbids; the reader would
// wait for it for ever. It gets this in a worker's place: what it posts, [packed, options], the browser itself unpacks.
window.Worker = class {
  async postMessage(asked) {
    if (!Array.isArray(asked)) return; // the text's own beginnings
    const unpacked = new Blob([asked[0]]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const data = await new Response(unpacked).arrayBuffer().then(
      (whole) => new Uint8Array(whole),
      (fault) => ({ $e$: [String(fault)] }),
    );
    this.onmessage({ data });
  }
  terminate() {}
};

const inTime = (work) =>
  Promise.race([work, new Promise((_, late) => setTimeout(() => late(new Error("not read in time")), MOST_MILLISECONDS))]);

function linesOf(data) {
  const last = data.findLastIndex((line) => !line.every(empty)); // rows below that only have a format are no rows
  return data.slice(0, Math.min(last + 1, MOST_LINES)).map((line) => line.map(plain));
}

async function sealed(file, choices) {
  const [{ data }] = await window.readXlsxFile(file);
  const lines = linesOf(data);
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
    const fault = form.querySelector("[data-seal-fault]");
    fault.hidden = true;
    try {
      const [file] = form.querySelector("[data-file]").files;
      form.querySelector("[data-lines]").value = await inTime(sealed(file, JSON.parse(form.dataset.batch)));
      form.submit();
    } catch {
      fault.hidden = false;
    }
  });
}
