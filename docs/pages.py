"""What MkDocs is told beside mkdocs.yml: pages that are documents of the project, and pictures that tests make.

A link to a file of the project, which the site does not have, becomes its name; a picture that was not made, its words.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "build" / "docs" / "pictures"
"""Where `tests/e2e/page/test_pictures.py` puts what it sees."""

DOCUMENTS = {
    "operators.md": "infra/README.md",
    "architecture.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
}
"""Pages that are documents of the project."""

_PAGES = {document: page for page, document in DOCUMENTS.items()} | {"docs/programs.md": "programs.md"}
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents and the pictures."""
    for page, document in DOCUMENTS.items():
        files.append(File.generated(config, page, content=(ROOT / document).read_text(encoding="utf-8")))
    for picture in sorted(PICTURES.glob("*.png")) if PICTURES.is_dir() else []:
        files.append(File.generated(config, f"pictures/{picture.name}", content=picture.read_bytes()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links of documents to the pages that they have become."""
    here = page.file.src_uri
    document = DOCUMENTS.get(here, f"docs/{here}")

    def turned(link: re.Match[str]) -> str:
        picture, words, target, anchor = link.groups()
        if files.get_file_from_path(target) is not None and here not in DOCUMENTS:
            return link[0]
        if picture:
            return f"*{words}*"
        place = posixpath.normpath(posixpath.join(posixpath.dirname(document), target))
        return f"[{words}]({_PAGES[place]}{anchor or ''})" if place in _PAGES else words

    return _LINK.sub(turned, markdown)
