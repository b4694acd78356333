"""Which documents the goods need, and what stands in for them (table 3)."""

from collections.abc import Iterable, Iterator

from msgspec import structs

from gateway.contract import Direction
from gateway.decisions.case import Dossier, OpenedCase, Raised
from gateway.decisions.limits import Compared, beyond_limit, compared
from gateway.decisions.positions import plain
from gateway.decisions.requirements import (
    Group,
    admitted,
    all_groups,
    groups,
    groups_of,
    is_enough,
    items_with_measures,
    listed,
    measures_of,
)
from gateway.decisions.rules import credibility, destinations, elements, figures, form, identifiers, simplified
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.rows import Codes, JudgedByOfficer
from gateway.domain.verification import DocumentStatus

NOTHING_TO_VERIFY = "SW-DEC-001"
NOTHING_FOUND = "SW-DEC-005"
MISSING = "SW-DEC-010"
CHECK_BY_OFFICER = "SW-DEC-011"
WAIVER_CONTRADICTS = "SW-DEC-012"
WAIVER_NOT_ALLOWED = "SW-DEC-013"
CODE_TOO_SHORT = "SW-DEC-014"
CODE_MISSING = "SW-DEC-206"
DEPARTURE_UNKNOWN = "SW-DEC-201"
DIGITS_IN_TRANSIT = "SW-DEC-202"
BEYOND_LIMIT = "SW-DEC-204"
BY_OFFICER = "SW-DEC-205"
OFFICER_DECIDES = "SW-DEC-240"
LIMIT_EXCEEDED = "SW-DEC-241"
LIMIT_NOT_COMPARED = "SW-DEC-242"
ONLY_BELOW_LIMIT = "SW-DEC-243"
ADDITIONAL_CODE = "SW-DEC-244"
BANNED_UNLESS = "SW-DEC-194"
BANNED = "SW-DEC-195"
BANNED_BY_DIGITS = "SW-DEC-196"
TOLD = "SW-DEC-197"
COUNTRY_MISSING = "SW-DEC-199"
NOT_IN_DATASET = "SW-DEC-087"


def required_documents(file: OpenedCase) -> Iterator[Raised]:
    """Each measure on the goods is met by a document of each of its groups.

    What is declared counts as declared whatever its status: a negative answer has a finding of its own. A document that
    no authority is asked about meets a measure only by an officer's word, or if the declarant's own word is enough. Under
    some additional procedures an officer judges what is missing. A country is asked for once, where measures of several
    countries ask for the same documents.
    """
    asked: set[tuple[int | None, str, str | None]] = set()
    for item, group in all_groups(file):
        named = [dossier for dossier in file.declared[item.number] if dossier.document.type in group.types]
        if not named:
            yield from _asking_once(asked, _without_document(file, item, group))
        elif all(beyond_limit(file, group, dossier.document.type) for dossier in named):
            continue  # the limit has a finding of its own
        elif not any(is_enough(file, item, dossier) for dossier in named):
            for dossier in named:
                yield _raised(CHECK_BY_OFFICER, file, item, group, dossier)


def code_long_enough(file: OpenedCase) -> Iterator[Raised]:
    """A commodity code tells which measures the goods come under, or what all of them ask for is declared.

    It has digits enough, and the additional codes on which a measure depends. A transit declaration needs six digits and no more:
    there an officer reads which goods may come under a measure. Goods without a code may come under each of them, which is said once.
    """
    for item, measures in items_with_measures(file):
        finer = measures.finer_groups
        if not finer:
            continue
        if not item.commodity_code and file.direction is not Direction.TRANSIT:
            yield Raised(code=CODE_MISSING, goods_item=item.number)
            continue
        declared = (one for one in file.declared[item.number] if not one.is_judged_elsewhere(item))
        types = {dossier.document.type for dossier in declared}
        for group in finer:
            if group.measure.banned and measures.depends_on_country(group.measure):
                continue  # the country is asked for first
            if group.measure.banned and not group.types:
                yield _of_ban(BANNED_BY_DIGITS, item, group)
            elif types.isdisjoint(group.types) and not _below_limit(file, item, group):
                yield _raised(_undeclared(file, item, group), file, item, group)


def country_of_ban_known(file: OpenedCase) -> Iterator[Raised]:
    """Of goods that are banned from some origins, or to some destinations, it is known whether these are: the country is declared.

    It is asked for once for each goods item, if no other measure asks for it, but not in a dataset of consignments of low value, which
    has no origin.
    """
    if _is_simplified(file):
        return
    for item, measures in items_with_measures(file):
        if measures.goods.country is not None:
            continue
        declared = {dossier.document.type for dossier in file.declared[item.number]}
        depending = [
            (group, country)
            for group in (*measures.groups, *measures.finer_groups)
            if (country := measures.depends_on_country(group.measure)) and declared.isdisjoint(group.types)
        ]
        if depending and all(group.measure.banned or group.limits for group, _ in depending):
            yield from (_asked(file, item, *one) for one in depending[:1])


def limit_kept(file: OpenedCase) -> Iterator[Raised]:
    """A document or statement that meets a measure for a small quantity only is declared for no more than that."""
    for item, group in all_groups(file):
        for dossier in file.declared[item.number] if group.measure.limits else ():
            kind = dossier.document.type
            beyond = beyond_limit(file, group, kind) if kind in group.types else None
            if beyond is None:
                continue
            others = tuple(one for one in _offered(file, item, group) if one != kind)
            yield Raised(
                code=BEYOND_LIMIT,
                goods_item=item.number,
                document=dossier.key,
                params={
                    "measure": group.measure.measure,
                    "alternatives": listed(file.tables, file.direction, others),
                    "limit": plain(beyond.limit),
                    "mass": "missing" if beyond.declared is None else "stated",
                    "declared": "" if beyond.declared is None else plain(beyond.declared),
                },
                legal_basis=group.measure.legal_basis,
            )


def departure_known(file: OpenedCase) -> Iterator[Raised]:
    """Of goods in transit it is known whether they depart where they entered the Union, or what they would need there is declared."""
    if file.direction is not Direction.TRANSIT:
        return
    for item, measures in items_with_measures(file):
        types = {dossier.document.type for dossier in file.declared[item.number]}
        for group in measures.groups_at_entry:
            if types.isdisjoint(group.types):
                office = file.declaration.customs_office
                params = {"departure": "office" if office else "missing", "office": office or ""}
                raised = _raised(DEPARTURE_UNKNOWN, file, item, group)
                yield structs.replace(raised, params={**raised.params, **params})


def measures_understood(file: OpenedCase) -> Iterator[Raised]:
    """A measure of which something is not understood, or that no document lifts, is left to an officer."""
    for item, measures in items_with_measures(file):
        for measure in measures.by_officer:
            yield Raised(
                code=OFFICER_DECIDES,
                goods_item=item.number,
                params={"measure": measure.measure, "commodity": item.commodity_code, "unclear": measure.by_officer[0]},
                legal_basis=measure.legal_basis,
            )


def measures_told(file: OpenedCase) -> Iterator[Raised]:
    """Before presentation, a measure that only some goods of a commodity code come under is told if nothing of it is declared."""
    if not file.forecast:
        return
    for item, measures in items_with_measures(file):
        declared = {dossier.document.type for dossier in file.declared[item.number]} if measures.told else set()
        asked = {group.types for group in measures.groups} if measures.told else set()
        for group in (group for row in measures.told for group in groups_of(row, item.commodity_code)):
            if declared.isdisjoint(group.types) and group.types not in asked:
                yield _raised(TOLD, file, item, group)


def nothing_to_verify(file: OpenedCase) -> Iterator[Raised]:
    """A goods item without a document to ask about or to be verified, and with nothing to mend about it, says so.

    That nothing is needed is stated only where all measures of TARIC on the goods are known, and then of the whole declaration.
    """
    unseen = [item for item in file.items if not _has_to_be_seen(file, item)]
    mended = (
        {raised.goods_item for check in _TO_MEND for raised in check(file) if raised.code != TOLD} if unseen else {None}
    )
    if None in mended:
        return
    silent = [item for item in unseen if item.number not in mended]
    # A set that was stored before has one sentence for both.
    known = file.tables.rule(NOTHING_FOUND) is not None
    uncovered = [item for item in silent if known and not file.tables.covers(item.commodity_code, file.direction)]
    for item in uncovered:
        yield Raised(code=NOTHING_FOUND, goods_item=item.number)
    if not uncovered and len(silent) == len(file.items):
        yield Raised(code=NOTHING_TO_VERIFY)


def _has_to_be_seen(file: OpenedCase, item: GoodsItem) -> bool:
    return any(_needs_officer_to_see(dossier) for dossier in file.declared[item.number])


def waiver_contradicts(file: OpenedCase) -> Iterator[Raised]:
    """Goods are not declared under a document and under a statement that it is not needed, or that its measure does not apply."""
    stating = {kind for kind in file.types if file.tables.states(kind)}
    if not stating:
        return
    for item in file.items:
        declared = file.declared[item.number]
        statements = {kind for dossier in declared if (kind := dossier.document.type) in stating}
        if not statements:
            continue
        for dossier in declared:
            kind = dossier.document.type
            if kind in stating:
                continue
            against = set(dossier.route.waivers) if dossier.route is not None else set()
            for group in groups(file, item):
                if kind in group.types:
                    against.update(group.types)
            for waiver in sorted(statements & against):
                yield Raised(
                    code=WAIVER_CONTRADICTS, goods_item=item.number, document=dossier.key, params={"waiver": waiver}
                )


def waiver_allowed(file: OpenedCase) -> Iterator[Raised]:
    """A statement about a measure that the goods come under is one that the measure admits, on this day, in this direction and with
    their origin.
    """
    waives = {kind: file.tables.waived_by(kind) for kind in file.types}
    if not any(waives.values()):
        return
    for item in file.items:
        for dossier in file.declared[item.number]:
            kind = dossier.document.type
            waived = waives[kind]
            if not waived:
                continue
            good = item.origin is None or file.tables.by_goods.is_of_origin(kind, item.origin)
            good = good and (file.tables.self_declared(kind, file.direction) or _seen_by_officer(file, dossier))
            on_goods = groups(file, item)
            # A waiver satisfies the group in which it stands; the other groups of its measure are asked for by themselves.
            admitting = {id(group.measure) for group in on_goods if kind in group.types} if good else set()
            for group in on_goods:
                if any(one in group.types for one in waived) and id(group.measure) not in admitting:
                    yield _raised(WAIVER_NOT_ALLOWED, file, item, group, dossier)


_TO_MEND = (
    credibility.credible,
    required_documents,
    country_of_ban_known,
    limit_kept,
    departure_known,
    code_long_enough,
    measures_understood,
    waiver_contradicts,
    waiver_allowed,
    figures.figures_stated,
    figures.figure_within_mass,
    figures.one_account,
    form.level,
    form.old_code,
    form.surveillance_mark,
    simplified.offices_of_clearance,
    simplified.entry_authorised,
    elements.code_in_place,
    elements.no_certificate_as_previous,
    destinations.general_authorisation,
    identifiers.mrn_checked,
    identifiers.previous_mrn_checked,
    identifiers.party_numbers,
    identifiers.offices,
    identifiers.countries_known,
)
"""What can be amiss although no authority is to be asked: beside it no text says that nothing is needed."""


def _without_document(file: OpenedCase, item: GoodsItem, group: Group) -> Iterator[Raised]:
    """Raise what is missing where no document of a group is declared: nothing, where the goods keep a limit.

    A group that has a limit alone, and no document that could be declared, is judged by its limit under any additional procedure.
    A dataset of consignments of low value has no origin, and carries no document: what is on goods of some origins is told.
    """
    country = measures_of(file, item).depends_on_country(group.measure)
    if group.measure.banned:
        if country is not None:
            return  # the country is asked for first
        yield _raised(BANNED_UNLESS, file, item, group) if group.types else _of_ban(BANNED, item, group)
        return
    found = [compared(file, item, group, limit) for limit in group.limits]
    if any(one.kept for one in found):
        return
    judged = file.tables.by_goods.judged_by_officer(item.additional_procedures)
    # Where the country is missing on which a measure depends, no officer can judge before it is declared.
    asks_country = country is not None and not found and not _is_simplified(file)
    if judged is not None and group.types and not asks_country:
        yield _for_officer(file, item, group, *judged)
    elif not found and _is_simplified(file):
        yield _raised(NOT_IN_DATASET if country is None else TOLD, file, item, group)
    elif not found:
        if country is not None:
            yield _asked(file, item, group, country)
            return
        figure = file.tables.figures.missing(group.types, {one.document.type for one in file.declared[item.number]})
        yield _raised(MISSING, file, item, group) if figure is None else figures.missing(*figure, item)
    elif any(one.kept is None for one in found):
        yield _with_limit(LIMIT_NOT_COMPARED, file, item, group, next(one for one in found if one.kept is None))
    else:
        yield _with_limit(LIMIT_EXCEEDED if group.types else ONLY_BELOW_LIMIT, file, item, group, found[0])


def _asking_once(asked: set[tuple[int | None, str, str | None]], found: Iterable[Raised]) -> Iterator[Raised]:
    """Leave out what asks for a country that was asked for already, for the same documents of the same goods item."""
    for raised in found:
        if raised.code == COUNTRY_MISSING:
            same = (raised.goods_item, raised.params["missing"], raised.params.get("alternatives"))
            if same in asked:
                continue
            asked.add(same)
        yield raised


def _asked(file: OpenedCase, item: GoodsItem, group: Group, country: str) -> Raised:
    """Return the finding that a country is not declared on which it depends whether goods come under a measure."""
    raised = _raised(COUNTRY_MISSING, file, item, group)
    more = {"missing": country, "consequence": "banned" if group.measure.banned else "documents"}
    return structs.replace(raised, params={**raised.params, **more})


def _is_simplified(file: OpenedCase) -> bool:
    dataset = file.declaration.dataset
    return dataset is not None and file.tables.dataset(dataset) is not None


def _of_ban(code: str, item: GoodsItem, group: Group) -> Raised:
    return Raised(
        code=code,
        goods_item=item.number,
        params={"measure": group.measure.measure, "commodity": item.commodity_code},
        legal_basis=group.measure.legal_basis,
    )


def _below_limit(file: OpenedCase, item: GoodsItem, group: Group) -> bool:
    return any(compared(file, item, group, limit).kept for limit in group.limits)


def _undeclared(file: OpenedCase, item: GoodsItem, group: Group) -> str:
    """Return the finding of what is not declared, so that a measure may or may not hold: an additional code, or digits."""
    if group.measure.at_entry and file.direction is Direction.TRANSIT:
        return DIGITS_IN_TRANSIT
    if _is_simplified(file):
        return TOLD
    return ADDITIONAL_CODE if item.commodity_code.startswith(group.measure.commodities) else CODE_TOO_SHORT


def _with_limit(code: str, file: OpenedCase, item: GoodsItem, group: Group, found: Compared) -> Raised:
    raised = _raised(code, file, item, group)
    params = {**raised.params, "limit": found.limit, "declared": found.declared}
    if code == LIMIT_NOT_COMPARED:
        compare = "declare" if found.missing else "officer"
        params |= {"missing": found.missing, "uncompared": found.uncompared, "compare": compare}
    return structs.replace(raised, params=params)


def _for_officer(file: OpenedCase, item: GoodsItem, group: Group, code: str, row: JudgedByOfficer) -> Raised:
    """Return the finding that nothing of a group is declared, under an additional procedure with which an officer judges that."""
    raised = _raised(BY_OFFICER, file, item, group)
    basis = "; ".join(dict.fromkeys((row.legal_basis, raised.legal_basis)))
    return structs.replace(raised, params={**raised.params, "additional": code}, legal_basis=basis)


def _raised(code: str, file: OpenedCase, item: GoodsItem, group: Group, dossier: Dossier | None = None) -> Raised:
    alternatives = _offered(file, item, group)
    if code == WAIVER_NOT_ALLOWED and dossier is not None:
        alternatives = tuple(kind for kind in alternatives if kind != dossier.document.type) or alternatives
    return Raised(
        code=code,
        goods_item=item.number,
        document=dossier.key if dossier is not None else None,
        params={
            "measure": group.measure.measure,
            "alternatives": listed(file.tables, file.direction, alternatives),
            "commodity": item.commodity_code,
        },
        legal_basis=group.measure.legal_basis,
    )


def _offered(file: OpenedCase, item: GoodsItem, group: Group) -> Codes:
    """Return what a group admits for a goods item: what its net mass exceeds meets nothing."""
    types = admitted(file.tables, measures_of(file, item).goods, group.types)
    mass = item.net_mass
    if mass is None or not group.measure.limits:
        return types
    limits = ((kind, group.measure.limit(kind)) for kind in types)
    return tuple(kind for kind, limit in limits if limit is None or mass <= limit) or types


def _needs_officer_to_see(dossier: Dossier) -> bool:
    return dossier.document.adapter is not None or dossier.verification is not None or dossier.needs_officer


def _seen_by_officer(file: OpenedCase, dossier: Dossier) -> bool:
    """Whether a statement is in force that an officer has to verify, or has verified: until then it holds by its class."""
    kind = dossier.document.type
    return (
        (dossier.needs_officer or dossier.status is not DocumentStatus.UNROUTED)
        and file.tables.states(kind)
        and file.tables.admits(kind, file.direction)
    )
