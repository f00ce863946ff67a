// Passkeys on the authority's site: registering one (WebAuthn create) and signing in by one without a number (get).

import { assertionOf, decode, encode } from "./webauthn.js";

const able = Boolean(window.PublicKeyCredential);

async function create(form) {
  const credential = await navigator.credentials.create({
    publicKey: {
      challenge: decode(form.dataset.register),
      rp: { id: form.dataset.rp, name: document.title },
      user: { id: decode(form.dataset.user), name: form.dataset.name, displayName: form.dataset.name },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      excludeCredentials: form.dataset.known.split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: decode(id) })),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      attestation: "none",
    },
  });
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    response: {
      attestationObject: encode(credential.response.attestationObject),
      clientDataJSON: encode(credential.response.clientDataJSON),
    },
  };
}

async function get(form) {
  const credential = await navigator.credentials.get({
    publicKey: { challenge: decode(form.dataset.passkey), rpId: form.dataset.rp, userVerification: "required" },
  });
  return { credential: encode(credential.rawId), ...assertionOf(credential) };
}

function take(form, field, ask) {
  const button = form.querySelector("button");
  const fault = form.querySelector(".fault");
  form.hidden = false;
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fault.hidden = true;
    button.disabled = true;
    try {
      form.elements[field].value = JSON.stringify(await ask(form));
      form.submit();
    } catch {
      fault.hidden = false;
      button.disabled = false;
    }
  });
}

for (const form of document.querySelectorAll("form[data-register]")) if (able) take(form, "credential", create);
for (const form of document.querySelectorAll("form[data-passkey]")) if (able) take(form, "assertion", get);
