// The streams of pages: open only while their page is seen, over once they are refused; marks of what is fresh go once they were seen.
(() => {
  "use strict";
  const AGAIN_MS = 10000;
  const live = () => document.getElementById("sw-live");
  let begun = false;
  // From then on hx-sse closes it when the page is hidden, and opens it again.
  const begin = () => {
    if (begun || document.hidden || !live()) return;
    begun = true;
    live().dispatchEvent(new CustomEvent("swlive"));
  };
  const again = () => {
    begun = false;
    setTimeout(begin, AGAIN_MS);
  };
  const refused = (status) => {
    // Whoever may read no more is told so when they load the page anew; one that has too much is asked again.
    if (status >= 400 && status < 500 && status !== 429) live()?.remove();
  };
  document.addEventListener("htmx:sse:error", (event) => refused(event.detail.status));
  document.addEventListener("htmx:response:error", (event) => {
    refused(event.detail.ctx.response.status);
    again();
  });
  document.addEventListener("htmx:error", again);
  document.addEventListener("visibilitychange", begin);
  document.addEventListener("animationend", (event) => {
    if (event.animationName === "sw-fresh") event.target.classList.remove("sw-fresh");
  });
  // Once htmx has gone through the page.
  document.addEventListener("htmx:after:process", () => setTimeout(begin), { once: true });
})();
