"""Models of the answer about the requirements on goods, for the documentation."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from gateway.api.views.authority_states import AuthorityState
from gateway.decisions.lookup import DependsOn, Extent
from gateway.domain.contingency import WindowMode
from gateway.domain.declaration import Direction
from gateway.domain.tables.credibility import CheckCondition
from gateway.domain.tables.rows import QuantityMode, Use
from gateway.domain.verification import DocumentClass


class RequirementQuery(BaseModel):
    """The facts of the goods; a fact that is left out is not stated, and a measure that depends on it may apply."""

    code: str = Field(description="Commodity code (18 09), 6 to 10 digits", pattern="^[0-9]{6,10}$")
    direction: Direction = Field(description="import, export or transit")
    procedure: str | None = Field(default=None, description="Requested procedure (11 09), two or four digits")
    origin: str | None = Field(default=None, description="Country of origin (16 08), as FR")
    dispatch: str | None = Field(default=None, description="Country of dispatch (16 06)")
    destination: str | None = Field(default=None, description="Country of destination (16 03)")
    additional_code: list[str] = Field(default=[], description="TARIC additional codes (18 09 059), each by itself")
    additional_procedure: list[str] = Field(default=[], description="Additional procedures (11 10), each by itself")
    on: date | None = Field(default=None, description="The day, as 2026-11-24; else today")


class StatedGoodsBody(BaseModel):
    """The facts of the goods that were stated, and the day."""

    code: str
    direction: Direction
    procedure: str | None
    origin: str | None
    dispatch: str | None
    destination: str | None
    additional_codes: list[str]
    additional_procedures: list[str]
    on: date


class ContingencyBody(BaseModel):
    """The contingency window that is in force now, and how documents of this type are treated that the authority cannot be asked about."""

    number: int
    mode: WindowMode
    opened_at: datetime


class AuthorityBody(BaseModel):
    """The authority of a document, and how the way to it is now, as the process that answers sees it."""

    name: str | None
    """Who decides about the document."""
    system: str | None
    """The system that is asked, where it has a name of its own."""
    adapter: str | None
    state: AuthorityState
    contingency: ContingencyBody | None


class AdmittedDocumentBody(BaseModel):
    """A document that meets a group; `electronic` false: an officer verifies it."""

    code: str
    name: str | None
    says: list[str]
    optional: bool
    """Whether the group can be met without it."""
    up_to_kilograms: str | None
    """Net mass of all goods together up to which it is enough; null: any."""
    document_class: DocumentClass | None
    electronic: bool
    authority: AuthorityBody
    quantity: QuantityMode | None
    compared: dict[str, Use]
    legal_basis: str | None
    example: str | None


class AdmittedWaiverBody(BaseModel):
    """A waiver code that meets a group; `declarant_suffices` false: an officer checks the statement."""

    code: str
    name: str | None
    says: list[str]
    declarant_suffices: bool
    up_to_kilograms: str | None
    """Net mass of all goods together up to which it is enough; null: any."""


class GroupLimitBody(BaseModel):
    """An amount up to which nothing has to be declared for a group."""

    amount: str
    unit: str | None
    currency: str | None
    says: str


class AskedGroupBody(BaseModel):
    """One group of a measure: one of its documents or waiver codes, unless the goods keep a limit."""

    says: list[str]
    waivable: bool
    documents: list[AdmittedDocumentBody]
    waivers: list[AdmittedWaiverBody]
    limits: list[GroupLimitBody]


class OfficerReasonBody(BaseModel):
    """Why an officer decides about a measure."""

    reason: str
    says: str


class MeasureConditionsBody(BaseModel):
    """The goods that a measure is on; an empty list: all."""

    commodities: list[str]
    excepted_commodities: list[str]
    procedures: list[str]
    excepted_additional_procedures: list[str]
    origins: list[str]
    excepted_origins: list[str]
    destinations: list[str]
    excepted_destinations: list[str]
    area: str | None
    excepted_areas: list[str]
    additional_code: str | None
    description_names: list[str]


class AskedMeasureBody(BaseModel):
    """A measure on the goods; each of its groups has to be met. `depends_on`: facts that are not stated."""

    measure: str
    name: str
    says: list[str]
    depends_on: list[DependsOn]
    by_officer: list[OfficerReasonBody]
    waivable: bool
    banned: bool
    """Whether the goods are banned unless each group is met."""
    only_told: bool
    """Whether only some goods of the code come under it: it is told, and holds nothing."""
    groups: list[AskedGroupBody]
    conditions: MeasureConditionsBody
    legal_basis: str
    source: str | None
    """Where the row was read, for customs; None: a trader asks."""
    valid_from: date
    valid_to: date | None


class AskedCheckBody(BaseModel):
    """A credibility check: figures that are compared. Traders read bounds only where they are published, and none that is for officers."""

    measure_type: str
    condition: CheckCondition | None
    says: list[str]
    applies: bool
    """False: digits of the commodity code, or its additional code, are not stated."""
    additional_code: str | None
    elements: str | None
    published: bool
    measured: str | None
    bounds: str | None
    thresholds: str | None
    for_officers: bool
    documents: list[str]
    legal_basis: str
    source: str | None
    """Where the row was read, for customs; None: a trader asks."""
    valid_from: date
    valid_to: date | None


class TablesIdentityBody(BaseModel):
    """The set of tables that was asked."""

    version: str
    digest: str


class GoodsCoverageBody(BaseModel):
    """How far the measures of TARIC on the goods are known, and as of which day."""

    taric: Extent
    as_of: date | None
    tables: TablesIdentityBody
    says: list[str]


class RequirementsBody(BaseModel):
    """All that the tables of a day ask for of goods, as data and in words."""

    goods: StatedGoodsBody
    says: list[str]
    measures: list[AskedMeasureBody]
    may_apply: list[AskedMeasureBody]
    may_apply_more: int
    by_officer: list[AskedMeasureBody]
    checks: list[AskedCheckBody]
    coverage: GoodsCoverageBody


class ItemRequirementsBody(RequirementsBody):
    """The requirements on goods items that are alike."""

    goods_items: list[int]
