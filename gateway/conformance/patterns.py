"""The regular expressions in an adapter's code, and how long Python's `re` can be kept busy by each.

A pattern is tried with texts that are made of its own parts: what stands before a repetition, many times what is
repeated, and a sign that ends it. No process is needed for that: the texts are grown until one takes too long.
"""

import ast
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

parser: Any = getattr(re, "_parser")  # noqa: B009 - it has no public name since `sre_parse` has none

LONGEST = 1_000
"""Signs of the longest text that is tried: fields that the contract's readers read have half of that."""
TOO_LONG_S = 0.05
"""Seconds of the processor: what is in proportion to such a text takes some microseconds, its square some milliseconds."""
_SAMPLES = 4
"""Texts that a part of a pattern is tried with."""
_PREFERRED = "a0 -_.,A/:"
"""Signs of which the first is taken that a class has, so that two classes that overlap meet in it."""
_SEARCHING = frozenset({"search", "findall", "finditer", "sub", "subn", "split"})
_FUNCTIONS = frozenset({"compile", "match", "fullmatch", *_SEARCHING})
_READERS = frozenset({"text", "texts"})
"""Methods of the contract's readers that take a pattern behind the key, and match it as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternInCode:
    """A pattern that the code contains as a text."""

    text: str
    line: int
    searches: bool
    """Whether it is looked for anywhere in a text."""


def patterns_in(tree: ast.Module) -> Iterator[PatternInCode]:
    """Yield every pattern that a module hands to `re`, or to a reader of the contract."""
    texts, modules = _named_texts(tree), set()
    functions: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                modules |= {one.asname or one.name for one in node.names if one.name == "re"}
            case ast.ImportFrom(module="re"):
                functions |= {one.asname or one.name: one.name for one in node.names if one.name in _FUNCTIONS}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (found := _pattern(node, modules, functions)) is not None:
            argument, function = found
            text = _text(argument, texts)
            if text is not None:
                yield PatternInCode(text=text, line=argument.lineno, searches=function in _SEARCHING)


def _pattern(call: ast.Call, modules: set[str], functions: Mapping[str, str]) -> tuple[ast.expr, str] | None:
    """Return the pattern that a call is given, and the function that it is given to."""
    named = next((one.value for one in call.keywords if one.arg == "pattern"), None)
    match call.func:
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in modules and name in _FUNCTIONS:
            first = call.args[0] if call.args else named
            return None if first is None else (first, name)
        case ast.Name(id=name) if name in functions:
            first = call.args[0] if call.args else named
            return None if first is None else (first, functions[name])
        case ast.Attribute(attr=name) if name in _READERS:
            second = call.args[1] if len(call.args) > 1 else named
            return None if second is None else (second, "fullmatch")
    return None


def _named_texts(tree: ast.Module) -> Mapping[str, str]:
    """Return the texts that have a name in a module."""
    texts: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                if (text := _text(value, texts)) is not None:
                    texts[name] = text
    return texts


def _text(node: ast.expr, texts: Mapping[str, str]) -> str | None:
    """Return the text that an expression is; None: it is reckoned when the code runs."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(text)):
            return text.decode("latin-1")
        case ast.Name(id=name):
            return texts.get(name)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [_text(left, texts), _text(right, texts)]
        case ast.JoinedStr(values=values):
            parts = [_text(one.value if isinstance(one, ast.FormattedValue) else one, texts) for one in values]
        case _:
            return None
    return None if None in parts else "".join(one for one in parts if one is not None)


def explosion_in(text: str, *, searches: bool) -> str | None:
    """Return what a pattern takes too long for, in words; None: it takes too long for nothing that is tried, or is no pattern."""
    try:
        compiled, tree = re.compile(text), parser.parse(text)
    except (re.error, RecursionError, OverflowError):
        return None
    run = compiled.search if searches else compiled.fullmatch
    for before, repeated in _repetitions(tree, ""):
        for after in ("\x00", "!", ""):
            if (found := _grown(run, before, repeated, after)) is not None:
                return found
    return None


def _grown(run: Any, before: str, repeated: str, after: str) -> str | None:
    times = 4
    while len(before) + times * len(repeated) <= LONGEST:
        text = f"{before}{repeated * times}{after}"
        began = time.thread_time()
        run(text)
        took = time.thread_time() - began
        if took > TOO_LONG_S:
            return f"it takes {took * 1000:.0f} ms for {len(text)} signs, {text[:24]!r}..."
        # A little at first: what doubles with every sign is to be stopped in time.
        times = times + 2 if times < 40 else times * 5 // 4
    return None


def _repetitions(tree: Any, before: str) -> Iterator[tuple[str, str]]:
    """Yield for each repetition in a pattern a text that leads to it, and texts that it repeats."""
    for operation, argument in tree:
        name = str(operation)
        if "REPEAT" in name:
            _, most, inner = argument
            if most > 8:
                yield from ((before, one) for one in islice(_samples(inner), _SAMPLES) if one)
            yield from _repetitions(inner, before)
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from _repetitions(branch, before)
        elif name in {"SUBPATTERN", "ATOMIC_GROUP"}:
            yield from _repetitions(argument[-1] if name == "SUBPATTERN" else argument, before)
        before += next(_samples([(operation, argument)]), "")


def _samples(tree: Any) -> Iterator[str]:
    """Yield texts that a part of a pattern matches, the shortest first."""
    texts = [""]
    for operation, argument in tree:
        ways = list(dict.fromkeys(islice(_ways(str(operation), argument), _SAMPLES)))
        texts = list(islice((f"{text}{way}" for way in ways for text in texts), _SAMPLES * 2))
    yield from texts


def _ways(name: str, argument: Any) -> Iterator[str]:
    match name:
        case "LITERAL":
            yield chr(argument)
        case "NOT_LITERAL":
            yield next(one for one in _PREFERRED if ord(one) != argument)
        case "ANY":
            yield _PREFERRED[0]
        case "IN":
            yield _member(argument)
        case "BRANCH":
            yield from chain.from_iterable(_samples(one) for one in argument[1])
        case "SUBPATTERN":
            yield from _samples(argument[-1])
        case "ATOMIC_GROUP":
            yield from _samples(argument)
        case _ if "REPEAT" in name:
            least, _, inner = argument
            samples = list(islice(_samples(inner), _SAMPLES))
            # Once where it may be left out: what is nothing repeats nothing.
            yield from (one * max(least, 1) for one in samples)
            yield from (one * least for one in samples[:1] if least == 0)
        case _:
            # Places, look-arounds and references match no sign of their own.
            yield ""


def _member(members: Any) -> str:
    """Return a sign of a class."""
    negated = str(members[0][0]) == "NEGATE"
    inside = [one for one in members if str(one[0]) != "NEGATE"]
    candidates = chain(
        _PREFERRED,
        (
            chr(one[1] if str(one[0]) == "LITERAL" else one[1][0])
            for one in inside
            if str(one[0]) in {"LITERAL", "RANGE"}
        ),
        map(chr, range(33, 127)),
    )
    return next((one for one in candidates if _is_member(inside, one) is not negated), "a")


def _is_member(members: Any, sign: str) -> bool:
    return any(_fits(str(kind), argument, sign) for kind, argument in members)


def _fits(kind: str, argument: Any, sign: str) -> bool:
    match kind:
        case "LITERAL":
            return ord(sign) == int(argument)
        case "RANGE":
            return bool(argument[0] <= ord(sign) <= argument[1])
    categories = {"DIGIT": sign.isdigit(), "SPACE": sign.isspace(), "WORD": sign.isalnum() or sign == "_"}
    *_, way = str(argument).removeprefix("CATEGORY_").split("_")
    return categories.get(way, False) is not ("NOT" in str(argument))
