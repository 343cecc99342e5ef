/* Improves pages that work without it: keeps what is being typed on this device, and sends a form once. */
(function () {
  "use strict";

  var PREFIX = "brouillon:" + location.pathname + ":";
  var AGAIN_AFTER_MS = 8000;

  /* Storage may be full, or refused by the browser: the form works without it. */
  function safely(act) {
    try { return act(); } catch (error) { return null; }
  }

  function remember(area) {
    safely(function () {
      if (area.value.trim()) localStorage.setItem(PREFIX + area.name, area.value);
      else localStorage.removeItem(PREFIX + area.name);
    });
  }

  function restore(area) {
    var draft = safely(function () { return localStorage.getItem(PREFIX + area.name); });
    if (draft && !area.value.trim()) area.value = draft;
  }

  /* The draft of a text that was sent goes once the answer is no refusal. */
  function forgetSent() {
    var sent = safely(function () { return sessionStorage.getItem("envoi"); });
    safely(function () { sessionStorage.removeItem("envoi"); });
    if (sent && !document.querySelector("[role=alert]")) {
      safely(function () { localStorage.removeItem(sent); });
    }
  }

  function sendOnce(event) {
    var form = event.currentTarget;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    form.querySelectorAll("textarea[name]").forEach(function (area) {
      safely(function () { sessionStorage.setItem("envoi", PREFIX + area.name); });
    });
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
