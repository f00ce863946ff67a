// What a page fetches beside itself may fail: then it says in words what happened and what to do, and is quiet once it works again.
"use strict";
(() => {
  const note = () => document.getElementById("unfetched");
  const say = (what) => {
    const found = note();
    if (!found) return;
    found.querySelectorAll("[data-when]").forEach((one) => { one.hidden = one.dataset.when !== what; });
    found.hidden = false;
  };
  const quiet = () => { if (note()) note().hidden = true; };

  document.addEventListener("htmx:sendError", () => say("unreached"));
  document.addEventListener("htmx:timeout", () => say("unreached"));
  document.addEventListener("htmx:responseError", (event) => say(event.detail.xhr.status === 429 ? "often" : "failed"));
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) quiet(); });

  // led elsewhere, as to the sign-in once a session ended: that is a page of its own, never a part of this one
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, pathInfo } = event.detail;
    if (!xhr.responseURL || new URL(xhr.responseURL).pathname === new URL(pathInfo.finalRequestPath, location.href).pathname) return;
    event.detail.shouldSwap = false;
    location.reload();
  });
})();
