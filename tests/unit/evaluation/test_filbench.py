"""FilBench's tasks on rows in the published form: items, weights, the score, unreadable files."""

import collections
import json

import pandas as pd
import pytest

from polyglot.core.adapter import load
from polyglot.core.errors import InputError
from polyglot.core.files import write_jsonl
from polyglot.evaluation.asking import evaluate
from polyglot.evaluation.benchmark_adapter import BENCHMARKS, Wanted
from polyglot.evaluation.item_scores import summarise
from polyglot.evaluation.items import Benchmark, check_item, read_items
from tests.conftest import ROOT
from tests.unit.evaluation.test_fetched_benchmarks import planted_model

ROOT = ROOT
MIXED = Benchmark("filbench", "mixed", "weighted_accuracy")


def choices(number, answer, **more):
    options = {f"option_{letter}": f"sagot {number}{letter}" for letter in "abcd"}
    return {"question": f"Ano ang kabisera ng lalawigan {number}?", **options, "answer": answer, **more}


def entity(number, answer):
    return {"entity": "Jose Rizal", "text": f"Isinulat ni Jose Rizal ang liham {number}.", "answer": answer}


def passage(number, answer):
    return {
        "link": "https://en.wikinews.org/wiki/x",
        "question_number": number,
        "flores_passage": f"Dumating ang bagyo sa Luzon noong {number}.",
        "question": "Saan dumating ang bagyo?",
        **{f"mc_answer{place}": f"Sa pook {place}" for place in range(1, 5)},
        "correct_answer_num": answer,
        "dialect": "tgl_Latn",
        "ds": "2023-05-03",
    }


def tables(folder, name, rows):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_parquet(path, index=False)


def lines(folder, name, *rows):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


@pytest.fixture
def fetched(tmp_path):
    names = ["global-mmlu", "include", "firecs", "sib200", "tlunified-ner", "universal-ner", "belebele", "tatoeba"]
    folders = {name: tmp_path / name for name in [*names, "tico19"]}
    mmlu = [choices(n, "ABCD"[n % 4], sample_id=f"anatomy/test/{n}", subject="anatomy") for n in range(8)]
    tables(folders["global-mmlu"], "fil/test-00000-of-00001.parquet", mmlu)
    include = [choices(n, n % 4, language="Tagalog", subject="History") for n in range(4)]
    tables(folders["include"], "Tagalog/test-00000-of-00001.parquet", include)
    reviews = ['"Maganda, sulit, at mabilis ""talaga""!",2', "Okay lang naman.,1", "Sira nang dumating.,0"]
    lines(folders["firecs"], "FiReCS_train_set.csv", "review,label", *reviews)
    topics = ["1\tsports\tNanalo ang koponan.", '2\tscience/technology\tNatuklasan ang "bagong" bituin.']
    lines(folders["sib200"], "data/tgl_Latn/dev.tsv", "index_id\tcategory\ttext", *topics)
    tables(folders["tlunified-ner"], "instruction/test-0.parquet", [entity(n, "ABC"[n % 3]) for n in range(3)])
    tables(folders["universal-ner"], "tgl/test-0.parquet", [entity(9, "C")])
    questions = [json.dumps(passage(n, str(n % 4 + 1)), ensure_ascii=False) for n in range(4)]
    lines(folders["belebele"], "data/tgl_Latn.jsonl", *questions)
    pairs = ['eng\ttgl\tHe said "go".\tSinabi niyang "umalis ka".', "eng\ttgl\tGood morning.\tMagandang umaga."]
    lines(folders["tatoeba"], "test/tatoeba-test-v2021-08-07.eng-tgl.tsv", *pairs)
    header = "sourceLang\ttargetLang\tsourceString\ttargetString\tstringID\turl\tlicense\ttranslatorId"
    lines(
        folders["tico19"], "dev/dev.en-tl.tsv", header, "en\ttl\tWash your hands.\tHugasan ang mga kamay.\t1\tu\tl\tt"
    )
    return folders


def prepared(folders, items=0, language="tl"):
    return load(BENCHMARKS, "filbench").prepare(Wanted(language, items, 0, 7, ROOT / "resources", datasets=folders))


def test_every_task_gives_items_with_its_category_and_weight(fetched):
    result = prepared(fetched)
    assert result.reasons == []
    for item in result.items:
        check_item("item", item, MIXED, shot=False)
        assert "{" not in item["question"]
        assert item["content"]
    counts = collections.Counter((item["category"], item["subset"], item["subset_weight"]) for item in result.items)
    assert counts == {
        ("cultural-knowledge", "global-mmlu", 14042): 8,
        ("cultural-knowledge", "include", 500): 4,
        ("classical-nlp", "firecs", 7340): 3,
        ("classical-nlp", "sib200", 99): 2,
        ("classical-nlp", "tlunified-ner", 1579): 3,
        ("classical-nlp", "universal-ner", 56): 1,
        ("reading-comprehension", "belebele", 900): 4,
        ("generation", "tatoeba", 2499): 2,
        ("generation", "tico19", 971): 1,
    }


def test_answers_and_texts_are_the_data_sets(fetched):
    items = {item["item_id"]: item for item in prepared(fetched).items}
    right = {name: item["options"][item["answer"]] for name, item in items.items() if "options" in item}
    assert right["global-mmlu/6"] == "sagot 6c"
    assert right["include/3"] == "sagot 3d"
    assert [right[f"firecs/{n}"] for n in range(3)] == ["Positibo", "Walang kinikilingan", "Negatibo"]
    assert [right["sib200/0"], right["sib200/1"]] == ["palakasan", "agham at teknolohiya"]
    assert (right["tlunified-ner/1"], right["universal-ner/0"]) == ("organisasyon", "lugar")
    assert right["belebele/2"] == "Sa pook 3"
    assert 'sulit, at mabilis "talaga"!' in items["firecs/0"]["question"]
    assert items["tatoeba/0"]["answer"] == 'Sinabi niyang "umalis ka".'
    assert items["tatoeba/0"]["question"].endswith('\n\nHe said "go".')
    assert items["belebele/2"]["question"].endswith("noong 2.\n\nTanong: Saan dumating ang bagyo?")


def test_fewer_items_take_the_tasks_in_turn(fetched):
    some = prepared(fetched, items=9).items
    assert {item["subset"] for item in some} == {item["subset"] for item in prepared(fetched).items}
    assert some == prepared(fetched).items[:9]


def test_the_score_is_the_mean_of_categories_whose_tasks_weigh_by_their_examples():
    def content(category, subset, weight, *corrects):
        place = {"category": category, "subset": subset, "subset_weight": weight}
        return [{**place, "correct": correct} for correct in corrects]

    records = [
        *content("cultural-knowledge", "global-mmlu", 14042, 1, 0),
        *content("cultural-knowledge", "include", 500, 1, 1, 1),
        *content("classical-nlp", "firecs", 7340, 1),
        *content("reading-comprehension", "belebele", 900, 0, 0, 0, 1),
        *content("generation", "tatoeba", 2499, 0.4, 0.6),
        *content("generation", "tico19", 971, 0.1),
    ]
    culture = (14042 * 0.5 + 500) / 14542
    generation = (2499 * 0.5 + 971 * 0.1) / 3470
    summary = summarise(records, "weighted_accuracy")
    assert summary["categories"] == {
        "classical-nlp": 1.0,
        "cultural-knowledge": pytest.approx(culture),
        "generation": pytest.approx(generation),
        "reading-comprehension": 0.25,
    }
    assert summary["score"] == pytest.approx((culture + 1 + 0.25 + generation) / 4)


def test_perfect_model_scores_1_and_a_silent_model_0_in_generation(fetched, tmp_path):
    path = tmp_path / "tl.jsonl"
    write_jsonl(path, prepared(fetched).items)
    benchmark = Benchmark("filbench", "mixed", "weighted_accuracy", items=str(path))
    assert len(read_items(str(path), benchmark)) == 28

    def ask(letter, text):
        lm = planted_model(letter, text)
        (result,) = evaluate(lm, [benchmark], language="tl", tasks=ROOT / "resources/tasks")
        return result

    best, records = ask(lambda doc: "ABCDEFG"[doc["answer"]], lambda doc: f" {doc['answer']}\n")
    assert (best["score"], best["n"]) == (1.0, 28)
    assert {record["item_id"] for record in records} == {item["item_id"] for item in read_items(str(path), benchmark)}
    again = summarise(records, "weighted_accuracy")
    assert {key: best[key] for key in again} == again
    constant, _ = ask(lambda doc: "A", lambda doc: "")
    assert constant["categories"]["generation"] == 0.0
    assert constant["categories"]["reading-comprehension"] == 0.25  # chance: each letter is right in one of four
    half, _ = ask(lambda doc: "A", lambda doc: doc["answer"].split()[0])
    assert 0.0 < half["categories"]["generation"] < 1.0


def test_rows_that_cannot_be_asked_are_counted_by_reason(fetched):
    bad = [choices(1, "E"), choices(2, None), choices(3, "A", option_b=" "), choices(4, "A")]
    tables(fetched["global-mmlu"], "fil/test-00000-of-00001.parquet", bad)
    lines(fetched["firecs"], "FiReCS_train_set.csv", "review,label", "Sige.,3", ",1", "Ayos.,dalawa", "Ayos.,2")
    lines(fetched["sib200"], "data/tgl_Latn/dev.tsv", "index_id\tcategory\ttext", "1\tweather\tUmuulan.")
    lines(fetched["tatoeba"], "test/tatoeba-test-v2021-08-07.eng-tgl.tsv", "eng\ttgl\tHello.\t", "eng\ttgl\tGo")
    result = prepared(fetched)
    assert collections.Counter(result.reasons) == {"no_such_answer": 5, "empty_text": 4}
    counts = collections.Counter(item["subset"] for item in result.items)
    assert (counts["global-mmlu"], counts["firecs"], counts["sib200"], counts["tatoeba"]) == (1, 1, 0, 0)


def test_missing_data_and_data_of_another_form_are_named(fetched, tmp_path):
    with pytest.raises(InputError, match=r"--dataset: include is missing .*name it in the benchmark's dataset"):
        prepared({name: folder for name, folder in fetched.items() if name != "include"})
    with pytest.raises(InputError, match=r"filbench/de\.yaml: not found"):
        prepared(fetched, language="de")
    lines(fetched["sib200"], "data/tgl_Latn/dev.tsv", "index\tlabel\ttext", "1\tsports\tx")
    with pytest.raises(
        InputError, match=r"dev\.tsv: column 'category' is missing; it has \['index', 'label', 'text'\]"
    ):
        prepared(fetched)
    with pytest.raises(InputError, match=r"empty: no file matches data/tgl_Latn/dev\.tsv; fetch the data set again"):
        prepared(fetched | {"sib200": tmp_path / "empty"})
    (fetched["sib200"] / "data/tgl_Latn/dev.tsv").write_bytes(b"index_id\tcategory\ttext\n1\tsports\t\xff\xfe\n")
    with pytest.raises(InputError, match=r"dev\.tsv: not readable"):
        prepared(fetched)
