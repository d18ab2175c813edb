/* Keeps a draft of the form in this browser, and counts characters. The form works as well without it, and nothing of it leaves the browser.
   A draft lives with its tab; only whoever asks for it keeps it on the device, since other people may use the same one. It holds what the
   form's data-drafted names: what the idea says, never who the writer is. It is gone when the idea has been sent. */
"use strict";
(() => {
  const NAME = "idesluss-draft";
  const LONGEST = 30 * 24 * 60 * 60 * 1000;

  // A browser may have storage turned off, or full: then there is no draft.
  const storage = (kind) => {
    try {
      window[kind].getItem(NAME);
      return window[kind];
    } catch {
      return null;
    }
  };
  const tab = storage("sessionStorage");
  const device = storage("localStorage");
  const both = [tab, device].filter(Boolean);

  const read = (place) => {
    try {
      const draft = JSON.parse(place.getItem(NAME));
      if (draft && Date.now() - draft.at < LONGEST) return draft;
      place.removeItem(NAME);
    } catch {
      place.removeItem(NAME);
    }
    return null;
  };
  const write = (place, draft) => {
    try {
      place.setItem(NAME, JSON.stringify(draft));
      return true;
    } catch {
      return false;
    }
  };
  const forget = () => both.forEach((place) => place.removeItem(NAME));
  const mark = (sending) =>
    both.forEach((place) => {
      const draft = read(place);
      if (draft && Boolean(draft.sending) !== sending) write(place, { ...draft, sending });
    });

  // The receipt: the draft that was on its way has arrived. A receipt that is opened again later leaves a newer draft alone.
  if (document.querySelector("[data-sent]")) {
    both.forEach((place) => {
      if (read(place)?.sending) place.removeItem(NAME);
    });
    return;
  }
  mark(false);

  const sends = document.querySelector("form[data-sends]");
  if (sends) {
    sends.addEventListener("submit", (event) => {
      if (!event.submitter?.hasAttribute("formaction")) mark(true);
    });
    return;
  }

  const form = document.querySelector("form[data-drafted]");
  if (!form) return;
  keepDraft(form);
  count(form);

  function keepDraft(form) {
    const names = form.dataset.drafted.split(" ");
    const fields = () => [...form.elements].filter((field) => names.includes(field.name));
    let restored = false;
    let waiting = 0;

    const typed = () => {
      const values = {};
      for (const field of fields()) {
        if (field.value && (field.type !== "radio" || field.checked)) values[field.name] = field.value;
      }
      return values;
    };
    const show = (states) => {
      for (const part of document.querySelectorAll("[data-when]")) part.hidden = !states.includes(part.dataset.when);
    };
    const tell = (place) => show([place === device ? "device" : "tab", "kept", ...(restored ? ["restored"] : [])]);
    const where = () => (device && read(device) ? device : tab);

    const save = () => {
      window.clearTimeout(waiting);
      waiting = 0;
      const place = where();
      const values = typed();
      if (!place) return;
      if (Object.keys(values).length === 0) {
        forget();
        show([]);
      } else if (write(place, { at: Date.now(), values })) {
        tell(place);
      }
    };
    const restore = (values) => {
      for (const field of fields()) {
        if (!(field.name in values)) continue;
        if (field.type === "radio") field.checked = field.value === values[field.name];
        else field.value = values[field.name];
        if (field.type !== "radio" || field.checked) field.closest("details")?.setAttribute("open", "");
      }
      restored = true;
      form.dispatchEvent(new Event("input", { bubbles: true }));
      tell(where());
    };

    form.addEventListener("input", (event) => {
      if (event.target === form) return;
      window.clearTimeout(waiting);
      waiting = window.setTimeout(save, 400);
    });
    window.addEventListener("pagehide", () => waiting && save());
    document.querySelector("[data-keep]").addEventListener("click", () => {
      if (device && write(device, { at: Date.now(), values: typed() })) {
        tab?.removeItem(NAME);
        tell(device);
        document.querySelector("[data-draft] [data-forget]").focus();
      }
    });
    for (const button of document.querySelectorAll("[data-forget]")) {
      button.addEventListener("click", () => {
        window.clearTimeout(waiting);
        waiting = 0;
        restored = false;
        forget();
        show([]);
        fields()[0].focus({ preventScroll: button.closest("[data-draft]") !== null });
      });
    }
    // After the browser has put back what it remembers itself. What the page came with, or the browser, goes before the draft.
    window.addEventListener("pageshow", () => {
      const draft = where() && read(where());
      if (Object.keys(typed()).length > 0) save();
      else if (draft) restore(draft.values);
    });
  }

  function count(form) {
    const said = form.querySelector("[data-said]");
    const lang = document.documentElement.lang;
    let waiting = 0;
    for (const counter of form.querySelectorAll("[data-counts]")) {
      const field = document.getElementById(counter.dataset.counts);
      const { least, most, missing, left, over } = counter.dataset;
      // Whoever hears the page has the limit in the hint, and is told at the end of a pause by the line that speaks.
      counter.setAttribute("aria-hidden", "true");
      const recount = () => {
        // As the server counts: whole characters, composed, without white space at the ends.
        const length = [...field.value.trim().normalize("NFC")].length;
        const [words, number] =
          length > most ? [over, length - most] : length < least ? [missing, least - length] : [left, most - length];
        counter.hidden = length === 0;
        counter.classList.toggle("off", length > most);
        counter.textContent = words.replace("{n}", number.toLocaleString(lang));
        return length > most * 0.9;
      };
      field.addEventListener("input", () => {
        const near = recount();
        window.clearTimeout(waiting);
        // Read aloud after a pause, and only when it matters.
        waiting = window.setTimeout(() => (said.textContent = near ? counter.textContent : ""), 1000);
      });
      form.addEventListener("input", (event) => event.target === form && recount());
      recount();
    }
  }
})();
