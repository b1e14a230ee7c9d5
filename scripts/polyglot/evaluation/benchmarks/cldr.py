"""Four-choice questions about countries, from CLDR as packaged in Babel, asked and answered in the language itself.

Six kinds of question, one category each: the currency of a country and a country of a currency, the official language
of a country and a country of a language, the country of a city (a country's only time zone), the country of a code.
Questions and distractors are the same facts in every language, except those with a missing name or a name that gives
the answer away ("Japanese", "Japan"). A country with two currencies or several official languages is not asked about,
and no distractor is right in any sense: a wrong currency was never used in the country, a wrong language is not spoken
there according to CLDR.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from babel import Locale
from babel.core import get_global
from babel.languages import get_official_languages, get_territory_language_info

from polyglot.core.adapter import Adapter, Packaged
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import digest, normalise, shuffled
from polyglot.core.ordering import in_turn
from polyglot.core.sentences import read_sentences
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted, place_options

CLDR = Packaged("Unicode CLDR by Babel", "https://pypi.org/project/babel/", "Unicode-3.0")
ADAPTER = Adapter("countries of CLDR", folders=("culture",), packaged=CLDR, chance=0.25, formulation="letters")

DISTRACTORS = 3
LATIN = {"cs", "de", "en", "es", "id"}  # languages that write an untranslated city name as in English


@dataclass(frozen=True)
class Fact:
    """A question without words. `wrong` are all false options, the best distractors first."""

    kind: str
    asked: str
    right: str
    wrong: tuple[str, ...]
    types: tuple[str, str]  # of `asked` and of the options: currency, territory, language, city or code

    @property
    def item_id(self) -> str:
        return f"{self.kind}-{self.asked}".replace("/", "-")


class World:
    """The countries of a list, with CLDR's facts about each."""

    def __init__(self, countries: list[str], excluded_cities: list[str]) -> None:
        self.countries = sorted(countries)
        history = get_global("territory_currencies")
        self.ever = {country: {entry[0] for entry in history[country]} for country in self.countries}
        self.now = {
            country: sorted({entry[0] for entry in history[country] if entry[2] is None and entry[3]})
            for country in self.countries
        }
        self.official = {
            country: sorted(
                {
                    _base(code)
                    for code in get_official_languages(country) or get_official_languages(country, de_facto=True)
                }
            )
            for country in self.countries
        }
        self.spoken = {
            country: {_base(code) for code in get_territory_language_info(country)} for country in self.countries
        }
        zones: dict[str, list[str]] = {}
        for zone, territory in get_global("zone_territories").items():
            zones.setdefault(territory, []).append(zone)
        english = Locale("en").territories
        self.city = {
            country: zones[country][0]
            for country in self.countries
            if len(zones.get(country, [])) == 1
            and zones[country][0] not in excluded_cities
            and not _same_name(english[country], _last_part(zones[country][0]))  # America/Jamaica is not a city
        }


def prepare(wanted: Wanted) -> Prepared:
    """Up to `wanted.items` items, the kinds in turn."""
    folder = wanted.resources / "culture"
    sentences = read_sentences(folder / f"{wanted.language}.yaml", ["instruction", "questions"])
    chosen = read_sentences(folder / "countries.yaml", ["countries", "excluded_cities"])
    world = World(chosen["countries"].split(), chosen["excluded_cities"])
    reasons: list[str] = []
    groups = []
    for kind, facts in facts_by_kind(world, wanted.seed).items():
        if kind not in sentences["questions"]:
            raise InputError(
                f"{folder / wanted.language}.yaml: questions lacks {kind!r}; add it, en.yaml has all of them"
            )
        ordered = {fact.item_id: fact for fact in facts}
        items = []
        for item_id in shuffled(ordered, wanted.seed, "culture"):
            item = make_item(ordered[item_id], sentences, wanted)
            if item is None:
                reasons.append("unusable_names")
            else:
                items.append(item)
        groups.append(items)
    items = list(in_turn(groups))
    reasons += ["not_needed"] * max(0, len(items) - wanted.items)
    return Prepared(items[: wanted.items], reasons=reasons)


def make_item(fact: Fact, sentences: Json, wanted: Wanted) -> Json | None:
    """The fact in words; None if the language lacks a name in it, or a name gives the answer away."""
    locale = Locale(wanted.language)
    asked = name_of(fact.types[0], fact.asked, locale)
    right = name_of(fact.types[1], fact.right, locale)
    if not asked or not right or _same_name(asked, right):
        return None
    names = (name_of(fact.types[1], code, locale) for code in fact.wrong)
    wrong = list(islice((name for name in dict.fromkeys(names) if name and name != right), DISTRACTORS))
    if len(wrong) < DISTRACTORS:
        return None
    question = sentences["questions"][fact.kind].replace("{x}", asked)
    return {
        "item_id": fact.item_id,
        "category": fact.kind,
        "subset": fact.kind,
        "question": f"{sentences['instruction']}\n\n{question}",
        "content": [question],
        **place_options(right, wrong, wanted.seed, fact.item_id),
    }


def name_of(kind: str, code: str, locale: Locale) -> str | None:
    """The name of a currency, territory, language or city (its time zone) in a language; None if it has no name."""
    if kind == "code":
        return code
    if kind == "city":
        city = locale.time_zones.get(code, {}).get("city")
        if city is None and locale.language in LATIN:
            city = _last_part(code)
        return normalise(city) if city else None
    names = {"currency": locale.currencies, "territory": locale.territories, "language": locale.languages}[kind]
    return normalise(names[code]) if code in names else None


def facts_by_kind(world: World, seed: int) -> dict[str, list[Fact]]:
    """All facts of each kind."""
    return {
        "currency": list(_currencies(world, seed)),
        "currency_country": list(_currency_countries(world, seed)),
        "language": list(_languages(world, seed)),
        "language_country": list(_language_countries(world, seed)),
        "city": list(_cities(world, seed)),
        "code": list(_codes(world, seed)),
    }


def _currencies(world: World, seed: int) -> Iterator[Fact]:
    known = {codes[0] for codes in world.now.values() if len(codes) == 1}
    for country, codes in world.now.items():
        if len(codes) == 1:
            wrong = shuffled(known - world.ever[country], seed, "currency", country)
            yield Fact("currency", country, codes[0], tuple(wrong), ("territory", "currency"))


def _currency_countries(world: World, seed: int) -> Iterator[Fact]:
    for currency in sorted({codes[0] for codes in world.now.values() if len(codes) == 1}):
        users = [country for country, codes in world.now.items() if codes == [currency]]
        right = shuffled(users, seed, "currency_country", currency)[0]
        never = [country for country in world.countries if currency not in world.ever[country]]
        wrong = shuffled(never, seed, "currency_country", currency)
        yield Fact("currency_country", currency, right, tuple(wrong), ("currency", "territory"))


def _languages(world: World, seed: int) -> Iterator[Fact]:
    known = {codes[0] for codes in world.official.values() if len(codes) == 1}
    for country, codes in world.official.items():
        if len(codes) == 1:
            wrong = shuffled(known - world.spoken[country] - set(codes), seed, "language", country)
            yield Fact("language", country, codes[0], tuple(wrong), ("territory", "language"))


def _language_countries(world: World, seed: int) -> Iterator[Fact]:
    for language in sorted({codes[0] for codes in world.official.values() if len(codes) == 1}):
        users = [country for country, codes in world.official.items() if language in codes]
        right = shuffled(users, seed, "language_country", language)[0]
        silent = [country for country in world.countries if language not in world.spoken[country]]
        wrong = shuffled(set(silent) - set(users), seed, "language_country", language)
        yield Fact("language_country", language, right, tuple(wrong), ("language", "territory"))


def _cities(world: World, seed: int) -> Iterator[Fact]:
    for country, zone in world.city.items():
        region = zone.partition("/")[0]
        others = shuffled(set(world.city) - {country}, seed, "city", country)
        # a stable sort: countries of the same region first
        near = sorted(others, key=lambda other: world.city[other].partition("/")[0] != region)
        yield Fact("city", zone, country, tuple(near), ("city", "territory"))


def _codes(world: World, seed: int) -> Iterator[Fact]:
    for country in world.countries:
        others = sorted(
            set(world.countries) - {country},
            key=lambda other: (other[0] != country[0], digest(seed, "code", country, other)),
        )
        yield Fact("code", country, country, tuple(others), ("code", "territory"))


def _last_part(zone: str) -> str:
    """The English name of a time zone's city: Addis Ababa of Africa/Addis_Ababa."""
    return zone.rpartition("/")[2].replace("_", " ")


def _base(code: str) -> str:
    """A language code without its script: zh of zh_Hant."""
    return code.partition("_")[0]


def _same_name(first: str, second: str) -> bool:
    """Whether either name contains the other, as Kuwait City contains Kuwait."""
    first, second = first.casefold(), second.casefold()
    return first in second or second in first
