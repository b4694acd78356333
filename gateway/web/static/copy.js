// "Copy" beside a field to select: there only where scripts run.
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const said = document.getElementById(`${button.dataset.copy}-copied`);
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        said.textContent = button.dataset.done;
      } catch {
        // The browser lets nobody write there: what is selected can be copied by hand.
        said.textContent = button.dataset.selected;
      }
    });
  }
})();
