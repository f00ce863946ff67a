"""The catalogue as pages: complete, in both languages, nothing from elsewhere, nothing that needs a server."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mianzheng.catalogue.load import Catalogue, load
from mianzheng.cli.main import main
from mianzheng.model.errors import WrongUse
from mianzheng.rules.rule_words import condition_words
from mianzheng.site.writing import MARK, write_site
from tests.catalogue.small_packs import ITEM, SMALL, bent
from tests.core_packs import core_catalogue

_CHINESE = re.compile("[\u4e00-\u9fff]")
_VOID = ("meta", "link", "input", "br", "hr", "img")


class Page(HTMLParser):
    """What a test looks at in a page: tags with attributes, ids, links, and text by the language it is marked as."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.text: dict[str, str] = {}
        self.within: list[tuple[str, str]] = [("", "")]
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        self.ids |= {found["id"]} if "id" in found else set()
        self.links += [found[name] for name in ("href", "src") if name in found]
        if tag not in _VOID:
            plain = "code" if tag == "code" or found.get("aria-hidden") == "true" else self.within[-1][1]
            self.within.append((tag, found.get("lang", plain)))

    def handle_endtag(self, tag: str) -> None:
        assert self.within.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        language = self.within[-1][1]
        self.text[language] = self.text.get(language, "") + data


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return core_catalogue()


@pytest.fixture(scope="module")
def site(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("site") / "pages"
    write_site(catalogue, into)
    return into


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def test_each_item_department_and_register_has_a_page_in_both_languages(catalogue: Catalogue, site: Path) -> None:
    facts = catalogue.facts
    expected = {f"items/{one.item.item}.html" for one in catalogue.items}
    expected |= {f"departments/{name}.html" for name in facts.departments}
    expected |= {f"registers/{name}.html" for name in facts.registers} | {"index.html", "registers.html"}
    assert {str(path.relative_to(site)) for path in site.rglob("*.html")} == expected | {
        f"en/{one}" for one in expected
    }


def test_every_link_leads_to_a_page_and_a_place_that_are_there(pages: dict[Path, Page]) -> None:
    lost = []
    for path, page in pages.items():
        for link in page.links:
            file, _, anchor = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            there = target.is_file() and (not anchor or anchor in pages[target].ids)
            lost += [] if there else [(path.name, link)]
    assert lost == []


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(pages: dict[Path, Page]) -> None:
    """So `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'` fits."""
    for path, page in pages.items():
        for tag, attributes in page.tags:
            assert tag != "style" and "style" not in attributes, path
            assert not any(name.startswith("on") for name in attributes), path
            assert tag != "script" or "src" in attributes, path
        assert not any(re.match("[a-z]+:|//", link) for link in page.links), path


def test_without_scripts_every_item_is_reached_from_the_first_page(site: Path, catalogue: Catalogue) -> None:
    departments = [link for link in Page(site / "index.html").links if link.startswith("departments/")]
    items = {link.rpartition("/")[2] for one in departments for link in Page(site / one).links if "items/" in link}
    assert items == {f"{one.item.item}.html" for one in catalogue.items}


def test_an_item_says_each_condition_in_words_its_law_and_what_it_spares(site: Path, catalogue: Catalogue) -> None:
    for compiled in catalogue.items:
        item, page = compiled.item, Page(site / "items" / f"{compiled.item.item}.html")
        text = " ".join(page.text.values())
        for condition in item.conditions:
            assert condition_words(compiled, catalogue.facts, condition.id).zh in text
            assert condition.reference.text in text and f"condition-{condition.id}" in page.ids
        assert all(paper in text for paper in item.replaces)
        assert all(example.name.zh in text for example in item.examples)
        assert all(role.label.zh in text for role in item.roles.values() if role.link and not role.deceased)
    assert "原文未核" in text


def test_an_english_page_says_in_chinese_only_what_it_marks_as_chinese(pages: dict[Path, Page], site: Path) -> None:
    left = {
        str(path.relative_to(site)): _CHINESE.findall(page.text.get("en", ""))[:5]
        for path, page in pages.items()
        if (site / "en") in path.parents and _CHINESE.search(page.text.get("en", ""))
    }
    assert left == {}


def test_no_page_says_an_article_twice(pages: dict[Path, Page], catalogue: Catalogue) -> None:
    labels = [role.label.en for one in catalogue.items for role in one.item.roles.values() if role.link]
    assert any(label.startswith("the ") for label in labels)  # else this shows nothing
    twice = re.compile(r"\b[Tt]he the\b")
    assert [str(path) for path, page in pages.items() if twice.search(" ".join(page.text.values()))] == []


@pytest.mark.parametrize("approval", ["automatic", "clerk"])
def test_what_people_sign_is_promised_at_the_window_and_not_on_the_spot(tmp_path: Path, approval: str) -> None:
    root = bent(tmp_path, ITEM, "promise_days: 0\n", f"promise_days: 0\napproval: {approval}\n")
    write_site(load(root), tmp_path / "site")
    told = [Page(tmp_path / "site" / at).text for at in ("items/old-age.html", "departments/civil-affairs.html")]
    for said in (" ".join(text.values()) for text in told):
        assert ("当场决定" in said, "窗口当场办结" in said) == (approval == "automatic", approval == "clerk")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_index_names_everything_and_where_it_stands(language: str, site: Path, catalogue: Catalogue) -> None:
    text = (site / f"static/index.{language}.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("self.CATALOGUE = ").removesuffix(";\n"))
    root = site if language == "zh" else site / "en"
    by_kind: dict[str, list[str]] = {}
    for kind, title, _, address, *_ in index["entries"]:
        assert title and (root / address.partition("#")[0]).is_file()
        by_kind.setdefault(kind, []).append(title)
    assert len(by_kind["item"]) == len(catalogue.items)
    assert len(by_kind["fact"]) == sum(len(one.facts) for one in catalogue.facts.registers.values())
    assert by_kind.keys() == index["kinds"].keys()
    assert language == "en" or any("gaolingjintie gljt" in entry[4] for entry in index["entries"])


def test_a_site_is_replaced_as_a_whole_and_another_folder_never(tmp_path: Path) -> None:
    into, other = tmp_path / "site", tmp_path / "other"
    assert main(["catalogue", "site", str(into), "--packs", str(SMALL)]) == 0
    (into / "items" / "gone.html").write_text("old", encoding="utf-8")
    assert main(["catalogue", "site", str(into), "--packs", str(SMALL)]) == 0
    assert not (into / "items" / "gone.html").exists() and (into / MARK).is_file()
    other.mkdir()
    (other / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(WrongUse):
        write_site(load(SMALL), other)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "site"]


def test_packs_with_faults_make_no_site(tmp_path: Path) -> None:
    root = bent(tmp_path, "civil-affairs/department.yaml", 'number: "02"', 'number: "2"')
    assert main(["catalogue", "site", str(tmp_path / "site"), "--packs", str(root)]) == 1
    assert not (tmp_path / "site").exists()
