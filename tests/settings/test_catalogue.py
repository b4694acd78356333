"""The catalogue of languages: whatever does not belong together is found, with file and line."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.domain.actions import WhyNot
from gateway.domain.errors import ConfigurationError
from gateway.intake.shape import read_shape
from gateway.intake.shape import titles as titles_of
from gateway.settings import default_folder
from gateway.settings.messages import FILES, load_catalogue
from gateway.settings.tables import load_tables
from gateway.web.templates_in_language import Templates


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the configuration."""
    shutil.copytree(default_folder(), tmp_path / "config")
    return tmp_path / "config"


def faults(*folders: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(*folders)
    return caught.value.faults


def replaced(folder: Path, file: str, old: str, new: str) -> int:
    """Puts another text into a file, once; gives its line."""
    path = folder / "messages" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def line_of(folder: Path, file: str, text: str) -> int:
    whole = (folder / "messages" / file).read_text(encoding="utf-8")
    return whole[: whole.index(text)].count("\n") + 1


FIRST = '[[message]]\ncode = "SW-DEC-001"\n'


FAULTY = [
    ("decisions.fr.toml", "{Authority} a refusé le document", "{Autorite} a refusé le document", "{Autorite} is no param"),
    ("decisions.fr.toml", "a expiré{when}", "a expiré", "{when} stands in the English text and not here"),
    ("decisions.fr.toml", "a expiré{when}", "a expiré{when}{day}", "{day} is no parameter of the English text"),
    ("decisions.fr.toml", "a expiré{when}", "a expiré{when", "expected '}'"),
    ("decisions.fr.toml", "a expiré{when}", "a expiré{when.day}", "no plain parameter"),
    ("words.de.toml", "höchstens {left} {unit} an", "höchstens {left} an", "{unit} stands in the English text"),
    ("words.de.toml", 'word = "at_most"', 'word = "at_least"', "word most at_least text is not in the English"),
    ("words.de.toml", 'text = "reserviert"', 'text = "reserved"', "'reserved' is the English text"),
    ("words.de.toml", 'text = "reserviert"', 'text = " "', "a text is needed"),
    ("words.de.toml", 'text = "reserviert"', "text = 3", "a text is needed"),
    ("table_names.de.toml", "same = true\n\n", "same = false\n\n", "'TRACES' is the English text"),
    ("decisions.de.toml", 'title = "nichts zu prüfen"', 'title = "nothing to verify"', "is the English text"),
    ("decisions.de.toml", "remedy =", "remdy =", "remdy: a text is needed"),
    ("decisions.de.toml", 'code = "SW-DEC-010"', 'code = "SW-DEC-001"', "is given already at messages/decisions.de"),
    ("decisions.de.toml", 'code = "SW-DEC-010"', 'code = "SW-DEC-999"', "SW-DEC-999 title is not in the English"),
    ("decisions.de.toml", "[[message]]", "[[massage]]", "massage: a text is needed"),
    ("decisions.de.toml", "[[message]]", "[[message", "not TOML"),
    ("intake.fr.toml", "« {value} », qui n’a pas la forme", "« {valeur} », qui n’a pas la forme", "{valeur} is no param"),
    ("intake.fr.toml", 'name = "below_zero"', 'name = "under_zero"', "under_zero message is not in the English"),
    ("intake.fr.toml", '"un objet"', '"an object"', "'an object' is the English text"),
    ("intake.fr.toml", '"masse nette"', '"net mass"', "'net mass' is the English text"),
    ("legal_bases.fr.toml", '"UCC" = "CDU"', '"UCC" = "C{D}U"', "a word of legal bases has no parameter"),
    ("legal_bases.fr.toml", '"UCC" = "CDU"', '"UCC" = " "', "a text is needed"),
    ("legal_bases.fr.toml", "[legal_basis]", "[legal_bases]", "is not in the English catalogue"),
    ("api.fr.toml", "remedy =", "remede =", "remede: a text is needed"),
    ("api.fr.toml", "[[message]]", '[[message]]\ncode = "X"\nmessage = "x"\nremedy = "x"\nlegal_basis = "x"\n[[message]]', "one [[message]]"),
]  # fmt: skip
"""A file, what stands in it and what instead, and what is said of it then."""


def test_a_fault_names_file_and_line(folder: Path) -> None:
    for file, old, new, says in FAULTY:
        path = folder / "messages" / file
        before = path.read_bytes()
        line = replaced(folder, file, old, new)
        found = [fault for fault in faults(folder) if says in fault]
        assert found, says
        where = re.match(r"messages/([\w.]+)(?::(\d+))?: ", found[0])
        assert where is not None
        assert where[1] == file
        if "one [[message]]" not in says:
            assert abs(int(where[2]) - line) <= 4
        path.write_bytes(before)


def test_a_sentence_that_a_language_lacks_is_found_where_english_has_it(folder: Path) -> None:
    text = (folder / "messages" / "decisions.fr.toml").read_text(encoding="utf-8")
    head, first, *rest = text.split("[[message]]\n")
    (folder / "messages" / "decisions.fr.toml").write_text("[[message]]\n".join([head, *rest]), encoding="utf-8")
    line = line_of(folder, "decisions.en.toml", FIRST)
    found = faults(folder)
    assert "SW-DEC-001" in first
    assert len(found) == 3
    assert all("SW-DEC-001" in one and "is missing in fr (messages/decisions.fr.toml)" in one for one in found)
    assert {one.split(":")[0] for one in found} == {"messages/decisions.en.toml"}
    assert {int(one.split(":")[1]) for one in found} == {line + 2, line + 3, line + 4}


def test_a_word_that_a_language_lacks_is_found(folder: Path) -> None:
    replaced(
        folder, "words.fr.toml", '[[word]]\nparam = "then"\nword = "mend"\n', '[[word]]\nparam = "x"\nword = "y"\n'
    )
    found = faults(folder)
    assert [one for one in found if "word then mend text is missing in fr" in one]
    assert [one for one in found if "word x y text is not in the English catalogue" in one]


def test_all_faults_of_all_languages_are_told_at_once(folder: Path) -> None:
    replaced(folder, "decisions.fr.toml", "a expiré{when}", "a expiré")
    replaced(folder, "decisions.de.toml", "ist abgelaufen{when}", "ist abgelaufen")
    assert {one.split(":")[0] for one in faults(folder)} == {"messages/decisions.fr.toml", "messages/decisions.de.toml"}


@pytest.mark.parametrize("kind", FILES)
def test_a_language_is_whole(folder: Path, kind: str) -> None:
    (folder / "messages" / f"{kind}.fr.toml").unlink()
    assert faults(folder) == (f"messages/{kind}.fr.toml: the file is missing",)


def test_legal_bases_are_english_in_a_language_without_their_words_and_own_words_stand_beside(
    folder: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own" / "messages"
    own.mkdir(parents=True)
    (own / "legal_bases.fr.toml").write_text('[legal_basis]\n"Customs code" = "code des douanes"\n', encoding="utf-8")
    (folder / "messages" / "legal_bases.de.toml").unlink()
    languages = load_catalogue(folder, own.parent).languages
    assert languages["de"].cited("UCC Art. 9; Customs code, Art. 7") == "UCC Art. 9; Customs code, Art. 7"
    assert languages["fr"].cited("UCC Art. 9; Customs code, Art. 7") == "CDU art. 9 ; code des douanes, art. 7"
    (folder / "messages" / "legal_bases.en.toml").write_text('[legal_basis]\n"UCC" = "the Code"\n', encoding="utf-8")
    assert faults(folder) == ("messages/legal_bases.en.toml: legal bases are English in the tables",)


def test_a_file_that_nobody_reads_is_found(folder: Path) -> None:
    (folder / "messages" / "decissions.fr.toml").write_text("")
    assert "messages/decissions.fr.toml: is none of decisions.LANGUAGE.toml" in faults(folder)[0]


def test_a_file_that_is_no_utf_8_is_found(folder: Path) -> None:
    (folder / "messages" / "api.fr.toml").write_bytes("é".encode("latin-1"))
    assert faults(folder) == ("messages/api.fr.toml: not UTF-8",)


def test_a_language_is_added_by_its_files_alone(folder: Path) -> None:
    for file in (folder / "messages").glob("*.de.toml"):
        shutil.copy(file, file.with_name(file.name.replace(".de.", ".de-AT.")))
    replaced(folder, "decisions.de-AT.toml", "Es ist nichts zu tun.", "Es ist nichts zu veranlassen.")
    languages = load_catalogue(folder).languages
    assert languages["de-AT"].rendered("SW-DEC-001", {})[1] == "Es ist nichts zu veranlassen."
    assert languages["de"].rendered("SW-DEC-001", {})[1] == "Es ist nichts zu tun."


def test_an_administration_says_a_sentence_in_its_own_words(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "messages").mkdir(parents=True)
    row = 'title = "a"\nmessage = "Rien à vérifier ici."\nremedy = "Rien à faire."\n'
    (own / "messages" / "decisions.fr.toml").write_text(FIRST + row, encoding="utf-8")
    languages = load_catalogue(folder, own).languages
    assert languages["fr"].rendered("SW-DEC-001", {}) == ("Rien à vérifier ici.", "Rien à faire.")
    assert languages["fr"].rendered("SW-DEC-091", {"type": "Y117"})[0].startswith("Les marchandises portent")
    (own / "messages" / "decisions.fr.toml").write_text(FIRST + row.replace("ici", "{ici}"), encoding="utf-8")
    assert faults(folder, own) == (f"{own}/messages/decisions.fr.toml:3: {{ici}} is no parameter of the English text",)


def test_a_folder_may_hold_languages_alone(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    row = 'title = "a"\nmessage = "Rien ici."\nremedy = "Rien à faire."\n'
    (tmp_path / "messages" / "decisions.fr.toml").write_text(FIRST + row, encoding="utf-8")
    assert load_tables(default_folder(), tmp_path).digest == load_tables(default_folder()).digest
    (tmp_path / "messages" / "decisions.fr.toml").rename(tmp_path / "decisions.fr.toml")
    with pytest.raises(ConfigurationError, match=r"decisions\.fr\.toml: no file of tables"):
        load_tables(default_folder(), tmp_path)


NAME = '[[code]]\ntype = "{}"\nname = "{}"\n'


def test_names_of_codes_stand_in_parts_too(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own" / "messages"
    own.mkdir(parents=True)
    for tag, name in (("en", "the paper of ours"), ("de", "unser Papier"), ("fr", "notre document")):
        (own / f"codes.ours.{tag}.toml").write_text(NAME.format("9Z01", name), encoding="utf-8")
    # Over what a delivered part says, in a part and in a whole file.
    (own / "statements.de.toml").write_text(NAME.format("Y863", "die Güter sind nicht verboten"), encoding="utf-8")
    (own / "statements.ours.en.toml").write_text(NAME.format("Y863", "the goods are allowed"), encoding="utf-8")
    languages = load_catalogue(folder, own.parent).languages
    called = languages["de"].words["called"]
    assert (called["9Z01"], called["Y863"]) == ("unser Papier", "die Güter sind nicht verboten")
    names = {row.type: row.name for row in load_tables(folder, own.parent).names}
    assert (names["9Z01"], names["Y863"]) == ("the paper of ours", "the goods are allowed")
    assert names["L139"].startswith("import authorisation for iron and steel")


@pytest.mark.parametrize("tag", ["en", "de"])
def test_a_code_is_named_once_in_a_folder(folder: Path, tag: str) -> None:
    (folder / "messages" / f"codes.ours.{tag}.toml").write_text(NAME.format("C640", "a name"), encoding="utf-8")
    assert any(
        one.startswith(
            f"messages/codes.ours.{tag}.toml:3: code C640 name is given already at messages/codes.{tag}.toml:"
        )
        for one in faults(folder)
    )
    if tag == "en":
        with pytest.raises(
            ConfigurationError, match=r"codes\.ours\.en\.toml:1: code C640 is given already at messages/codes\.en"
        ):
            load_tables(folder)


FISHERIES = "the fisheries authority of the Member State"


def test_names_without_a_word_are_told(folder: Path) -> None:
    text = (folder / "documents.toml").read_text(encoding="utf-8")
    (folder / "documents.toml").write_text(text.replace(f'"{FISHERIES}"', '"The new one"', 1), encoding="utf-8")
    said = load_catalogue(folder).unworded(load_tables(folder))
    line = text[: text.index(f'authority = "{FISHERIES}"')].count("\n")
    assert len(said) == 2
    assert re.fullmatch(
        r"documents.toml:(\d+): de has no word for the authority 'The new one' \(messages/table_names.de.toml\)",
        said[0],
    )
    assert abs(int(said[0].split(":")[1]) - line) <= 2


def test_a_word_for_a_name_stands_in_either_file(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "messages").mkdir(parents=True)
    row = '[[word]]\nparam = "authority"\nword = "{}"\ntext = "{}"\n'
    (own / "messages" / "words.de.toml").write_text(
        row.format("TRACES (FLEGT)", "das TRACES des Forstes"), encoding="utf-8"
    )
    (own / "messages" / "table_names.de.toml").write_text(row.format("TRACES", "das System TRACES"), encoding="utf-8")
    words = load_catalogue(folder, own).languages["de"].words["authority"]
    assert words["TRACES (FLEGT)"] == "das TRACES des Forstes"
    assert words["TRACES"] == "das System TRACES"


def test_of_thousands_of_names_without_a_word_the_first_are_told(folder: Path) -> None:
    tables = load_tables(folder)
    many = tuple(replace(tables.required[0], measure=f"TARIC {number}") for number in range(5000))
    said = load_catalogue(folder).unworded(replace(tables, required=many))
    assert [line.startswith("messages/table_names.") for line in said] == [*[False] * 10, True] * 2
    assert said[10] == "messages/table_names.de.toml: de has no word for 4990 more names of this kind (measure)"


def test_every_data_element_has_its_name_in_every_language() -> None:
    catalogue = load_catalogue(default_folder())
    shape = read_shape(default_folder().parent / "xsd" / "declaration" / "1" / "declaration.xsd", "Declaration")
    named = {title.partition(", ")[2] for title in titles_of(shape).values()} - {""}
    for language, texts in catalogue.languages.items():
        if language != "en":
            assert named == set(texts.words["title"])


def test_every_language_says_what_stands_in_the_way_of_an_act() -> None:
    for language, texts in load_catalogue(default_folder()).languages.items():
        assert set(texts.words["why_not"]) == {one.value for one in WhyNot}, language


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("explanation.en.toml", 'gravest = "', 'graver = "', "[sentence] lacks the text 'gravest'; add it"),
        ("explanation.en.toml", 'gravest = "', 'graver = "', "[sentence] graver: nothing is said with this text; take it out"),
        ("explanation.en.toml", "{causes}", "{cause}", "[sentence] item: there is no parameter {cause}; take it out"),
        ("explanation.en.toml", 'hold = "held"\n', "", "[standing] lacks the text 'hold'"),
        ("requirements.en.toml", "[sentence]", '[weather]\nsun = "it shines"\n\n[sentence]', "[weather] sun: nothing is said"),
        ("trail.en.toml", '"declaration.decided" = "', '"declaration.judged" = "', "[event] lacks the text 'declaration.decided'"),
        ("pages.portal.en.toml", "version_named =", "version_called =", "[portal] lacks the text 'version_named'"),
    ],
)  # fmt: skip
def test_english_has_the_texts_that_are_delivered_and_no_others(
    folder: Path, file: str, old: str, new: str, says: str
) -> None:
    replaced(folder, file, old, new)
    found = [fault for fault in faults(folder) if says in fault]
    assert found
    assert found[0].startswith(f"messages/{file}" if "lacks" not in says else "messages/")


def counted_in(folder: Path, tag: str, further: dict[str, str]) -> None:
    """Adds a language that says all as German does, but counts declarations that wait in its own forms."""
    for file in (folder / "messages").glob("*.de.toml"):
        shutil.copy(file, file.with_name(file.name.replace(".de.", f".{tag}.")))
    for file in (folder / "messages").glob(f"*.{tag}.toml"):
        lines = []
        for line in file.read_text(encoding="utf-8").splitlines():
            lines.append(line)
            name, _, text = line.partition(" = ")
            if name.endswith("_one") and text:
                lines += [f"{name.removesuffix('_one')}_{category} = {text}" for category in further]
        file.write_text("\n".join(lines), encoding="utf-8")
    for category, text in further.items():
        path = folder / "messages" / f"pages.authorities.{tag}.toml"
        path.write_text(
            re.sub(
                rf'^waits_{category} = ".*"$',
                f'waits_{category} = "{text}"',
                path.read_text("utf-8"),
                flags=re.MULTILINE,
            ),
            encoding="utf-8",
        )


@pytest.mark.parametrize(
    ("tag", "further", "written"),
    [
        ("pl", {"few": "{count} czekają", "many": "{count} czeka"}, {2: "2 czekają", 5: "5 czeka", 22: "22 czekają", 112: "112 czeka"}),
        ("cs", {"few": "{count} čekají"}, {2: "2 čekají", 4: "4 čekají", 5: None, 22: None}),
        ("sl", {"two": "{count} čakata", "few": "{count} čakajo"}, {2: "2 čakata", 3: "3 čakajo", 5: None, 102: "102 čakata"}),
    ],
)  # fmt: skip
def test_each_language_counts_as_it_does(
    folder: Path, tag: str, further: dict[str, str], written: dict[int, str | None]
) -> None:
    counted_in(folder, tag, further)
    pages = Templates.of(load_catalogue(folder))
    for number, said in written.items():
        assert pages[tag].text("authority.waits", count=number) == (
            said or pages["de"].text("authority.waits", count=number)
        )
    assert pages[tag].text("authority.waits", count=1) == pages["de"].text("authority.waits", count=1)
    for category in further:
        path = folder / "messages" / f"pages.authorities.{tag}.toml"
        kept = path.read_text("utf-8")
        path.write_text(re.sub(rf"^waits_{category} = .*$", "", kept, flags=re.MULTILINE), encoding="utf-8")
        assert [one for one in faults(folder) if f"waits_{category} is missing: {tag} counts so" in one]
        path.write_text(kept, encoding="utf-8")


def test_a_form_that_a_language_has_not_and_a_language_that_nobody_knows_are_found(folder: Path) -> None:
    replaced(folder, "pages.authorities.de.toml", "waits_one =", 'waits_few = "{number} warten"\nwaits_one =')
    found = faults(folder)
    assert [one for one in found if "waits_few: de does not count so; take it out" in one]
    assert [one for one in found if "{number} is no parameter of the English text" in one]
    (folder / "messages" / "pages.qqq.toml").write_text("", encoding="utf-8")
    assert "messages/pages.qqq.toml: qqq is no language whose plurals are known" in faults(folder)
