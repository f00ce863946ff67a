// The key to which a case's result is sealed: made in this browser (P-256), kept in IndexedDB so that no script can
// take it out, and used here to open the result. Without it the authority keeps one for the person (/credentials).
//
//   form[data-holder=CASE]           its hidden field `holder` is given the public key (JWK); sent before, it waits; of
//                                    its [data-key=none|making|here] the one is shown that says which key serves
//   [data-credential][data-holder]   the sealed result and the thumbprint of its key: [data-open] is given what it says,
//                                    [data-download] the result itself, [data-shut] says that another device has the key

import { compactDecrypt } from "./vendor/jose/jwe/compact/decrypt.js";

const bytes = (text) => new TextEncoder().encode(text);
const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const decode = (text) =>
  new TextDecoder().decode(Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0)));
const thumbprint = async ({ crv, kty, x, y }) =>
  encode(await crypto.subtle.digest("SHA-256", bytes(JSON.stringify({ crv, kty, x, y })))); // RFC 7638

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function keys(mode, ask) {
  const opening = indexedDB.open("mianzheng-holder", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("keys", { keyPath: "kid" }).createIndex("case", "case");
  const database = await asked(opening);
  try {
    return await asked(ask(database.transaction("keys", mode).objectStore("keys")));
  } finally {
    database.close();
  }
}

async function keyOf(name) {
  const known = await keys("readonly", (store) => store.index("case").get(name));
  return known ?? (await made(name));
}

async function made(name) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
  const secret = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const { crv, kty, x, y } = secret;
  const plain = { crv, d: secret.d, kty, x, y };
  const key = {
    kid: await thumbprint(secret),
    case: name,
    jwk: { crv, kty, x, y },
    open: await crypto.subtle.importKey("jwk", plain, curve, false, ["deriveBits"]),
    sign: await crypto.subtle.importKey("jwk", plain, { ...curve, name: "ECDSA" }, false, ["sign"]),
  };
  await keys("readwrite", (store) => store.put(key));
  await navigator.storage?.persist?.();
  return key;
}

async function opened(place) {
  const key = await keys("readonly", (store) => store.get(place.dataset.holder));
  if (!key) return null;
  const { plaintext, protectedHeader } = await compactDecrypt(place.dataset.credential, key.open);
  return protectedHeader.typ === "mz-credential" ? new TextDecoder().decode(plaintext) : null;
}

function line(list, name, value) {
  const [dt, dd] = ["dt", "dd"].map((tag) => document.createElement(tag));
  dt.textContent = name;
  const language = document.documentElement.lang === "en" ? "en" : "zh";
  dd.textContent = value?.[language] ?? (typeof value === "object" ? JSON.stringify(value) : String(value));
  list.append(dt, dd);
}

function tell(place, token, words) {
  const [issued, ...disclosed] = token.split("~").filter(Boolean);
  const claims = JSON.parse(decode(issued.split(".")[1]));
  const list = place.querySelector("[data-open]");
  const names = JSON.parse(place.dataset.claims ?? "{}");
  const day = (seconds) => new Date(seconds * 1000).toLocaleDateString(document.documentElement.lang, { dateStyle: "long", timeZone: "Asia/Shanghai" });
  const values = JSON.parse(place.dataset.values ?? "{}"); // what codes of the catalogue are called
  for (const one of disclosed) {
    const [, name, value] = JSON.parse(decode(one));
    line(list, names[name] ?? name, values[value] ?? value);
  }
  line(list, words.from, day(claims.iat));
  if (claims.exp) line(list, words.until, day(claims.exp));
  list.hidden = false;
  place.querySelector("[data-shut]").hidden = true;
  for (const other of place.querySelectorAll("[data-elsewhere]")) other.hidden = true;
  const download = place.querySelector("[data-download]");
  download.href = URL.createObjectURL(new Blob([token], { type: "application/dc+sd-jwt" }));
  download.hidden = false;
}

for (const form of document.querySelectorAll("form[data-holder]")) {
  let [waiting, sent] = [true, null];
  const say = (now) => {
    for (const one of form.querySelectorAll("[data-key]")) one.hidden = one.dataset.key !== now;
  };
  const goOn = () => {
    waiting = false;
    if (sent) form.requestSubmit(sent);
  };
  form.addEventListener("submit", (event) => {
    if (!waiting) return; // who taps before the key is made waits for it
    event.preventDefault();
    sent = event.submitter;
    say("making");
  });
  keyOf(form.dataset.holder).then(
    (key) => {
      form.elements.holder.value = JSON.stringify(key.jwk);
      say("here");
      goOn();
    },
    goOn, // a browser that keeps nothing: the authority's key serves, as the page says
  );
}

for (const place of document.querySelectorAll("[data-credential]")) {
  const words = JSON.parse(place.dataset.words);
  opened(place).then(
    (token) => (token ? tell(place, token, words) : (place.querySelector("[data-shut]").textContent = words.shut)),
    () => (place.querySelector("[data-shut]").textContent = words.shut),
  );
}
