/* Improves pages that work without it: keeps what is being typed on this device, and sends a form once. */
(function () {
  "use strict";

  var AGAIN_AFTER_MS = 8000;

  /* Storage may be full, or refused by the browser: the form works without it. */
  function safely(act) {
    try { return act(); } catch (error) { return null; }
  }

  /* Where a text is kept: by the address it is sent to, which a page of refusal shares, and its place in the form. */
  function keyOf(area) {
    var path = area.form.getAttribute("action") || location.pathname;
    var place = Array.prototype.indexOf.call(area.form.querySelectorAll("textarea[name]"), area);
    return "brouillon:" + path + ":" + area.name + ":" + place;
  }

  function remember(area) {
    safely(function () {
      if (area.value.trim()) localStorage.setItem(keyOf(area), area.value);
      else localStorage.removeItem(keyOf(area));
    });
  }

  function restore(area) {
    var draft = safely(function () { return localStorage.getItem(keyOf(area)); });
    if (draft && !area.value.trim()) area.value = draft;
  }

  /* The drafts of what was sent go once the answer is no refusal. */
  function forgetSent() {
    var sent = safely(function () { return JSON.parse(sessionStorage.getItem("envoi")); }) || [];
    safely(function () { sessionStorage.removeItem("envoi"); });
    if (document.querySelector("[role=alert]")) return;
    sent.forEach(function (key) {
      safely(function () { localStorage.removeItem(key); });
    });
  }

  function sendOnce(event) {
    var form = event.currentTarget;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    var keys = Array.prototype.map.call(form.querySelectorAll("textarea[name]"), keyOf);
    safely(function () { sessionStorage.setItem("envoi", JSON.stringify(keys)); });
    setTimeout(function () { delete form.dataset.sent; }, AGAIN_AFTER_MS);
  }

  forgetSent();
  document.querySelectorAll("form:not([data-draft=off]) textarea[name]").forEach(function (area) {
    restore(area);
    area.addEventListener("input", function () { remember(area); });
  });
  document.querySelectorAll("form[method=post]").forEach(function (form) {
    form.addEventListener("submit", sendOnce);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });
})();
