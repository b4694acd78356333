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
  // What a page that is told nothing any more says of itself; an empty name: it is told again.
  const say = (name) => {
    for (const one of document.querySelectorAll("#sw-lost [data-when]")) {
      if (one.dataset.when !== name) one.hidden = true;
      else if (one.hidden) {
        const time = one.querySelector("time");
        const form = { hour: "2-digit", minute: "2-digit", timeZone: one.parentElement.dataset.zone };
        if (time) time.textContent = new Date().toLocaleTimeString(document.documentElement.lang, form);
        const link = one.querySelector("a");
        if (link) link.href = `/sign-in?target=${encodeURIComponent(location.pathname + location.search)}`;
        one.hidden = false;
      }
    }
  };
  const refused = (status) => {
    say(status === 401 ? "out" : status >= 400 && status < 500 ? "" : "lost");
    // Whoever may read no more is told so when they load the page anew; one that has too much is asked again.
    if (status >= 400 && status < 500 && status !== 429) live()?.remove();
  };
  document.addEventListener("htmx:sse:error", (event) => refused(event.detail.status));
  document.addEventListener("htmx:response:error", (event) => {
    refused(event.detail.ctx.response.status);
    again();
  });
  document.addEventListener("htmx:error", () => {
    say("lost");
    again();
  });
  document.addEventListener("htmx:sse:after:connection", () => say(""));
  document.addEventListener("visibilitychange", begin);
  document.addEventListener("animationend", (event) => {
    if (event.animationName === "sw-fresh") event.target.classList.remove("sw-fresh");
  });
  // Once htmx has gone through the page.
  document.addEventListener("htmx:after:process", () => setTimeout(begin), { once: true });
})();
