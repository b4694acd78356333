// The keys of the console: each moves the focus to the link, button or field that does it; none does anything by itself.
(() => {
  "use strict";
  const THEN_MS = 1500;
  const FIELDS = "input, textarea, select, [contenteditable], dialog";
  let begun = "";
  let timer = 0;

  const focusOn = (element) => {
    if (!element) return false;
    element.focus();
    // On narrow screens menus are folded.
    for (let fold = element.closest("details:not([open])"); fold && document.activeElement !== element; ) {
      fold.open = true;
      element.focus();
      fold = fold.parentElement?.closest("details:not([open])");
    }
    element.scrollIntoView({ block: "nearest" });
    return document.activeElement === element;
  };

  const marked = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]`);

  const row = (step) => {
    const rows = [...document.querySelectorAll(".sw-q__link")];
    const at = rows.findIndex((one) => one.closest("tr").contains(document.activeElement));
    if (at < 0) return rows[step > 0 ? 0 : rows.length - 1];
    return rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  };

  const target = (key) => {
    if (key === "j" || key === "k") return row(key === "j" ? 1 : -1) ?? marked(key);
    return marked(key);
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key.length !== 1 || event.target.closest?.(FIELDS)) return;
    const key = begun ? `${begun} ${event.key}` : event.key;
    begun = "";
    clearTimeout(timer);
    if (key === "g") {
      begun = key;
      timer = setTimeout(() => (begun = ""), THEN_MS);
    } else if (key === "?") {
      document.getElementById("sw-keys")?.showModal();
      event.preventDefault();
    } else if (focusOn(target(key))) event.preventDefault();
  });
})();
