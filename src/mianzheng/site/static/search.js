// Searches the catalogue that index.*.js holds: every word typed must stand in an entry; the best place ranks it.
// It fetches nothing, so it works from a folder too.
"use strict";
(() => {
  const MOST = 30; // shown
  const KINDS_APART = 10; // so that among equals items come first, then departments, registers, facts, questions
  const { kinds, ranking, entries } = self.CATALOGUE;
  const order = Object.keys(kinds);
  const [split, polite, chinese] = [new RegExp(ranking.split), new RegExp(ranking.polite, "g"), new RegExp(ranking.chinese)];
  const box = document.querySelector("[data-testid=search]");
  const input = document.getElementById("q");
  const count = document.getElementById("count");
  const list = document.getElementById("found");
  const departments = document.getElementById("by-department");

  // How well an entry fits; null where a word stands nowhere in it. As the hub's own search ranks items.
  function rank(entry, words) {
    let found = 0;
    for (const word of words) {
      const one = rankOf(entry, word);
      if (!one) return null;
      found += one;
    }
    return found * KINDS_APART - order.indexOf(entry[0]);
  }

  function rankOf([, title, , , more, names = [], sayings = []], word) {
    const latin = !chinese.test(word);
    const others = names.map((name) => nameRank(name, word) - ranking.otherName);
    const named = Math.max(nameRank(title.toLowerCase(), word), ...others);
    if (named > 0) return named;
    if (latin && more.includes(word)) return ranking.spelt;
    const said = sayings.find(([, one]) => one.includes(word) || (one.length > 1 && word.includes(one)));
    if (said) return ranking.elsewhere - Math.min(said[0], 9);
    if (more.includes(word)) return ranking.about;
    return names.length && !latin ? alike(word, [title, ...names, ...sayings.map(([, one]) => one)]) : 0;
  }

  function nameRank(name, word) {
    if (name === word) return ranking.same;
    return name.startsWith(word) ? ranking.begins : name.includes(word) ? ranking.named : 0;
  }

  // An item in which enough of a word's pairs of signs stand, though not the word as it was typed.
  function alike(word, texts) {
    const asked = pairs(word);
    const share = asked.filter((pair) => texts.some((text) => text.includes(pair))).length / (asked.length || 1);
    return share >= ranking.enough ? Math.round(ranking.alike * share) : 0;
  }

  function pairs(text) {
    const signs = [...text].filter((sign) => /[\p{L}\p{N}]/u.test(sign));
    return [...new Set(signs.slice(1).map((sign, place) => signs[place] + sign))];
  }

  function wordsOf(text) {
    const plain = text.slice(0, ranking.longest).normalize("NFKC").toLowerCase();
    return plain.split(split).filter(Boolean).map((word) => word.replace(polite, "") || word);
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
    const words = wordsOf(input.value);
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
    departments.hidden = words.length > 0 && !hits.length; // the whole list is no answer to what was looked for
    history.replaceState(null, "", words.length ? "#q=" + encodeURIComponent(input.value) : location.pathname);
  }

  box.hidden = false;
  const kept = /^#q=(.*)$/.exec(location.hash);
  if (kept) input.value = decodeURIComponent(kept[1]);
  input.addEventListener("input", show);
  if (kept) show();
})();
