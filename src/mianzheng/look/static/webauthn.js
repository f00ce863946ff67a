// What WebAuthn gives, as JSON carries it: base64url without padding.

export const encode = (buffer) => {
  let text = "";
  for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

export const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

export const assertionOf = (credential) => ({
  authenticator_data: encode(credential.response.authenticatorData),
  client_data: encode(credential.response.clientDataJSON),
  signature: encode(credential.response.signature),
});
