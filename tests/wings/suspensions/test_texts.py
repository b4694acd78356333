"""Pages name every word, clock, duty and statement of the delivered rows."""

import pytest

from gateway.domain.row_kind import DECLARED
from gateway.settings.messages import load_catalogue
from gateway.wings.suspensions.rows import OF_EVERY_REGIME, Regime, RegimeClock, RegimeDuty, RegimeWord
from gateway.wings.suspensions.stated import need_of
from tests.builders.places import CONFIG
from tests.builders.story import shipped


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_every_delivered_name_has_its_words(language: str) -> None:
    regimes, words, duties, clocks = (
        shipped().rows_of(DECLARED[one].table) for one in (Regime, RegimeWord, RegimeDuty, RegimeClock)
    )
    needs = [need_of(text) for row in (*regimes, *words, *duties) for text in row.needs]
    wanted = {f"word_{one}" for one in (*OF_EVERY_REGIME, *(row.name for row in (*words, *duties)))}
    wanted |= {f"clock_{row.name}" for row in clocks} | {f"need_{one.name}" for one in needs}
    wanted |= {f"value_{value}" for one in needs for value in one.values} | {
        f"value_{one}" for row in regimes for one in row.variants
    }

    texts = load_catalogue(CONFIG).pages[language]["suspensions"]

    assert sorted(one for one in wanted if one.replace(".", "_") not in texts) == []
