/* Improves pages that work without it: keeps what is being typed on this device, and sends a form once. */
(function () {
  "use strict";

  var AGAIN_AFTER_MS = 8000;

  /* Storage may be full, or refused by the browser: the form works without it. */
  function safely(act) {
    try { return act(); } catch (error) { return null; }
  }

  var TYPED = "textarea[name], input[name=title]";

  /* A field's place: the address its form is sent to, which a page of refusal shares, and its rank in the form. */
  function placeOf(field) {
    var path = field.form.getAttribute("action") || location.pathname;
    var rank = Array.prototype.indexOf.call(field.form.querySelectorAll(TYPED), field);
    return path + ":" + field.name + ":" + rank;
  }

  /* A draft is its author's: on a shared device, nobody finds the words of another account. */
  function key(person, place) { return "brouillon:" + person + ":" + place; }
  function me() { return document.body.dataset.person || ""; }
  function keyOf(field) { return key(me(), placeOf(field)); }

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
    sent.forEach(function (place) {
      ["", me()].forEach(function (person) {
        safely(function () { localStorage.removeItem(key(person, place)); });
      });
    });
  }

  function sendOnce(event) {
    var form = event.currentTarget;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    var places = Array.prototype.map.call(form.querySelectorAll(TYPED), placeOf);
    safely(function () { sessionStorage.setItem("envoi", JSON.stringify(places)); });
    setTimeout(function () { delete form.dataset.sent; }, AGAIN_AFTER_MS);
  }

  /* Who signs out leaves no draft behind. */
  function forgetAll() {
    safely(function () {
      Object.keys(localStorage).forEach(function (name) {
        if (name.indexOf("brouillon:") === 0) localStorage.removeItem(name);
      });
    });
  }

  forgetSent();
  document.querySelectorAll("form[action$='/deconnexion']").forEach(function (form) {
    form.addEventListener("submit", forgetAll);
  });
  document.querySelectorAll("form:not([data-draft=off]) :is(" + TYPED + ")").forEach(function (area) {
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
