/* Passkeys: shows what needs them where the browser has them, and has the device answer a page's challenge. */
(function () {
  "use strict";

  if (!window.PublicKeyCredential) return;

  document.querySelectorAll("[data-passkeys]").forEach(function (part) { part.hidden = false; });
  document.querySelectorAll("[data-no-passkeys]").forEach(function (part) { part.hidden = true; });

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
  }

  function text(buffer) {
    var plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function descriptors(list) {
    return (list || []).map(function (one) { return { type: one.type, id: bytes(one.id) }; });
  }

  function ask(options, creating) {
    options.challenge = bytes(options.challenge);
    if (creating) {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = descriptors(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options });
    }
    options.allowCredentials = descriptors(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  }

  function answerOf(credential) {
    var response = credential.response, told = { clientDataJSON: text(response.clientDataJSON) };
    if (response.attestationObject) told.attestationObject = text(response.attestationObject);
    if (response.authenticatorData) told.authenticatorData = text(response.authenticatorData);
    if (response.signature) told.signature = text(response.signature);
    if (response.userHandle) told.userHandle = text(response.userHandle);
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response: told, clientExtensionResults: {} });
  }

  var form = document.querySelector("form[data-options]");
  if (!form) return;
  var creating = form.dataset.passkey === "create", asking = false;

  function begin() {
    if (asking) return;
    asking = true;
    ask(JSON.parse(form.dataset.options), creating).then(function (credential) {
      form.elements.answer.value = answerOf(credential);
      HTMLFormElement.prototype.submit.call(form);
    }).catch(function () {
      asking = false;
      document.getElementById("refus").hidden = false;
    });
  }

  /* Before pop.js, which lets a form be sent once: here the device answers first. */
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    event.stopImmediatePropagation();
    begin();
  });
  if (!creating) begin();
})();
