// Keeps a half-written answer on this device, when its writer says so, and forgets it once the answer is sent. Sends nothing anywhere.
(function () {
  "use strict";
  const PREFIX = "answer-";
  const KEPT = 60 * 24 * 60 * 60 * 1000;
  const here = document.currentScript;

  let kept;
  try {
    kept = window.localStorage;
    for (const key of Object.keys(kept)) {
      if (key.startsWith(PREFIX) && !(Date.now() - (read(key) || { at: 0 }).at < KEPT)) kept.removeItem(key);
    }
  } catch (error) {
    return;
  }

  function read(key) {
    try {
      return JSON.parse(kept.getItem(key));
    } catch (error) {
      return null;
    }
  }

  if (here && here.dataset.over) kept.removeItem(PREFIX + here.dataset.over);

  const box = document.querySelector("[data-draft]");
  const form = box && box.closest("form");
  if (!form) return;
  const key = PREFIX + box.dataset.draft;
  const part = (name) => box.querySelector("[data-draft-" + name + "]");
  const fields = () => [...form.elements].filter((field) => field.name && field.type !== "hidden" && field.tagName !== "BUTTON");
  const chosen = (field) => field.type === "radio" || field.type === "checkbox";
  const filled = (field) => (chosen(field) ? field.checked : field.value !== "");

  function show(name) {
    for (const one of ["offer", "found"]) part(one).hidden = one !== name;
    part("saved").hidden = true;
    part("failed").hidden = true;
    part("drop").hidden = name !== "found" && !keeping;
  }

  let keeping = false;

  function save() {
    const values = fields().filter(filled).map((field) => [field.name, field.value]);
    try {
      kept.setItem(key, JSON.stringify({ at: Date.now(), values: values }));
      keeping = true;
    } catch (error) {
      keeping = false;
    }
    part("saved").hidden = !keeping;
    part("failed").hidden = keeping;
    part("drop").hidden = !keeping;
  }

  function fill(values) {
    for (const [name, value] of values) {
      for (const field of fields().filter((field) => field.name === name)) {
        if (!chosen(field)) field.value = value;
        else if (field.value === value) field.checked = true;
        else continue;
        const folded = field.closest("details");
        if (folded) folded.open = true;
      }
    }
  }

  part("save").addEventListener("click", save);
  part("drop").addEventListener("click", function () {
    kept.removeItem(key);
    keeping = false;
    show("offer");
    part("save").focus();
  });
  form.addEventListener("change", function () {
    if (keeping) save();
  });

  const before = read(key);
  const untouched = !fields().some(filled);
  if (before && untouched) {
    fill(before.values);
    keeping = true;
  }
  show(before && untouched ? "found" : "offer");
  box.hidden = false;
})();
