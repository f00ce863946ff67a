// The window's keys, its live clock, and reading aloud. Every action is a link or a form that works without this.
"use strict";
(() => {
  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));
  const named = (event) =>
    (event.ctrlKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + (event.key.length === 1 ? event.key.toUpperCase() : event.key);

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.repeat) return;
    const key = named(event);
    const plain = event.key.length === 1 && !event.ctrlKey && !event.altKey;
    if (plain && typing(document.activeElement)) return;
    const hits = [...document.querySelectorAll("[data-hit]")];
    if (hits.length && (key === "ArrowDown" || key === "ArrowUp")) {
      const at = hits.indexOf(document.activeElement) + (key === "ArrowDown" ? 1 : -1);
      (hits[at] || document.querySelector("[data-testid=search]")).focus();
      event.preventDefault();
      return;
    }
    if (key === "Enter" && hits.length && document.activeElement.matches("[data-testid=search]")) {
      event.preventDefault();
      hits[0].click();
      return;
    }
    const found = [...document.querySelectorAll("[data-key]")].find((el) => el.dataset.key === key);
    if (!found) return;
    event.preventDefault();
    if (found.tagName === "INPUT") found.select();
    else found.click();
  });

  document.addEventListener("click", (event) => {
    const on = event.target.closest("[data-speak],[data-print]");
    if (!on) return;
    if (on.matches("[data-print]")) window.print();
    else speak();
  });

  // a form goes once, however often its key is pressed
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((el) => delete el.dataset.sent));

  const speak = () => {
    if (!("speechSynthesis" in window)) return;
    window.speechSynthesis.cancel();
    document.querySelectorAll("[data-say]").forEach((el) => {
      const words = new SpeechSynthesisUtterance(el.textContent.trim());
      words.lang = document.documentElement.lang;
      words.rate = 0.95;
      window.speechSynthesis.speak(words);
    });
  };

  const tick = () => document.querySelectorAll("[data-since]").forEach((el) => {
    const until = el.dataset.until ? Number(el.dataset.until) : Date.now() / 1000;
    const seconds = Math.max(0, Math.floor(until - Number(el.dataset.since)));
    el.textContent = String(Math.floor(seconds / 60)).padStart(2, "0") + ":" + String(seconds % 60).padStart(2, "0");
  });

  const begin = () => {
    document.querySelectorAll(".scripted").forEach((el) => { el.hidden = false; });
    tick();
  };
  document.addEventListener("htmx:afterSettle", begin);
  begin();
  document.documentElement.dataset.keys = "on"; // a key pressed before this is nobody's: what drives a browser waits for it
  setInterval(tick, 500);
})();
