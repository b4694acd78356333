// The search of mkdocs reads where the site begins from a global of this name.
var base_url = document.currentScript.dataset.base;
// It hears of no key before its index is there: what was typed until then is looked for now.
addEventListener("load", () => searchWorker.addEventListener("message", (told) => {
  if (told.data.allowSearch && document.getElementById("mkdocs-search-query").value) doSearch();
}));
