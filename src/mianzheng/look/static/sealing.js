// Whom a person means is sealed here, in their browser, to the key of the one gateway that may know it (JWE, jose).
// Only the sealed text and a salted digest of it leave the page.
import { CompactEncrypt } from "./vendor/jose/jwe/compact/encrypt.js";
import { importJWK } from "./vendor/jose/key/import.js";

const b64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const bytes = (text) => new TextEncoder().encode(text);

export async function seal({ role, key, kid }, typed) {
  const value = { name: `role.${role}`, salt: b64(crypto.getRandomValues(new Uint8Array(16))), value: typed };
  // the canonical form that the gateway digests again: sorted keys, no blanks
  const digest = await crypto.subtle.digest("SHA-256", bytes(JSON.stringify([value.salt, value.name, value.value])));
  const token = await new CompactEncrypt(bytes(JSON.stringify(value)))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", kid, typ: "mz-choice" })
    .encrypt(await importJWK(JSON.parse(key), "ECDH-ES+A256KW"));
  return JSON.stringify({ role, digest: b64(digest), sealed: token });
}
