// Searches the catalogue that index.*.js holds: every word typed must stand in an entry; the best place ranks it.
// It fetches nothing, so it works from a folder too.
"use strict";
(() => {
  const MOST = 30; // shown
  const { kinds, entries } = self.CATALOGUE;
  const order = Object.keys(kinds);
  const box = document.querySelector("[data-testid=search]");
  const input = document.getElementById("q");
  const count = document.getElementById("count");
  const list = document.getElementById("found");

  // How well an entry fits; null where a word stands nowhere in it.
  function rank(entry, words) {
    const title = entry[1].toLowerCase();
    let found = 0;
    for (const word of words) {
      if (!title.includes(word) && !entry[4].includes(word)) return null;
      found += title === word ? 8 : title.startsWith(word) ? 4 : title.includes(word) ? 2 : 0;
    }
    return found * 10 - order.indexOf(entry[0]);
  }

  function line(entry) {
    const item = document.createElement("li");
    const said = document.createElement("span");
    const link = document.createElement("a");
    link.href = entry[3];
    link.textContent = entry[1];
    const beside = document.createElement("span");
    beside.className = "soft";
    beside.textContent = entry[2];
    const kind = document.createElement("span");
    kind.className = "tag";
    kind.textContent = kinds[entry[0]];
    said.append(link, beside);
    item.append(said, kind);
    return item;
  }

  function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = [];
    if (words.length)
      for (const entry of entries) {
        const found = rank(entry, words);
        if (found !== null) hits.push([found, entry]);
      }
    hits.sort((one, other) => other[0] - one[0]);
    const text = hits.length > MOST ? count.dataset.more : hits.length ? count.dataset.one : count.dataset.none;
    count.textContent = words.length ? text.replace("{n}", hits.length).replace("{m}", MOST) : "";
    list.replaceChildren(...hits.slice(0, MOST).map(([, entry]) => line(entry)));
    history.replaceState(null, "", words.length ? "#q=" + encodeURIComponent(input.value) : location.pathname);
  }

  box.hidden = false;
  const kept = /^#q=(.*)$/.exec(location.hash);
  if (kept) input.value = decodeURIComponent(kept[1]);
  input.addEventListener("input", show);
  if (kept) show();
})();
