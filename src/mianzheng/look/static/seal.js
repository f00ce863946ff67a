// Whom a person means is sealed here, in their browser, to the key of the one gateway that may know it (JWE, jose).
// Only the sealed text and a salted digest of it leave this page; the field that was typed in has no name.
import { CompactEncrypt } from "./vendor/jose/jwe/compact/encrypt.js";
import { importJWK } from "./vendor/jose/key/import.js";

const b64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const bytes = (text) => new TextEncoder().encode(text);

async function sealed(field, typed) {
  const role = field.dataset.seal;
  const value = { name: `role.${role}`, salt: b64(crypto.getRandomValues(new Uint8Array(16))), value: typed };
  // the canonical form that the gateway digests again: sorted keys, no blanks
  const digest = await crypto.subtle.digest("SHA-256", bytes(JSON.stringify([value.salt, value.name, value.value])));
  const key = await importJWK(JSON.parse(field.dataset.key), "ECDH-ES+A256KW");
  const token = await new CompactEncrypt(bytes(JSON.stringify(value)))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", kid: field.dataset.kid, typ: "mz-choice" })
    .encrypt(key);
  return JSON.stringify({ role, digest: b64(digest), sealed: token });
}

for (const form of document.querySelectorAll("form:has([data-seal])")) {
  form.addEventListener("submit", async (event) => {
    const open = [...form.querySelectorAll("[data-seal]")].filter((field) => field.querySelector("[data-choice]").value.trim());
    if (!open.length) return;
    event.preventDefault();
    try {
      for (const field of open) {
        const typed = field.querySelector("[data-choice]");
        field.querySelector("[data-sealed]").value = await sealed(field, typed.value.trim());
      }
      form.submit();
    } catch {
      form.querySelector("[data-seal-fault]").hidden = false;
    }
  });
}
