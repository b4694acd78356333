"""All beasts."""

from tests.zoo.chain_beasts import CHAIN_BEASTS
from tests.zoo.code_beasts import CODE_BEASTS
from tests.zoo.content_beasts import CONTENT_BEASTS
from tests.zoo.core_beasts import CORE_BEASTS
from tests.zoo.fact_beasts import FACT_BEASTS
from tests.zoo.list_beasts import LIST_BEASTS
from tests.zoo.meaning_beasts import MEANING_BEASTS
from tests.zoo.movement_beasts import MOVEMENT_BEASTS
from tests.zoo.occasion_beasts import OCCASION_BEASTS
from tests.zoo.package_beasts import PACKAGE_BEASTS
from tests.zoo.party_beasts import PARTY_BEASTS
from tests.zoo.reading_beasts import READING_BEASTS
from tests.zoo.report_beasts import REPORT_BEASTS
from tests.zoo.restriction_beasts import RESTRICTION_BEASTS
from tests.zoo.start_beasts import START_BEASTS
from tests.zoo.word_beasts import WORD_BEASTS
from tests.zoo.xml_beasts import XML_BEASTS

KIT_BEASTS = (
    *READING_BEASTS,
    *FACT_BEASTS,
    *CONTENT_BEASTS,
    *RESTRICTION_BEASTS,
    *MEANING_BEASTS,
    *LIST_BEASTS,
    *PARTY_BEASTS,
    *CHAIN_BEASTS,
    *MOVEMENT_BEASTS,
    *REPORT_BEASTS,
    *WORD_BEASTS,
    *CODE_BEASTS,
    *OCCASION_BEASTS,
    *PACKAGE_BEASTS,
    *XML_BEASTS,
)
ALL = (*START_BEASTS, *CORE_BEASTS, *KIT_BEASTS)
