// Searches the catalogue that index.*.js holds: every word typed must be found in an entry; where it stands ranks it.
// It fetches nothing, so it works from a folder too.
"use strict";
(() => {
  const MOST = 30; // shown
  const KINDS_APART = 10; // so that among equals items come first, then departments, registers, facts, questions
  const { kinds, ranking, speech, entries } = self.CATALOGUE;
  const order = Object.keys(kinds);
  const [split, chinese] = [new RegExp(ranking.split), new RegExp(ranking.chinese)];
  const polite = new RegExp(ranking.polite, "g");
  const doing = new Set(speech.doing);
  const items = new Map(entries.filter(([kind]) => kind === "item").map((entry) => [entry, itemOf(entry)]));
  const box = document.querySelector("[data-testid=search]");
  const input = document.getElementById("q");
  const count = document.getElementById("count");
  const list = document.getElementById("found");
  const departments = document.getElementById("by-department");

  // How well each entry fits in which every word is found. As the hub's own search ranks items (covering.py, ways.py).
  function ranked(words) {
    const found = words.map(ranksOf);
    const stoodFor = (word) => [...waysOf([...word]).ways.flatMap((way) => way.texts), ...english(word)];
    const asked = [...words, ...words.flatMap(stoodFor)];
    const meant = (later) => asked.some((text) => text.includes(later));
    const hits = [];
    for (const entry of entries) {
      if (!found.every((ranks) => ranks.has(entry))) continue;
      const sum = found.reduce((all, ranks) => all + ranks.get(entry), 0);
      const later = items.get(entry)?.later ?? [];
      const rank = Math.max(sum - (later.length && !later.some(meant) ? ranking.unasked : 0), 0);
      hits.push([rank * KINDS_APART - order.indexOf(entry[0]), entry]);
    }
    return hits;
  }

  function ranksOf(word) {
    const latin = !chinese.test(word);
    const spoken = spokenOf(word);
    const ranks = latin ? new Map() : coveredBy(word);
    const saysNothing = !latin && waysOf([...word]).silent.size === [...word].length;
    const least = saysNothing ? ranking.about : 0; // what says nothing is not looked for in papers
    for (const entry of entries) {
      const typed = Math.max(...spoken.map((one, place) => typedRank(entry, one, latin) - ranking.place * place));
      if (typed > (ranks.get(entry) ?? least)) ranks.set(entry, typed);
    }
    return ranks;
  }

  function typedRank([, title, , , more, names = [], sayings = []], word, latin) {
    const others = names.map((name) => nameRank(name, word) - ranking.otherName);
    const named = Math.max(nameRank(title.toLowerCase(), word), ...others);
    if (named > 0) return named;
    if (latin && more.includes(word)) return ranking.spelt;
    const said = sayings.filter(([, one]) => one.includes(word)).map(([place, one]) => {
      return (one === word ? ranking.saidSo : ranking.elsewhere) - ranking.place * Math.min(place, 9);
    });
    if (said.length) return Math.max(...said);
    return word.length > 1 && more.includes(word) ? ranking.about : 0;
  }

  function nameRank(name, word) {
    if (name === word) return ranking.same;
    if (!name.includes(word)) return 0;
    const short = Math.floor((ranking.short * word.length) / name.length);
    return (name.startsWith(word) ? ranking.begins : ranking.named) + short;
  }

  // The items in which enough of a word stands, and what they are worth.
  function coveredBy(word) {
    const signs = [...word];
    const { ways, silent } = waysOf(signs);
    const weighed = ways.map((way) => weigh(way));
    const over = (place) => weighed.filter((one) => one.start <= place && place < one.end);
    const weights = signs.map((_, place) => {
      const weight = Math.max(0, ...over(place).map((one) => one.weight));
      return weight || (silent.has(place) ? 0 : ranking.unseen * Math.log(items.size + 1));
    });
    const whole = weights.reduce((all, one) => all + one, 0);
    // What is to be done finds nothing alone, where something else is said too.
    const done = new Set(weighed.filter((one) => one.doing).flatMap((one) => range(one.start, one.end)));
    const onlyDoing = new Set([...done, ...silent]).size === signs.length;
    const named = weighed.filter((one) => onlyDoing || !one.doing);
    const shares = new Map();
    for (const entry of items.keys()) {
      if (!named.some((one) => one.worth.has(entry))) continue;
      const covered = signs.map((_, place) =>
        Math.max(0, ...over(place).map((one) => one.worth.get(entry) ?? 0)),
      );
      const share = covered.reduce((all, one) => all + one, 0) / (whole || 1);
      if (share > 0) shares.set(entry, share);
    }
    const few = signs.length - silent.size <= ranking.few;
    const least = Math.max(few ? ranking.most : ranking.enough, ranking.beside * Math.max(0, ...shares.values()));
    const enough = [...shares].filter(([, share]) => share >= least);
    return new Map(
      enough.map(([entry, share]) => [entry, Math.round(ranking.covered * share) + close(items.get(entry), word)]),
    );
  }

  const range = (start, end) => Array.from({ length: end - start }, (_, one) => start + one);

  function weigh({ start, end, texts, doing }) {
    const worth = new Map();
    for (const [entry, item] of items) {
      if (texts.some((one) => item.names.includes(one))) worth.set(entry, 1);
      else if (texts.some((one) => item.said.includes(one))) worth.set(entry, ranking.said);
    }
    const weight = worth.size ? Math.log((items.size + 1) / (worth.size + 0.5)) : 0;
    for (const [entry, share] of worth) worth.set(entry, share * weight);
    return { start, end, doing, weight, worth };
  }

  function close(item, word) {
    const short = Math.floor((ranking.short * Math.min(word.length, item.name.length)) / item.name.length);
    const within = item.own.filter((name) => name.length > 1 && word.includes(name)).map((name) => name.length);
    const share = Math.floor((ranking.within * Math.max(0, ...within)) / word.length);
    return short + share + ranking.familiar * Math.min(item.own.length - 2, 4);
  }

  // Each two neighbouring signs that say something are a way, and so is each word of everyday speech with what it
  // stands for.
  function waysOf(signs) {
    const [ways, silent, read] = [[], new Set(), new Set()]; // read: signs of which no pair is made
    for (let start = 0; start < signs.length; start += 1) {
      const part = (end) => signs.slice(start, end).join("");
      const ends = range(start + 1, Math.min(start + speech.longest, signs.length) + 1).reverse();
      const end = ends.find((one) => Object.hasOwn(speech.spoken, part(one)));
      if (!end) continue;
      const texts = speech.spoken[part(end)];
      if (texts.length) ways.push({ start, end, texts, doing: doing.has(part(end)) });
      for (const place of range(start, end)) {
        if (!texts.length) silent.add(place);
        if (end - start > 1 || !texts.length) read.add(place);
      }
      start = end - 1;
    }
    for (let start = 0; start + 1 < signs.length; start += 1)
      if (!read.has(start) && !read.has(start + 1))
        ways.push({ start, end: start + 2, texts: [signs[start] + signs[start + 1]], doing: false });
    return { ways, silent };
  }

  // What is looked through of an item: its Chinese name, all it is called, what people say.
  function itemOf([, title, , , , names, sayings]) {
    const name = (chinese.test(title) ? title : names[0]).toLowerCase();
    const own = [name, ...names.slice(1)];
    const later = speech.later.filter((one) => name.includes(one));
    return { name, own, names: own.join("\n"), said: sayings.map(([, one]) => one).join("\n"), later };
  }

  // Signs of no width (category Cf) are copied along unseen.
  const plain = (text) => text.slice(0, ranking.longest).replace(/\p{Cf}/gu, "").normalize("NFKC").toLowerCase();
  const wordsOf = (text) => telling(plain(text).split(split));
  // What is said between spaces, signs left out; read where no entry has each word.
  const sentencesOf = (text) => telling(plain(text).split(/\s+/).map((one) => one.split(split).join("")));
  const bare = (word) => word.replace(polite, "") || word;
  const english = (word) => (Object.hasOwn(speech.english, word) ? speech.english[word] : [word]);

  // What is looked for as typed: the word, then the English it stands for, or as that orders the word.
  function spokenOf(word) {
    const meant = english(word).filter((one) => !chinese.test(one));
    return meant.includes(word) ? meant : [bare(word), ...meant];
  }

  function telling(parts) {
    const words = parts.filter(Boolean);
    const left = words.filter((word) => english(word).length);
    return left.length ? left : words;
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
    const typed = words.length ? ranked(words) : [];
    const hits = words.length && !typed.length ? ranked(sentencesOf(input.value)) : typed;
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
