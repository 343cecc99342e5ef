/* Improves pages that work without it: keeps what is being typed, here and on the server, and sends a form once. */
(function () {
  "use strict";

  var AGAIN_AFTER_MS = 8000;
  var KEEP_AFTER_MS = 4000; /* what is typed reaches the server within five seconds */
  var PREVIEW_AFTER_MS = 2000;
  var TOTALS_AFTER_MS = 800;
  var PASSAGE_CHARS = 600;
  var VISITOR_MS = 3600000; /* what a visitor typed is offered for an hour, or in its own tab: not to the next person */
  var TYPED = "textarea[name], input[name=title], input[name=reason]:not([type=radio]), input[name=raison], input[name=ends], input[name^=alt-], [name^=b-]";
  var KEPT = TYPED + ", input[name=multiple], input[name=reach], select[name=category], input[name=reason][type=radio]"; /* on this device: the server is sent what is chosen */

  /* Storage may be full, or refused by the browser: the form works without it. */
  function safely(act) {
    try { return act(); } catch (error) { return null; }
  }
  function each(root, selector, act) { Array.prototype.forEach.call(root.querySelectorAll(selector), act); }

  /* A field's place: the address its form is sent to, which a page of refusal shares, and its rank in the form; or,
     in a measure, the passage it holds, and the version that is rewritten. */
  function pathOf(form) { return form.getAttribute("action") || location.pathname; }
  function placeOf(field) {
    var rank = Array.prototype.indexOf.call(field.form.querySelectorAll(TYPED), field);
    var passage = field.closest(".passage"), block = passage && passage.querySelector("[name=block]");
    var base = field.form.querySelector("[name=base]");
    if (field.type === "radio") rank = "";
    return [pathOf(field.form), field.name, (block && block.value) || rank].concat(base ? base.value : []).join(":");
  }

  /* A draft is its author's: on a shared device, nobody finds the words of another account. */
  function key(person, place) { return "brouillon:" + person + ":" + place; }
  function me() { return document.body.dataset.person || ""; }
  function remove(name) {
    ["", ":date", ":onglet"].forEach(function (end) { localStorage.removeItem(name + end); });
  }
  function forget(place) {
    safely(function () {
      ["", me()].forEach(function (person) {
        remove(key(person, place));
        sessionStorage.removeItem(key(person, place));
        sessionStorage.removeItem(key(person, place) + ":date");
      });
    });
  }
  /* What was sent goes; what another tab has typed since in the same form stays. */
  function forgetOurs(place, sent) {
    safely(function () {
      var name = key(me(), place);
      if (!me() || localStorage.getItem(name + ":onglet") === tabName() || localStorage.getItem(name) === sent) return forget(place);
      remove(key("", place));
      sessionStorage.removeItem(name);
      sessionStorage.removeItem(name + ":date");
    });
  }
  function forgetForm(path) {
    safely(function () {
      Object.keys(localStorage).forEach(function (name) {
        var place = name.replace(/^brouillon:\d*:/, "");
        if (place !== name && place.indexOf(path + ":") === 0) localStorage.removeItem(name);
      });
      Object.keys(sessionStorage).forEach(function (name) {
        if (name.replace(/^brouillon:\d*:/, "").indexOf(path + ":") === 0) sessionStorage.removeItem(name);
      });
    });
  }

  function remember(area) {
    safely(function () {
      var name = key(me(), placeOf(area));
      if (!area.value.trim()) return forget(placeOf(area));
      localStorage.setItem(name, area.value);
      localStorage.setItem(name + ":date", String(Date.now()));
      localStorage.setItem(name + ":onglet", tabName());
      sessionStorage.setItem(name, me() ? area.value : "1");
      sessionStorage.setItem(name + ":date", String(Date.now()));
    });
  }

  /* What somebody who is signed in typed in this tab, unless they have signed out since in another. */
  function ownWords(name) {
    var words = me() ? sessionStorage.getItem(name) : null, typed = Number(sessionStorage.getItem(name + ":date"));
    return words && typed > (Number(localStorage.getItem("sortie")) || 0) ? { words: words, typed: typed } : null;
  }

  /* The words of this tab, which another has not sent; or else the newer of what this device kept and what the page came
     with. A visitor's draft follows her when she signs in. */
  function restore(area) {
    return safely(function () {
      var name = key(me(), placeOf(area));
      if (localStorage.getItem(name) === null) name = key("", placeOf(area));
      var draft = localStorage.getItem(name), kept = Number(localStorage.getItem(name + ":date"));
      var own = ownWords(key(me(), placeOf(area)));
      if (own) {
        kept = name === key(me(), placeOf(area)) && kept > own.typed ? Infinity : own.typed; /* another tab here typed since: the server has its words */
        draft = own.words;
      } else if (name === key("", placeOf(area)) && Date.now() - kept > VISITOR_MS && (me() || !sessionStorage.getItem(name))) return false;
      var saved = Date.parse(area.form.dataset.saved || "") || 0;
      if (area.form.dataset.quoted && area.name === "text") { /* « Citer »: below what was typed, once */
        var quoted = area.form.dataset.quoted.trim();
        if (!draft || area.value.lastIndexOf(draft.trim(), 0) === 0) return false;
        area.value = draft.indexOf(quoted) < 0 ? draft.replace(/\s+$/, "") + "\n\n" + quoted + "\n\n" : draft;
        return true;
      }
      if (area.type === "radio") {
        if (draft !== area.value || area.checked || kept <= saved) return false;
        return (area.checked = true);
      }
      if (!draft || draft === area.value || (area.value.trim() && (!area.form.dataset.restored || kept <= saved))) return false;
      area.value = draft;
      if (area.closest("details")) area.closest("details").open = true;
      return true;
    });
  }

  function sayRestored(form) {
    var note = document.createElement("p"), erase = document.createElement("button");
    note.className = "note";
    note.textContent = form.dataset.restored + " ";
    erase.type = "button";
    erase.className = "act";
    erase.textContent = form.dataset.erase;
    erase.addEventListener("click", function () {
      forgetForm(pathOf(form));
      each(form, KEPT, function (field) {
        if (field.type === "radio") field.checked = field.defaultChecked;
        else if (field.options) each(field, "option", function (one) { one.selected = one.defaultSelected; });
        else field.value = field.defaultValue;
      });
      note.remove();
    });
    note.appendChild(erase);
    form.insertBefore(note, form.firstChild);
  }

  /* The drafts of a form that was sent go once the server says that it took it: silence is no answer. */
  function forgetSent() {
    var sent = safely(function () { return JSON.parse(sessionStorage.getItem("envoi")); });
    var said = document.querySelector("[role=status]");
    if (!sent || !said || document.querySelector("[role=alert], [data-kept]")) return;
    if (sent.name && said.dataset.sent !== sent.name) return;
    safely(function () { sessionStorage.removeItem("envoi"); });
    sent.places.forEach(function (place, rank) { forgetOurs(place, sent.values && sent.values[rank]); });
  }

  function sendOnce(event) {
    var form = event.currentTarget;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    var fields = form.querySelectorAll(KEPT), name = form.querySelector("[name=envoi]");
    if (fields.length) safely(function () {
      var places = Array.prototype.map.call(fields, placeOf);
      var values = Array.prototype.map.call(fields, function (field) { return field.value; });
      sessionStorage.setItem("envoi", JSON.stringify({ name: name && name.value, places: places, values: values }));
    });
    setTimeout(function () { delete form.dataset.sent; }, AGAIN_AFTER_MS);
  }

  /* Each save bears the name of this tab and a number that grows: the server keeps none that comes after a newer one. */
  var tab = Math.random().toString(36).slice(2), number = 0;
  function tabName() {
    safely(function () {
      tab = sessionStorage.getItem("onglet") || tab;
      sessionStorage.setItem("onglet", tab);
    });
    return tab;
  }
  function saving() {
    tabName();
    safely(function () {
      number = Math.max(number, Number(sessionStorage.getItem("saisie")) || 0);
    });
    number = Math.max(number + 1, Date.now());
    safely(function () { sessionStorage.setItem("saisie", number); });
    return tab + "." + number;
  }
  function sendNumber(form) {
    var field = form.querySelector("[name=saisie]") || document.createElement("input");
    field.type = "hidden";
    field.name = "saisie";
    field.value = saving();
    form.appendChild(field);
  }

  /* On the server too: a few seconds after a change, and at once when the page is left. */
  function keepOnServer(form) {
    var waiting = null;
    function body() {
      var data = new FormData();
      data.append("place", pathOf(form));
      each(form, "input[type=hidden], input[type=date], input:checked, select:not([name^=b-]), " + TYPED, function (field) { data.append(field.name, field.value); });
      data.set("saisie", saving());
      return data;
    }
    function keep() {
      waiting = null;
      if (!form.dataset.sent) safely(function () { fetch(form.dataset.keep, { method: "POST", body: body() }).catch(function () {}); });
    }
    form.addEventListener("input", function () { if (!waiting) waiting = setTimeout(keep, KEEP_AFTER_MS); });
    form.addEventListener("submit", function () {
      clearTimeout(waiting);
      waiting = null;
      sendNumber(form);
    });
    window.addEventListener("pagehide", function () {
      if (!waiting || form.dataset.sent) return;
      clearTimeout(waiting);
      waiting = null;
      safely(function () { navigator.sendBeacon(form.dataset.keep, body()); });
    });
  }

  /* « Prévisualiser » keeps the text in view: the same rendering as the published message, a moment after each change. */
  function previewLive(button) {
    var form = button.form, area = form.querySelector("textarea[name=text]"), shown = null, waiting = null, last = null;
    function render() {
      waiting = null;
      if (area.value === last) return;
      last = area.value;
      var data = new FormData();
      data.append("csrf_token", form.querySelector("[name=csrf_token]").value);
      data.append("text", area.value);
      fetch(button.dataset.preview, { method: "POST", body: data }).then(function (answer) {
        return answer.ok ? answer.text() : null;
      }).then(function (html) { if (html !== null) shown.innerHTML = html; }).catch(function () {});
    }
    button.addEventListener("click", function (event) {
      if (!window.fetch) return;
      event.preventDefault();
      if (!shown) {
        var old = form.querySelector(".preview"), box = document.createElement("section"), title = document.createElement("h2");
        if (old) old.remove();
        box.className = "preview";
        title.textContent = button.dataset.title;
        title.tabIndex = -1;
        shown = document.createElement("div");
        shown.className = "prose";
        box.appendChild(title);
        box.appendChild(shown);
        area.closest(".field").insertAdjacentElement("afterend", box);
        area.addEventListener("input", function () { if (!waiting) waiting = setTimeout(render, PREVIEW_AFTER_MS); });
      }
      render();
      shown.parentNode.firstChild.focus({ preventScroll: true });
      shown.parentNode.scrollIntoView();
    });
  }

  /* The totals of a budget follow what is typed: the server works them out, by the formulas of the page. */
  function totalsLive(box) {
    var form = box.closest("form"), waiting = null, asked = 0, said = "";
    function work() {
      var data = new FormData(form), mine = ++asked;
      waiting = null;
      data.set("action", "totaux");
      fetch(pathOf(form), { method: "POST", body: data }).then(function (answer) {
        return answer.ok && !answer.redirected ? answer.text() : null; /* led to sign in: the page is not totals */
      }).then(function (html) {
        if (html === null || mine !== asked || html === said) return; /* what did not change is not read aloud again */
        box.innerHTML = said = html;
      }).catch(function () {});
    }
    form.addEventListener("input", function (event) {
      if (!waiting && window.fetch && event.target.tagName !== "TEXTAREA") waiting = setTimeout(work, TOTALS_AFTER_MS);
    });
  }

  forgetSent();
  each(document, "[data-preview]", previewLive);
  each(document, "[data-totals]", totalsLive);
  /* « Citer » takes the words selected in that message, where there are some. */
  each(document, "a[data-quote]", function (link) {
    link.addEventListener("click", function () {
      var selected = safely(function () { return getSelection(); }), message = document.getElementById(link.dataset.quote);
      if (!selected || !message || !message.contains(selected.anchorNode) || !message.contains(selected.focusNode)) return;
      var words = String(selected).trim();
      if (words && words.length <= PASSAGE_CHARS) link.href = link.href.replace(/&passage=.*$/, "") + "&passage=" + encodeURIComponent(words);
    });
  });
  /* Who signs out leaves no draft behind. */
  each(document, "form[action$='/deconnexion']", function (form) {
    form.addEventListener("submit", function () {
      safely(function () {
        Object.keys(localStorage).forEach(function (name) {
          if (name.indexOf("brouillon:") === 0) localStorage.removeItem(name);
        });
        Object.keys(sessionStorage).forEach(function (name) {
          if (name.indexOf("brouillon:") === 0) sessionStorage.removeItem(name);
        });
        localStorage.setItem("sortie", String(Date.now())); /* for the other tabs */
      });
    });
  });
  each(document, "form[action$='/brouillons/effacer']", function (form) {
    form.addEventListener("submit", function () {
      var place = form.querySelector("[name=place]").value;
      forgetForm(place);
      sendNumber(form);
      each(document, "form[data-keep]", function (other) { if (pathOf(other) === place) other.dataset.sent = "yes"; });
    });
  });
  each(document, "form:not([data-draft=off])", function (form) {
    var found = false, fresh = form.dataset.draft === "kept"; /* what it holds was just sent, and the server keeps it */
    if (fresh) forgetForm(pathOf(form));
    each(form, KEPT, function (area) {
      if (!fresh && restore(area)) {
        found = true;
        if (area.type !== "radio") safely(function () { localStorage.setItem(key(me(), placeOf(area)) + ":onglet", tabName()); });
      }
      area.addEventListener("input", function () { remember(area); });
    });
    if (found && form.dataset.restored) sayRestored(form);
    if (form.dataset.keep) keepOnServer(form);
  });
  each(document, "form[method=post]", function (form) { form.addEventListener("submit", sendOnce); });
  window.addEventListener("pageshow", function () {
    each(document, "form[data-sent]", function (form) { delete form.dataset.sent; });
  });
})();
