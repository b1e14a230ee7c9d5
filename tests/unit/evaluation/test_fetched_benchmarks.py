"""Benchmarks of the hub, on rows in the published form: items, rejected rows, scores of planted models."""

import collections
import csv
import sys

import pandas as pd
import pytest

from polyglot.core.adapter import load
from polyglot.core.engine import prepare_environment
from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_jsonl, write_jsonl
from polyglot.evaluation import prepare_benchmark
from polyglot.evaluation.answers import rouge_l
from polyglot.evaluation.asking import evaluate
from polyglot.evaluation.benchmark_adapter import BENCHMARKS, Wanted
from polyglot.evaluation.benchmarks.mgsm import plain, strip_label
from polyglot.evaluation.item_scores import summarise
from polyglot.evaluation.items import Benchmark, check_item
from tests.conftest import ROOT

ROOT = ROOT
TASKS = ROOT / "resources/tasks"
MMLU = Benchmark("mmlu", "letters", "accuracy")
PAIRS = Benchmark("pairs", "preference", "weighted_accuracy")
SUMS = Benchmark("sums", "generate", "exact_match")


def wanted(folder, language, items=0, shots=0, seed=7):
    return Wanted(language, items, shots, seed, ROOT / "resources", datasets={folder.name: folder})


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_parquet(path, index=False)


def planted_model(letter, text):
    """A model of lm-eval that finds `letter(doc)` likeliest and writes `text(doc)`."""
    prepare_environment()
    from lm_eval.api.model import LM

    class Planted(LM):
        def loglikelihood(self, requests, disable_tqdm=False):
            return [(-0.5 if request.args[1] == f" {letter(request.doc)}" else -2.0, True) for request in requests]

        def generate_until(self, requests, disable_tqdm=False):
            return [text(request.doc) for request in requests]

        def loglikelihood_rolling(self, requests, disable_tqdm=False):
            raise AssertionError("no task here asks for the likelihood of a whole text")

    return Planted()


def planted(letter, text, benchmarks):
    """The results of a planted model, by benchmark."""
    lm = planted_model(letter, text)
    return {content["benchmark"]: content for content, _ in evaluate(lm, benchmarks, language="de", tasks=TASKS)}


def right(doc):
    return "ABCD"[doc["answer"]]


# Global-MMLU-Lite ----------------------------------------------------------------------------------------------------

QUESTIONS = {
    "ar": ("ما هي أكبر صحراء حارة في العالم؟", ["الصحراء الكبرى", "غوبي", "كالاهاري", "أتاكاما"]),
    "de": ("Welches Organ pumpt das Blut durch den Körper?", ["Das Herz", "Die Leber", "Die Lunge", "A und B"]),
    "es": ("¿En qué año empezó la Revolución francesa?", ["1789", "1815", "1848", "1914"]),
    "id": ("Apa ibu kota provinsi Jawa Barat?", ["Bandung", "Semarang", "Surabaya", "Serang"]),
    "ja": ("日本で一番高い山はどれですか。", ["富士山", "北岳", "奥穂高岳", "間ノ岳"]),
}


def mmlu_row(language, number, **changes):
    question, options = QUESTIONS[language]
    return {
        "sample_id": f"high_school_geography/test/{number}",
        "subject": "high_school_geography",
        "subject_category": ["STEM", "Humanities"][number % 2],
        "question": f"{question} ({number})",
        **{f"option_{letter}": option for letter, option in zip("abcd", options, strict=True)},
        "answer": "ABCD"[number % 4],
        "required_knowledge": "['geographical']",
        "time_sensitive": "No",
        "reference": "-",
        "culture": "-",
        "region": "-",
        "country": "-",
        "cultural_sensitivity_label": "CA",
        "is_annotated": True,
    } | changes


@pytest.fixture
def mmlu(tmp_path):
    folder = tmp_path / "global-mmlu-lite"
    for language in QUESTIONS:
        rows = [mmlu_row(language, number) for number in range(16)]
        write(folder / language / "test-00000-of-00001.parquet", rows)
        write(folder / language / "dev-00000-of-00001.parquet", [mmlu_row(language, 99)])
    return folder


@pytest.mark.parametrize(
    ("language", "begins"),
    [
        ("ar", "السؤال: ما هي"),
        ("de", "Frage: Welches"),
        ("es", "Pregunta: ¿En"),
        ("id", "Pertanyaan: Apa"),
        ("ja", "質問：日本"),
    ],
)
def test_mmlu_is_asked_in_the_language_with_options_in_their_own_order(mmlu, language, begins):
    items = load(BENCHMARKS, "global_mmlu").prepare(wanted(mmlu, language)).items
    assert len(items) == 16  # not the dev split
    for item in items:
        check_item("item", item, MMLU, shot=False)
        number = int(item["item_id"].rpartition("/")[2])
        assert item["question"].split("\n\n")[1].startswith(begins)
        assert item["options"] == QUESTIONS[language][1]
        assert item["answer"] == number % 4
        assert item["content"][0] == f"{QUESTIONS[language][0]} ({number})"
        assert (item["category"], item["subset"]) == (["STEM", "Humanities"][number % 2], "high_school_geography")


def test_mmlu_some_items_begin_all_and_take_categories_in_turn(mmlu):
    prepare = load(BENCHMARKS, "global_mmlu").prepare
    everything = prepare(wanted(mmlu, "ja"))
    some = prepare(wanted(mmlu, "ja", items=6))
    assert some.items == everything.items[:6]
    assert collections.Counter(item["category"] for item in some.items) == {"STEM": 3, "Humanities": 3}
    assert (everything.reasons, some.reasons) == ([], ["not_needed"] * 10)


def test_mmlu_order_of_rows_changes_nothing(mmlu, tmp_path):
    other = tmp_path / "turned" / "global-mmlu-lite"
    write(other / "de" / "test-00000-of-00001.parquet", [mmlu_row("de", number) for number in reversed(range(16))])
    prepare = load(BENCHMARKS, "global_mmlu").prepare
    assert prepare(wanted(other, "de")).items == prepare(wanted(mmlu, "de")).items


def test_mmlu_rows_that_cannot_be_asked_are_counted_by_reason(tmp_path):
    folder = tmp_path / "m"
    rows = [
        mmlu_row("es", 0),
        mmlu_row("es", 0, question="otra"),
        mmlu_row("es", 2, question=None),
        mmlu_row("es", 3, option_c="  "),
        mmlu_row("es", 4, answer="E"),
        mmlu_row("es", 5, answer=""),
        mmlu_row("es", 6, answer=None),
        mmlu_row("es", 7, sample_id=None),
        mmlu_row("es", 8, answer=" b "),
    ]
    write(folder / "es" / "test-00000-of-00001.parquet", rows)
    prepared = load(BENCHMARKS, "global_mmlu").prepare(wanted(folder, "es"))
    assert {item["item_id"][-1]: item["answer"] for item in prepared.items} == {"0": 0, "8": 1}
    assert collections.Counter(prepared.reasons) == {"same_id": 1, "empty_text": 3, "no_such_answer": 3}


def test_a_missing_language_and_a_missing_column_are_named(mmlu, tmp_path):
    with pytest.raises(InputError, match=r"global-mmlu-lite: has no ko/test\*, so no rows in ko; take ko out"):
        load(BENCHMARKS, "global_mmlu").prepare(wanted(mmlu, "ko"))
    folder = tmp_path / "old"
    write(folder / "de" / "test-0.parquet", [{k: v for k, v in mmlu_row("de", 1).items() if k != "sample_id"}])
    with pytest.raises(InputError, match=r"test-0\.parquet: column 'sample_id' is missing"):
        load(BENCHMARKS, "global_mmlu").prepare(wanted(folder, "de"))
    with pytest.raises(InputError, match="--dataset: 0 folders given, but one is needed"):
        load(BENCHMARKS, "global_mmlu").prepare(Wanted("de", 0, 0, 1, ROOT / "resources"))


def test_mmlu_of_tagalog_lies_under_filipino(tmp_path):
    folder = tmp_path / "global-mmlu"
    write(folder / "fil" / "test-00000-of-00001.parquet", [mmlu_row("es", 1)])
    (item,) = load(BENCHMARKS, "global_mmlu").prepare(wanted(folder, "tl")).items
    assert item["question"].startswith("Piliin ang tamang sagot")


# Belebele, SIB-200, INCLUDE ------------------------------------------------------------------------------------------

READ = {
    "eu": ("eus_Latn", "Etxea mendian dago.", "Non dago etxea?", ["mendian", "itsasoan", "hirian", "ibaian"]),
    "ar": ("arb_Arab", "البيت في الجبل.", "أين البيت؟", ["في الجبل", "في البحر", "في المدينة", "عند النهر"]),
    "kn": ("kan_Knda", "ಮನೆ ಬೆಟ್ಟದಲ್ಲಿದೆ.", "ಮನೆ ಎಲ್ಲಿದೆ?", ["ಬೆಟ್ಟದಲ್ಲಿ", "ಸಮುದ್ರದಲ್ಲಿ", "ನಗರದಲ್ಲಿ", "ನದಿಯಲ್ಲಿ"]),
}


def read_row(language, number, **changes):
    _, passage, question, options = READ[language]
    row = {"link": "https://example.org/a", "question_number": number, "flores_passage": passage, "question": question}
    row |= {f"mc_answer{place}": option for place, option in enumerate(options, start=1)}
    return row | {"correct_answer_num": str(number), "dialect": READ[language][0], "ds": "2023-05-03"} | changes


@pytest.mark.parametrize(
    ("language", "asked"),
    [
        (
            "eu",
            "Aukeratu erantzun zuzena eta erantzun haren letrarekin bakarrik.\n\nEtxea mendian dago.\n\n"
            "Galdera: Non dago etxea?",
        ),
        ("ar", "اختر الإجابة الصحيحة وأجب بحرفها فقط.\n\nالبيت في الجبل.\n\nالسؤال: أين البيت؟"),
        # no words in Kannada: those of English
        (
            "kn",
            "Choose the correct option and reply with its letter only.\n\nಮನೆ ಬೆಟ್ಟದಲ್ಲಿದೆ.\n\nQuestion: ಮನೆ ಎಲ್ಲಿದೆ?",
        ),
    ],
)
def test_belebele_asks_about_a_passage(tmp_path, language, asked):
    rows = [read_row(language, 1), read_row(language, 4), read_row(language, 5), read_row(language, 2, question="")]
    write_jsonl(tmp_path / f"belebele/data/{READ[language][0]}.jsonl", rows)
    prepared = load(BENCHMARKS, "belebele").prepare(wanted(tmp_path / "belebele", language))
    assert sorted(item["answer"] for item in prepared.items) == [0, 3]
    assert {item["question"] for item in prepared.items} == {asked}
    assert sorted(prepared.reasons) == ["empty_text", "no_such_answer"]
    assert prepared.items[0]["options"] == READ[language][3]
    check_item("item", prepared.items[0], MMLU, shot=False)


def test_sib_asks_for_the_topic_in_the_language(tmp_path):
    file = tmp_path / "sib200/data/swh_Latn/test.tsv"
    file.parent.mkdir(parents=True)
    lines = ["index_id\tcategory\ttext", '12\thealth\tDaktari alisema "pole" kwa mgonjwa.', "13\tcooking\tChakula."]
    file.write_text("\n".join(lines), encoding="utf-8")
    prepared = load(BENCHMARKS, "sib200").prepare(wanted(tmp_path / "sib200", "sw"))
    (item,) = prepared.items
    assert item["question"].endswith('Mada ya maandishi haya ni nini?\n\nDaktari alisema "pole" kwa mgonjwa.')
    assert item["options"][item["answer"]] == "afya" and len(item["options"]) == 7
    assert (item["item_id"], prepared.reasons) == ("12", ["no_such_answer"])


def test_include_lies_under_the_english_name_and_counts_from_nought(tmp_path):
    row = {key: value for key, value in mmlu_row("de", 0).items() if key.startswith(("question", "option"))}
    place = {"language": "German", "country": "Germany", "domain": "STEM", "subject": "Biology", "answer": 3}
    write(tmp_path / "include/German/test-00000-of-00001.parquet", [row | place, row | place])
    prepared = load(BENCHMARKS, "include").prepare(wanted(tmp_path / "include", "de"))
    (item,) = prepared.items
    assert (item["answer"], item["category"], prepared.reasons) == (3, "STEM", ["same_id"])
    assert item["question"].startswith("Wähle die richtige Antwort")


# AfriMGSM, KMMLU, HAE-RAE Bench ---------------------------------------------------------------------------------------


def write_table(path, header, rows, delimiter=","):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, delimiter=delimiter).writerows([header, *rows])


def test_afrimgsm_is_read_as_its_hub_reads_it(tmp_path):
    rows = [
        ['Juma alisema: "Nina maembe 12." Alimpa Asha 5. Amebaki na mangapi?', "", "7", ""],
        ["Basi\tlina viti 1,200. Vyote vina watu. Kuna watu wangapi?", "", "1,200", ""],
        ["", "", "3", ""],
        ["Bei ni ngapi?", "", "haijulikani", ""],
    ]
    folder = tmp_path / "afrimgsm"
    header = ["question", "answer", "answer_number", "equation_solution"]
    write_table(folder / "data/swa/test.tsv", header, rows, "\t")
    prepared = load(BENCHMARKS, "afrimgsm").prepare(wanted(folder, "sw"))
    assert {item["item_id"]: (item["question"], item["answer"]) for item in prepared.items} == {
        "test-0": ('Juma alisema: "Nina maembe 12." Alimpa Asha 5. Amebaki na mangapi?', "7"),
        "test-1": ("Basi\tlina viti 1,200. Vyote vina watu. Kuna watu wangapi?", "1200"),
    }
    assert prepared.reasons == ["empty_text", "no_such_answer"] and prepared.shots == []
    check_item("item", prepared.items[0], SUMS, shot=False)
    with pytest.raises(InputError, match="--shots 5: AfriMGSM has no solved problems; set the benchmark's shots to 0"):
        load(BENCHMARKS, "afrimgsm").prepare(wanted(folder, "sw", shots=5))
    with pytest.raises(InputError, match=r"afrimgsm: no file matches data/yor/test\.tsv"):
        load(BENCHMARKS, "afrimgsm").prepare(wanted(folder, "yo"))


def test_kmmlu_counts_answers_from_one_and_takes_subjects_in_turn(tmp_path):
    header = ["question", "answer", "A", "B", "C", "D", "Category", "Human Accuracy"]
    law = [[f"법률 문제 {number}", "4", "가", "나", "다", "라", "Law", "0.5"] for number in range(3)]
    faults = [["문제", answer, "가", "나", "다", "라", "Law", ""] for answer in ("0", "5", "")]
    write_table(tmp_path / "kmmlu/data/Law-test.csv", header, [*law, *faults])
    maths = [["1부터 3까지 더하면?\n(단, 정수만)", "2", "5", "6", "", "8", "Math", "0.9"]]
    maths += [["2 더하기 2는?", "1", "4", "6", "7", "8", "Math", "0.9"]]
    write_table(tmp_path / "kmmlu/data/math-test.csv", header, maths)
    write_table(tmp_path / "kmmlu/data/Law-dev.csv", header, [["다른 문제", "1", "가", "나", "다", "라", "Law", ""]])
    prepare = load(BENCHMARKS, "kmmlu").prepare
    prepared = prepare(wanted(tmp_path / "kmmlu", "ko"))
    answers = {item["content"][0]: item["answer"] for item in prepared.items}
    assert answers == {"법률 문제 0": 3, "법률 문제 1": 3, "법률 문제 2": 3, "2 더하기 2는?": 0}
    assert collections.Counter(prepared.reasons) == {"no_such_answer": 3, "empty_text": 1}
    assert prepared.items[0]["question"].startswith("알맞은 답을 골라 그 기호로만 답하세요.\n\n질문: ")
    some = prepare(wanted(tmp_path / "kmmlu", "ko", items=2))
    assert sorted(item["category"] for item in some.items) == ["Law", "Math"]
    check_item("item", prepared.items[0], MMLU, shot=False)


def test_haerae_has_five_options_in_six_parts(tmp_path):
    header = ["question", "a", "b", "c", "d", "e", "answer"]
    folder = tmp_path / "hae-rae"
    for name in ("KGK", "HI", "LW", "RW", "RC", "SN"):
        rows = [[f"{name} 문제", "하나", "둘", "셋", "넷", "다섯", answer] for answer in ("E", "e", "F")]
        write_table(folder / f"data/HAERAE-Bench-v1-{name}.csv", header, rows)
    prepared = load(BENCHMARKS, "haerae").prepare(wanted(folder, "ko"))
    assert {item["category"]: item["content"][0] for item in prepared.items} == {
        "general knowledge": "KGK 문제",
        "history": "HI 문제",
        "loan words": "LW 문제",
        "rare words": "RW 문제",
        "reading comprehension": "RC 문제",
        "standard nomenclature": "SN 문제",
    }
    assert {(item["answer"], item["options"][4]) for item in prepared.items} == {(4, "다섯")}
    assert prepared.reasons.count("no_such_answer") == prepared.reasons.count("same_id") == 6
    check_item("item", prepared.items[0], MMLU, shot=False)
    (folder / "data/HAERAE-Bench-v1-SN.csv").unlink()
    with pytest.raises(InputError, match=r"no file matches data/HAERAE-Bench-v1-SN\.csv"):
        load(BENCHMARKS, "haerae").prepare(wanted(folder, "ko"))


# M-RewardBench -------------------------------------------------------------------------------------------------------

REPLIES = {
    "ar": ("arb_Arab", "كيف أطبخ الأرز؟", "اغسل الأرز ثم اطبخه في الماء.", "لا أعرف شيئا."),
    "cs": ("ces_Latn", "Jak uvařím rýži?", "Propláchněte rýži a vařte ji ve vodě.", "Nevím vůbec nic."),
    "de": ("deu_Latn", "Wie koche ich Reis?", "Waschen Sie den Reis und kochen Sie ihn.", "Ich weiß nichts."),
    "es": ("spa_Latn", "¿Cómo cocino arroz?", "Lave el arroz y cuézalo en agua.", "No sé nada de eso."),
    "id": ("ind_Latn", "Bagaimana memasak nasi?", "Cuci beras lalu masak dengan air.", "Saya tidak tahu."),
    "ja": ("jpn_Jpan", "ご飯の炊き方は？", "米を洗って水と一緒に炊きます。", "何も知りません。"),
}


def pair_row(language, number, subset, **changes):
    _, prompt, chosen, rejected = REPLIES[language]
    return {
        "id": number,
        "language": REPLIES[language][0],
        "prompt": f"{prompt} {number}",
        "chosen": chosen,
        "rejected": rejected,
        "chosen_model": "GPT4-Turbo",
        "rejected_model": "vicuna-7b",
        "subset": subset,
        "__index_level_0__": number,
    } | changes


SUBSETS = ["alpacaeval-easy", "llmbar-natural", "donotanswer", "math-prm", "hep-python"]


@pytest.fixture
def pairs(tmp_path):
    folder = tmp_path / "m-rewardbench"
    for language, (name, *_) in REPLIES.items():
        rows = [pair_row(language, number, subset) for subset in SUBSETS for number in range(8)]
        write(folder / name / "test-00000-of-00001.parquet", rows)
    return folder


@pytest.mark.parametrize("language", sorted(REPLIES))
def test_pairs_in_a_seeded_order_with_categories_and_weights(pairs, language):
    items = load(BENCHMARKS, "m_rewardbench").prepare(wanted(pairs, language)).items
    assert len(items) == 40
    _, prompt, chosen, rejected = REPLIES[language]
    for item in items:
        check_item("item", item, PAIRS, shot=False)
        assert item["options"][item["answer"]] == chosen
        assert sorted(item["options"]) == sorted([chosen, rejected])
        assert item["question"].endswith(f"\n\n{prompt} {item['item_id'].partition('/')[2]}")
    assert {item["answer"] for item in items} == {0, 1}
    content = {item["subset"]: (item["category"], item["subset_weight"]) for item in items}
    assert content == {
        "alpacaeval-easy": ("chat", 100),
        "llmbar-natural": ("chat-hard", 100),
        "donotanswer": ("safety", 136),
        "math-prm": ("reasoning", 984),
        "hep-python": ("reasoning", 164),
    }


def test_order_of_a_pair_is_the_same_in_every_language_and_depends_on_the_seed(pairs):
    prepare = load(BENCHMARKS, "m_rewardbench").prepare
    places = {
        language: {item["item_id"]: item["answer"] for item in prepare(wanted(pairs, language)).items}
        for language in ("ar", "ja")
    }
    assert places["ar"] == places["ja"]
    other = {item["item_id"]: item["answer"] for item in prepare(wanted(pairs, "ja", seed=8)).items}
    assert other != places["ja"]


def test_all_subsets_of_rewardbench_have_a_category_and_math_weighs_as_much_as_code():
    table = pd.read_csv(ROOT / "resources/rewardbench/subsets.csv")
    assert table.groupby("category")["subset"].count().to_dict() == {
        "chat": 5,
        "chat-hard": 6,
        "reasoning": 7,
        "safety": 5,
    }
    weights = table.set_index("subset")["weight"]
    assert weights["math-prm"] == weights[[name for name in weights.index if name.startswith("hep-")]].sum() == 984
    assert weights.drop("math-prm").sum() + 447 == 2985  # RewardBench's examples: math-prm has 447


def test_pairs_that_cannot_be_asked_are_counted_by_reason(tmp_path):
    folder = tmp_path / "p"
    rows = [
        pair_row("cs", 1, "donotanswer"),
        pair_row("cs", 1, "donotanswer"),
        pair_row("cs", 1, "mt-bench-easy"),  # ids count within a subset
        pair_row("cs", 2, "translation-easy"),
        pair_row("cs", 3, None),
        pair_row("cs", 4, "donotanswer", chosen=None),
        pair_row("cs", 5, "donotanswer", prompt="   "),
        pair_row("cs", 6, "donotanswer", rejected=REPLIES["cs"][2]),
    ]
    write(folder / "ces_Latn" / "test-00000-of-00001.parquet", rows)
    prepared = load(BENCHMARKS, "m_rewardbench").prepare(wanted(folder, "cs"))
    assert sorted(item["item_id"] for item in prepared.items) == ["donotanswer/1", "mt-bench-easy/1"]
    assert collections.Counter(prepared.reasons) == {
        "same_id": 1,
        "unknown_subset": 2,
        "empty_text": 2,
        "same_responses": 1,
    }
    with pytest.raises(InputError, match=r"--language tl: M-RewardBench lacks it"):
        load(BENCHMARKS, "m_rewardbench").prepare(wanted(folder, "tl"))


def records(*content):
    """Tuples (category, subset, weight, correct …) as records."""
    return [
        {"category": category, "subset": subset, "subset_weight": weight, "correct": correct, "options": ["x", "y"]}
        for category, subset, weight, *corrects in content
        for correct in corrects
    ]


def test_weights_of_subsets_and_categories_by_hand():
    # reasoning: math 1 of 4 weighs 984, code 2 of 2 weighs 164: (246 + 164) / 1148; chat: 1 of 2. Score: their mean
    rows = records(
        ("reasoning", "math-prm", 984, 1, 0, 0, 0),
        ("reasoning", "hep-go", 164, 1, 1),
        ("chat", "alpacaeval-easy", 100, 1, 0),
    )
    reasoning = (984 * 0.25 + 164) / 1148
    content = summarise(rows, "weighted_accuracy")
    score = content["score"]
    assert score == pytest.approx((reasoning + 0.5) / 2)
    math_se = (0.25 * 0.75 / 3) ** 0.5
    chat_se = (0.5 * 0.5 / 1) ** 0.5
    assert content["se"] == pytest.approx(((984 / 1148 * math_se) ** 2 + chat_se**2) ** 0.5 / 2)
    assert content["categories"] == {"chat": 0.5, "reasoning": pytest.approx(reasoning)}
    assert content["chance"] == pytest.approx(0.5)
    # the number of its items does not weigh a subset
    more = rows + records(("reasoning", "hep-go", 164, 1, 1, 1))
    assert summarise(more, "weighted_accuracy")["score"] == pytest.approx(score)


# MGSM ----------------------------------------------------------------------------------------------------------------

SOLVED = {
    "de": ("Frage: Roger hat {n} Bälle. Wie viele?", "Schritt-für-Schritt-Antwort: Er hat {n}. Die Antwort ist {n}."),
    "es": ("Pregunta: Ana tiene {n} peras. ¿Cuántas?", "Respuesta paso a paso: Tiene {n}. La respuesta es {n}."),
    "ja": ("問題：リンゴが{n}個あります。何個？", "ステップごとの答え：{n}個あります。答えは{n}です。"),
}


def solved_row(language, number, **changes):
    question, solution = (part.replace("{n}", str(number)) for part in SOLVED[language])
    row = {
        "question": question,
        "answer": solution,
        "answer_number": number,
        "equation_solution": f"{number} = {number}",
    }
    return row | changes


def unsolved_row(language, number):
    question = SOLVED[language][0].partition(": " if language != "ja" else "：")[2].replace("{n}", str(number))
    return {"question": question, "answer": None, "answer_number": number, "equation_solution": None}


@pytest.fixture
def sums(tmp_path):
    folder = tmp_path / "mgsm"
    for language in SOLVED:
        write(folder / language / "train-00000-of-00001.parquet", [solved_row(language, n) for n in range(11, 19)])
        write(folder / language / "test-00000-of-00001.parquet", [unsolved_row(language, n) for n in range(1200, 1216)])
    return folder


@pytest.mark.parametrize("language", sorted(SOLVED))
def test_sums_and_shots_without_the_labels_of_the_train_split(sums, language):
    prepared = load(BENCHMARKS, "mgsm").prepare(wanted(sums, language, shots=5))
    assert (len(prepared.items), len(prepared.shots)) == (16, 5)
    assert prepared.reasons == ["not_needed"] * 3
    for number, shot in enumerate(prepared.shots, start=11):
        check_item("shot", shot, SUMS, shot=True)
        assert shot["answer"] == str(number)
        assert not shot["question"].startswith(SOLVED[language][0][:4])
        assert shot["solution"].startswith(("Er hat", "Tiene", f"{number}個"))
    for item in prepared.items:
        check_item("item", item, SUMS, shot=False)
        assert item["answer"] == str(1200 + int(item["item_id"].removeprefix("test-")))
    german = {item["item_id"]: item["answer"] for item in load(BENCHMARKS, "mgsm").prepare(wanted(sums, "de")).items}
    assert german == {item["item_id"]: item["answer"] for item in prepared.items}


def test_labels_are_stripped_and_numbers_normalised():
    assert strip_label("問題: 数は？", "問題：") == "数は？"
    assert strip_label("Frage : Wie?", "Frage:") == "Wie?"
    assert strip_label("Fragen: viele", "Frage:") == "Fragen: viele"
    assert strip_label("Wie, Frage: so?", "Frage:") == "Wie, Frage: so?"
    assert [plain(number) for number in (18, 18.0, 57500, "1,234", "2.50", None, "viele", float("nan"))] == [
        "18",
        "18",
        "57500",
        "1234",
        "2.5",
        "",
        "",
        "",
    ]


def test_sums_that_cannot_be_asked_and_too_few_shots(tmp_path):
    folder = tmp_path / "s"
    train = [solved_row("es", 3), solved_row("es", 4, answer_number=5), solved_row("es", 6, answer=None)]
    write(folder / "es" / "train-0.parquet", train)
    rows = [
        unsolved_row("es", 7),
        unsolved_row("es", 8) | {"question": None},
        unsolved_row("es", 9) | {"answer_number": None},
    ]
    write(folder / "es" / "test-0.parquet", rows)
    prepared = load(BENCHMARKS, "mgsm").prepare(wanted(folder, "es", shots=1))
    assert [item["item_id"] for item in prepared.items] == ["test-0"]
    assert prepared.reasons == ["unusable_shot", "unusable_shot", "empty_text", "no_such_answer"]
    with pytest.raises(
        InputError, match=r"s/es: 1 usable solved examples, but 5 are needed; lower the benchmark's shots"
    ):
        load(BENCHMARKS, "mgsm").prepare(wanted(folder, "es", shots=5))
    with pytest.raises(InputError, match=r"questions/ar\.yaml: 'solved' is missing"):
        load(BENCHMARKS, "mgsm").prepare(wanted(folder, "ar"))


# all -----------------------------------------------------------------------------------------------------------------


def test_perfect_model_scores_1_and_constant_model_chance(mmlu, pairs, sums, tmp_path):
    files = {}
    for name, folder, adapter, shots in (("mmlu", mmlu, "global_mmlu", 0), ("pairs", pairs, "m_rewardbench", 0)):
        write_jsonl(tmp_path / name, load(BENCHMARKS, adapter).prepare(wanted(folder, "de", shots=shots)).items)
        files[name] = str(tmp_path / name)
    prepared = load(BENCHMARKS, "mgsm").prepare(wanted(sums, "de", shots=5))
    write_jsonl(tmp_path / "sums", prepared.items)
    write_jsonl(tmp_path / "shots", prepared.shots)
    benchmarks = [
        Benchmark("mmlu", "letters", "accuracy", items=files["mmlu"]),
        Benchmark("pairs", "preference", "weighted_accuracy", items=files["pairs"]),
        Benchmark("sums", "generate", "exact_match", 5, str(tmp_path / "sums"), str(tmp_path / "shots")),
    ]
    best = planted(right, lambda doc: f" Er hat {doc['answer']}.", benchmarks)
    assert {name: content["score"] for name, content in best.items()} == {"mmlu": 1.0, "pairs": 1.0, "sums": 1.0}
    constant = planted(lambda doc: "A", lambda doc: "1207", benchmarks)
    assert (constant["mmlu"]["score"], constant["mmlu"]["chance"]) == (0.25, 0.25)
    assert constant["sums"]["score"] == 1 / 16
    assert abs(constant["pairs"]["score"] - 0.5) < 0.35
    assert constant["pairs"]["chance"] == 0.5
    assert set(constant["pairs"]["categories"]) == {"chat", "chat-hard", "reasoning", "safety"}


def test_the_program_reads_a_fetched_folder(monkeypatch, mmlu, tmp_path):
    out = tmp_path / "out" / "ja.jsonl"
    command = ["prepare_benchmark", "--benchmark", "global-mmlu-lite", "--adapter", "global_mmlu", "--language", "ja"]
    command += ["--items", "0", "--dataset", str(mmlu), "--resources", str(ROOT / "resources"), "--seed", "7"]
    monkeypatch.setattr(sys, "argv", [*command, "--out", str(out)])
    prepare_benchmark.main()
    assert len(read_jsonl(out)) == 16
    counts = read_json(out.with_suffix(".counts.json"))
    assert (counts["seen"], counts["kept"], counts["short"], counts["wanted"]) == (16, 16, 0, 0)
    assert counts["by_category"] == {"Humanities": 8, "STEM": 8}


def test_rouge_by_hand():
    assert rouge_l("ang aso ay tumakbo", "Ang aso ay tumakbo.") == 1.0
    # longest common subsequence "ang … tumakbo" = 2 of 3 and of 4 words: 2·2 / 7
    assert rouge_l("ang pusa tumakbo", "ang aso ay tumakbo") == pytest.approx(4 / 7)
    assert rouge_l("tumakbo aso", "aso tumakbo") == 0.5
    assert rouge_l("", "aso") == rouge_l("!?", "aso") == rouge_l("pusa", "aso") == 0.0
    assert rouge_l("أكل الولد", "أكل الولد") == 1.0
