// Signing by a passkey on a page: WebAuthn over the 32 bytes that the form names. Without passkeys, or without
// JavaScript, the link beside it leads to the authority, which signs when the person has proved themself anew.

import { assertionOf, decode, encode } from "./webauthn.js";

async function assertion(form, passkeys) {
  const credential = await navigator.credentials.get({
    publicKey: {
      challenge: decode(form.dataset.sign),
      rpId: form.dataset.rp,
      allowCredentials: passkeys.map((one) => ({ type: "public-key", id: decode(one.credential) })),
      userVerification: "required",
    },
  });
  const used = encode(credential.rawId);
  return { kind: "passkey", key: passkeys.find((one) => one.credential === used).key, ...assertionOf(credential) };
}

for (const form of document.querySelectorAll("form[data-sign]")) {
  const passkeys = JSON.parse(form.dataset.passkeys);
  if (!passkeys.length || !window.PublicKeyCredential) continue;
  const part = (way) => form.querySelector(`[data-way=${way}]`);
  part("passkey").hidden = false;
  part("remote").classList.add("plain");
  part("remote").textContent = part("remote").dataset.otherwise;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    part("fault").hidden = true;
    part("passkey").disabled = true;
    try {
      form.elements.assertion.value = JSON.stringify(await assertion(form, passkeys));
      form.submit();
    } catch {
      part("fault").hidden = false;
      part("passkey").disabled = false;
    }
  });
}
