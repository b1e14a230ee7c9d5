"""Contamination: what is planted is found, whole or in part, in every script; what only looks alike is not."""

import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, write_json, write_jsonl
from polyglot.metrics import contamination, contamination_table
from polyglot.metrics.overlap import Index, Unit, grams, numbers, overlap, tokens

WORDS = Unit(4)
ALPHABET = ["alef", "bet", "gimel", "dalet", "he", "vav", "zayin", "het", "tet", "yod", "kaf", "lamed", "mem"]


def item(item_id, *content):
    return {"item_id": item_id, "content": list(content)}


def row(row_id, prompt, response=""):
    return {"row_id": row_id, "prompt": prompt, "response": response}


def searched(items, rows, unit=WORDS, item_share=0.5, limit=0.0):
    return overlap("b", items, rows, unit, item_share=item_share, limit=limit)


def test_tokens_are_compared_without_case_marks_and_forms():
    assert tokens("Straße, „Über“ 12!", False) == ["strasse", "über", "12"]
    assert tokens("U\u0308ber", False) == ["über"]
    assert tokens("東京、大阪 Ab 3。", True) == list("東京大阪ab3")
    assert tokens("كَتَبَ الدَّرسَ؟", False) == ["كتب", "الدرس"]
    assert tokens("أُستـــاذٌ إلى آخِر", False) == ["استاذ", "الي", "اخر"]
    assert tokens("Donau\u00addampf\u200bschiff", False) == ["donaudampfschiff"]
    assert tokens("ｶﾞｷﾞ ガギ がぎ", False) == ["がぎ"] * 3
    assert tokens("٣٤ ３４ ३४ 34", False) == ["34"] * 4
    assert tokens("हिन्दी", False) == ["हिन्दी"]  # vowel signs are letters of a word
    assert tokens("Kde je Říp?", False) == ["kde", "je", "říp"]
    assert tokens("…!?", False) == []


def test_grams_are_one_number_for_each_window():
    text = numbers("a b c a b c", WORDS)
    pairs = grams(text, 2)
    assert len(pairs) == 5
    assert pairs[0] == pairs[3] and pairs[1] == pairs[4]
    assert len(set(pairs.tolist())) == 3
    assert len(grams(text, 6)) == 1
    assert len(grams(text, 7)) == 0
    assert grams(numbers("a b", WORDS), 2)[0] != grams(numbers("b a", WORDS), 2)[0]


def test_shares_by_hand():
    # seven words make four 4-grams; the first row holds words 1 to 5, that is two of them, the second words 3 to 6
    items = [item("i", "one two three four five six seven"), item("far", "eight nine ten eleven twelve")]
    rows = [
        row("r1", "He said: One two THREE, four five."),
        row("r2", "x", "three four five six!"),
        row("r3", "seven six five four", "one two three"),
    ]
    content = searched(items, rows)
    assert [(entry["row_id"], entry["share"], entry["item_ids"]) for entry in content.rows] == [
        ("r1", 0.5, ["i"]),
        ("r2", 0.25, ["i"]),
        ("r3", 0.0, []),
    ]
    assert content.total == {
        "items": 2,
        "checked": 2,
        "too_short": 0,
        "rows": 3,
        "rows_matched": 2,
        "items_matched": 1,
        "contaminated": ["i"],  # three of four in all rows together
        "contaminated_share": 0.5,
        "mean_share": 0.375,
        "largest_share": 0.75,
        "above_limit": True,
    }
    assert searched(items, rows, item_share=0.75).total["contaminated"] == ["i"]
    assert searched(items, rows, item_share=0.76).total["contaminated"] == []
    assert searched(items, rows, limit=0.5).total["above_limit"] is False


def test_a_prompt_and_its_response_are_two_texts():
    assert searched([item("i", "one two three four")], [row("r", "one two", "three four")]).rows[0]["share"] == 0


def test_an_item_is_as_covered_as_its_best_passage():
    items = [item("i", "one two three four", "five six seven eight nine ten eleven")]
    content = searched(items, [row("r", "one two three four five six seven eight")])
    assert (content.rows[0]["share"], content.total["largest_share"]) == (1.0, 1.0)


def test_n_grams_that_two_items_share_count_for_both():
    items = [item("i", "one two three four five"), item("j", "one two three four six")]
    content = searched(items, [row("r", "one two three four five")]).rows[0]
    assert (content["item_ids"], content["item_shares"]) == (["i", "j"], [1.0, 0.5])


def test_short_passages_are_looked_for_whole_and_shorter_ones_not_at_all():
    items = [item("three", "One two three."), item("two", "four five"), item("one", "six"), item("mark", "?!")]
    content = searched(
        items, [row("r1", "zero one two three"), row("r2", "four FIVE six"), row("r3", "one two, threes")]
    )
    assert [entry["item_ids"] for entry in content.rows] == [["three"], ["two"], []]
    assert (content.total["checked"], content.total["too_short"]) == (2, 2)
    assert content.total["contaminated"] == ["three", "two"]


def test_nothing_that_could_be_looked_for_is_said_and_above_no_limit():
    content = searched([item("one", "six")], [row("r", "six")]).total
    assert (content["checked"], content["contaminated_share"], content["mean_share"], content["largest_share"]) == (
        0,
        None,
        None,
        None,
    )
    assert content["above_limit"] is False


def test_empty_rows_and_rows_shorter_than_n():
    content = searched([item("i", "one two three four")], [row("r1", "", ""), row("r2", "one", "?!")])
    assert [entry["share"] for entry in content.rows] == [0.0, 0.0]


def test_items_without_content_are_named():
    with pytest.raises(InputError, match=r"mgsm: item x has no content; prepare the benchmark again"):
        Index([{"item_id": "x", "question": "q"}], WORDS, "mgsm")


PLANTED = {
    "ar": ("ما هي عاصمة جمهورية مصر العربية وكم يبلغ عدد سكانها اليوم تقريبا بالملايين؟", False),
    "cs": ("Které město je hlavním městem České republiky a kolik má dnes přibližně milionů obyvatel?", False),
    "de": ("Welche Stadt ist die Hauptstadt der Schweiz, und wie viele Menschen leben heute ungefähr dort?", False),
    "ja": ("日本の首都はどこですか。そして、その人口は現在およそ何百万人でしょうか。数字で答えてください。", True),
}
AROUND = {
    "ar": ("أريد أن أسألك سؤالا:", "شكرا جزيلا لك على المساعدة."),
    "cs": ("Mám na tebe otázku:", "Předem moc děkuji za pomoc!"),
    "de": ("Ich habe eine Frage:", "Vielen Dank für die Hilfe!"),
    "ja": ("質問があります。", "よろしくお願いします。"),
}


@pytest.mark.parametrize("language", sorted(PLANTED))
def test_a_planted_question_is_found_and_nothing_else_is(language):
    question, characters = PLANTED[language]
    unit = Unit(30 if characters else 13, characters)
    before, after = AROUND[language]
    rows = [row("clean", before, after), row("copied", f"{before} {question.upper()} {after}", after)]
    content = searched([item("q", question), item("other", f"{before} {after} {before} {after}")], rows, unit)
    assert [entry["item_ids"] for entry in content.rows] == [[], ["q"]]
    assert content.rows[1]["share"] == 1.0
    assert content.total["contaminated"] == ["q"]
    # a third of the question is no 13 words, and 30 characters of another order are none of these
    part = question[: len(question) // 3]
    assert searched([item("q", question)], [row("r", part), row("s", question[::-1])], unit).total["items_matched"] == 0


texts = st.lists(st.sampled_from(ALPHABET), min_size=2, max_size=12).map(" ".join)


@settings(max_examples=60)
@given(planted=texts, before=texts, after=texts, others=st.lists(texts, max_size=4))
def test_a_planted_text_is_always_found_whole(planted, before, after, others):
    items = [item(f"o{number}", text) for number, text in enumerate(others)] + [item("planted", planted)]
    content = searched(items, [row("r", f"{before}, {planted.title()}. {after}")], Unit(5))
    shares = dict(zip(content.rows[0]["item_ids"], content.rows[0]["item_shares"], strict=True))
    assert shares["planted"] == 1.0
    assert "planted" in content.total["contaminated"]


@settings(max_examples=25)
@given(st.lists(texts, min_size=1, max_size=6), st.lists(texts, min_size=1, max_size=6), st.randoms())
def test_order_of_items_and_rows_does_not_matter(contents, prompts, chance):
    items = [item(f"i{number}", text) for number, text in enumerate(contents)]
    rows = [row(f"r{number}", text) for number, text in enumerate(prompts)]
    first = searched(items, rows)
    chance.shuffle(items)
    chance.shuffle(rows)
    second = searched(items, rows)
    assert first.total == second.total
    assert sorted(map(str, first.rows)) == sorted(map(str, second.rows))


@settings(max_examples=25)
@given(st.lists(texts, min_size=1, max_size=5), st.lists(texts, min_size=1, max_size=5))
def test_shares_are_those_of_sets_of_n_grams(contents, prompts):
    def windows(text, n):
        words = text.split()
        return {tuple(words[place : place + n]) for place in range(len(words) - n + 1)}

    content = searched(
        [item(f"i{number}", text) for number, text in enumerate(contents)],
        [row(str(k), p) for k, p in enumerate(prompts)],
    )
    for entry, prompt in zip(content.rows, prompts, strict=True):
        shares = dict(zip(entry["item_ids"], entry["item_shares"], strict=True))
        for number, text in enumerate(contents):
            mine = windows(text, 4) or {tuple(text.split())}
            hit = mine & (windows(prompt, 4) | {w for n in (2, 3) for w in windows(prompt, n)})
            assert shares.get(f"i{number}", 0.0) == pytest.approx(len(hit) / len(mine))


# programs ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def cell(tmp_path):
    question, _ = PLANTED["de"]
    rows = [row(f"r{number}", f"Frage {number}", "Antwort") for number in range(4)] + [row("r4", question, "Bern")]
    pd.DataFrame(rows).to_parquet(tmp_path / "rows.parquet")
    write_jsonl(tmp_path / "items.jsonl", [item("q", question), item("p", PLANTED["cs"][0])])
    return tmp_path


def run_contamination(monkeypatch, folder, out, *more):
    command = ["contamination", "--data", str(folder / "rows.parquet"), "--n", "13", "--item-share", "0.5"]
    command += ["--benchmarks", f'{{"sums": "{folder / "items.jsonl"}"}}', "--out", str(out), *more]
    monkeypatch.setattr(sys, "argv", command)
    contamination.main()


def test_the_program_writes_totals_and_rows_and_warns(monkeypatch, cell, capsys):
    out = cell / "a" / "de" / "mix-5" / "trial1.json"
    run_contamination(monkeypatch, cell, out, "--limit", "0.01")
    assert "rows.parquet holds 50.0% of the items of sums, more than 1.0%" in capsys.readouterr().err
    content = read_json(out)
    assert (content["unit"], content["n"], content["shortest"], content["rows"]) == ("words", 13, 6, 5)
    assert content["above_limit"] == ["sums"]
    assert content["benchmarks"]["sums"]["contaminated"] == ["q"]
    rows = pd.read_parquet(out.with_suffix(".parquet"))
    assert list(rows.columns) == ["row_id", "benchmark", "share", "item_ids", "item_shares"]
    assert rows.set_index("row_id")["share"].to_dict() == {"r0": 0, "r1": 0, "r2": 0, "r3": 0, "r4": 1.0}
    assert list(rows["item_ids"].iloc[4]) == ["q"]
    before = out.with_suffix(".parquet").read_bytes(), out.read_bytes()
    run_contamination(monkeypatch, cell, out, "--limit", "0.01")
    assert (out.with_suffix(".parquet").read_bytes(), out.read_bytes()) == before


def run_table(monkeypatch, folder, above):
    command = ["contamination_table", "--folder", str(folder), "--cells", '{"a/de/mix-5": [1, 2]}', "--above", above]
    monkeypatch.setattr(sys, "argv", [*command, "--out", str(folder / "contamination.csv")])
    contamination_table.main()


def test_the_table_marks_what_is_above_the_limit_or_ends_the_run(monkeypatch, cell, capsys):
    for trial, limit in ((1, "0.01"), (2, "0.5")):
        run_contamination(monkeypatch, cell, cell / "a" / "de" / "mix-5" / f"trial{trial}.json", "--limit", limit)
    capsys.readouterr()
    with pytest.raises(InputError, match=r"1 training sets hold more of a benchmark than the limit .*to mark"):
        run_table(monkeypatch, cell, "fail")
    assert "a/de/mix-5/trial1 holds 50.0% of sums" in capsys.readouterr().err
    assert not (cell / "contamination.csv").exists()
    run_table(monkeypatch, cell, "mark")
    table = pd.read_csv(cell / "contamination.csv")
    assert table[["teacher", "language", "recipe", "size", "trial", "benchmark"]].iloc[0].tolist() == [
        "a",
        "de",
        "mix",
        5,
        1,
        "sums",
    ]
    assert table["above_limit"].tolist() == [True, False]
    assert table["contaminated_share"].tolist() == [0.5, 0.5]
    page = (cell / "contamination.md").read_text(encoding="utf-8")
    assert "**1 of 2 comparisons are above 1.0%:**" in page
    assert "- a de mix-5 trial 1: sums, 1 of 2 items (50.0%)" in page


def test_a_clean_study_says_so_and_empty_shares_stay_empty(monkeypatch, cell):
    for trial in (1, 2):
        run_contamination(monkeypatch, cell, cell / "a" / "de" / "mix-5" / f"trial{trial}.json", "--limit", "0.5")
    content = read_json(cell / "a" / "de" / "mix-5" / "trial2.json")
    content["benchmarks"]["sums"] |= {"contaminated": [], "checked": 0, "contaminated_share": None, "mean_share": None}
    write_json(cell / "a" / "de" / "mix-5" / "trial2.json", content)
    run_table(monkeypatch, cell, "fail")
    assert "No training set holds more than 50.0% of the items" in (cell / "contamination.md").read_text(
        encoding="utf-8"
    )
    lines = (cell / "contamination.csv").read_text(encoding="utf-8").splitlines()
    assert lines[2].endswith("0,,,1.0,0.5,false")


def test_no_rows_at_all_are_an_error(monkeypatch, cell):
    pd.DataFrame([row("r", "a")]).iloc[:0].to_parquet(cell / "rows.parquet")
    with pytest.raises(InputError, match=r"rows\.parquet: holds no rows"):
        run_contamination(monkeypatch, cell, cell / "x.json", "--limit", "0.1")


COPIES = [
    ("كم عدد الكتب التي قرأها أحمد في المكتبة", "كَمْ عَدَدُ الكُتُــبِ الَّتِي قَرَأَهَا أَحْمَدُ فِي المَكْتَبَةِ؟", Unit(4)),
    ("ジムは月曜日にリンゴを12個買いました", "ｼﾞﾑは月曜日にﾘﾝｺﾞを１２個買いました。", Unit(8, characters=True)),
    ("वह ३४ किताबें और १२ कलम लाया", "वह 34 किताबें, और 12 कलम लाया", Unit(4)),
    (
        "Die Donaudampfschifffahrt hat vier alte Schiffe",
        "die Donau\u00addampf\u00adschiff\u00adfahrt hat vier alte Schiffe",
        Unit(4),
    ),
]


@pytest.mark.parametrize(("question", "copy", "unit"), COPIES)
def test_a_copy_in_another_spelling_is_a_copy(question, copy, unit):
    content = searched([item("i", question)], [row("r", "x", copy)], unit)
    assert content.rows[0]["share"] >= 0.9 and content.total["contaminated"] == ["i"]


def test_a_stock_phrase_makes_no_item_contaminated():
    short, long = "I am sorry, I cannot help", "I am sorry but I cannot help you with this request at all"
    for refusal in (short, long):
        items = [
            item(f"i{n}", " ".join(f"w{n}x{k}" for k in range(8)), f"answer {n} of no one", refusal) for n in range(9)
        ]
        content = searched(items, [row("r", "How do I pick a lock?", refusal)])
        assert content.total["contaminated"] == [] and content.total["items_matched"] == 0
        assert content.total["checked"] == 9
    # an answer that only this item has, of n units, is a passage like any other; a shorter one is not
    items = [item("long", "one two three four five", "six seven eight nine ten"), item("short", "a b c d e", "f g h")]
    assert searched(items, [row("r", "six seven eight nine ten", "f g h")]).total["contaminated"] == ["long"]
