"""What pages need that were written to be read in the repository: mkdocs calls these functions by their names."""

import json
import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

from mkdocs.structure.files import File, Files

_ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<path>(?!\w+:)[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def on_files(files: Files, *, config: Any) -> Files:
    """Take along the README of each delivered authority, as `authorities/NAME.md`, and the style of the gateway's pages."""
    style = _ROOT / "gateway/web/static/single-window.css"
    files.append(File.generated(config, style.name, abs_src_path=str(style)))
    for readme in sorted((_ROOT / "adapters").glob("*/README.md")):
        files.append(File.generated(config, f"authorities/{readme.parent.name}.md", abs_src_path=str(readme)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Lead each link to the page of this site; what is in the repository alone is named by its path."""
    here = _in_repository(page.file.src_uri)

    def led(link: re.Match[str]) -> str:
        target = normpath(str(PurePosixPath(here).parent / link["path"]))
        there = _on_site(target)
        if there is not None:
            found = relpath(there, str(PurePosixPath(page.file.src_uri).parent))
            return f"[{link['text']}]({found}{link['anchor'] or ''})"
        text = link["text"]
        return text if target in text.replace("`", "") else f"{text} (`{target}`)"

    parts, end = [], 0
    for code in _CODE.finditer(markdown):
        parts += [_LINK.sub(led, markdown[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, _LINK.sub(led, markdown[end:])])


def on_page_content(html: str, **_: Any) -> str:
    """Let what is wider than its page be scrolled, by keys, too."""
    html = html.replace("<pre>", '<pre tabindex="0">')
    html = html.replace("<th></th>", "<td></td>").replace(
        "<table>", '<div class="guide-scroll" role="group" aria-label="Table" tabindex="0"><table>'
    )
    return html.replace("</table>", "</table></div>")


def on_post_build(*, config: Any) -> None:
    """Leave the notes of decisions out of the search, but for their index: they are two thirds of it, and no reader's first."""
    file = Path(config.site_dir) / "search/search_index.json"
    index = json.loads(file.read_text(encoding="utf-8"))
    index["docs"] = [one for one in index["docs"] if not re.match(r"decisions/[0-9h]", one["location"])]
    file.write_text(json.dumps(index, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")


def _in_repository(uri: str) -> str:
    """Return where a page of the site stands in the repository."""
    authority = re.fullmatch(r"authorities/(\w+)\.md", uri)
    return f"adapters/{authority[1]}/README.md" if authority else f"docs/{uri}"


def _on_site(path: str) -> str | None:
    """Return where a file of the repository stands on the site; None: nowhere."""
    if authority := re.fullmatch(r"adapters/(\w+)(/README\.md)?", path):
        return f"authorities/{authority[1]}.md"
    return path.removeprefix("docs/") if path.startswith("docs/") and (_ROOT / path).is_file() else None
