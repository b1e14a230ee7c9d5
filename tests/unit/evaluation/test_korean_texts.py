"""Items made of small held-out documents: endings, allomorphs of particles, words of a passage."""

import sys

import pandas as pd
import pytest

from polyglot.core.adapter import load
from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_jsonl, write_parquet
from polyglot.evaluation import prepare_benchmark
from polyglot.evaluation.benchmark_adapter import BENCHMARKS, Wanted
from polyglot.evaluation.benchmarks.korean_texts import clauses_of, ends_in_consonant, halves, particle_of
from polyglot.evaluation.items import Benchmark, check_item
from polyglot.pretraining.held_out_documents import is_held_out
from tests.conftest import ROOT

# six clauses of ten words; nouns with three particles: 기관 (이, 을, 은), 과제 (가, 를, 와)
TEXTS = {
    "a": "이번 봄에 새로 연 기관이 여러 분야의 과제를 함께 맡았다.\n"
    "그다음 가을에는 다른 도시의 기관을 찾아 함께 맡을 과제가 정해진다.",
    "b": "올해 여름에 문을 닫은 기관은 남은 사람과 과제와 자료를 옮긴다.\n짧은 줄.",
    "c": "지난 겨울에 우리가 살펴본 오래된 마을의 집들은 거의 비어 있었다.\n"
    "내년 초에 다시 그곳에 가서 남은 사람들을 만나 볼 생각이다.",
    "d": "작은 배를 타고 강을 건너던 사람들이 큰 소리로 서로를 불렀다.\n"
    "This line has many words but none of them is in Korean.",
}


def prepared(task, items=0, shots=0, seed=7, texts=TEXTS):
    documents = pd.DataFrame({"id": list(texts), "text": list(texts.values())})
    wanted = Wanted("ko", items, shots, seed, ROOT / "resources", task=task, documents=documents)
    return load(BENCHMARKS, "korean_texts").prepare(wanted)


@pytest.mark.parametrize(
    ("word", "particle"),
    [
        *[("책을", "을"), ("나무를", "를"), ("책이", "이"), ("나무가", "가"), ("책은", "은"), ("나무는", "는")],
        *[("책과", "과"), ("나무와", "와"), ("있는", None), ("효과", None), ("차이", None), ("국가", None)],
        *[("TV를", None), ("는", None), ("", None), ("나무에", None), ("기관이,", None)],
    ],
)
def test_a_particle_is_the_one_that_the_syllable_before_asks_for(word, particle):
    assert particle_of(word) == particle


def test_final_consonants():
    assert [ends_in_consonant(word) for word in ("가", "각", "힣", "하", "나무", "책")] == [0, 1, 1, 0, 0, 1]


def test_clauses_are_korean_lines_of_some_words():
    names = [clause.text for name, text in TEXTS.items() for clause in clauses_of(name, text)]
    assert len(names) == 6 and all("가" <= name[0] <= "힣" for name in names)
    first, second = clauses_of("a", TEXTS["a"])
    assert (first.before, second.before) == ("", first.text)
    assert len(list(clauses_of("a", f"{first.text}\n{first.text}"))) == 1
    assert halves("하나 둘 셋 넷 다섯") == ("하나 둘", "셋 넷 다섯")


def test_endings_are_the_clauses_own_and_three_of_other_documents():
    items = prepared("ending").items
    assert len(items) == 6
    endings = {halves(clause.text)[1]: name for name, text in TEXTS.items() for clause in clauses_of(name, text)}
    for item in items:
        (text,) = item["content"]
        right = item["options"][item["answer"]]
        assert text == f"{item['question']} {right}"[-len(text) :] and len(set(item["options"])) == 4
        assert endings[right] not in {endings[option] for option in item["options"] if option != right}
        check_item("item", item, Benchmark("b", "continuation", "accuracy"), shot=False)
    assert len({item["answer"] for item in items}) > 1


def test_particles_are_asked_of_nouns_alone():
    items = {item["options"][item["answer"]]: item for item in prepared("particle").items}
    # not of 분야의 (no allomorphs), 사람과 and 자료를 (seen with one particle each)
    assert sorted(items) == sorted(["기관이", "과제를", "기관을", "과제가", "기관은", "과제와"])
    item = items["과제와"]
    assert item["question"] == "올해 여름에 문을 닫은 기관은 남은 사람과"
    assert set(item["options"]) == {"과제와", "과제과"} and item["category"] == "과/와"
    assert set(items["기관이"]["options"]) == {"기관이", "기관가"}
    assert items["과제가"]["category"] == "이/가"


def test_words_are_asked_of_passages_that_have_them_and_of_others():
    result = prepared("word")
    assert result.items and set(result.reasons) <= {"no_such_word"}
    for item in result.items:
        passage, asked = item["question"].split(" 질문: 이 글에 ")
        word = asked.split('"')[1]
        assert word in ("기관", "과제") and item["options"] == ["아니오", "예"]
        assert (word in passage) == (item["answer"] == 1) and item["content"] == [passage]
    assert {item["answer"] for item in result.items} == {0, 1}


def test_items_that_are_not_asked_are_the_examples():
    result = prepared("ending", items=2, shots=3)
    asked, shown = ({item["item_id"] for item in part} for part in (result.items, result.shots))
    assert len(asked) == 2 and not asked & shown and all(len(set(item["shots"])) == 3 for item in result.items)
    assert len(result.items) + len(result.shots) + len(result.reasons) == 6
    assert prepared("ending", items=2, shots=3) == result != prepared("ending", items=2, shots=3, seed=8)


def test_the_program_takes_held_out_documents_alone(monkeypatch, tmp_path):
    names = [f"{number:016x}" for number in range(40)]
    aside = [name for name in names if is_held_out(name, 20)]
    assert 2 <= len(aside) <= 15
    texts = [
        f"이 글은 {number}번 문서에서 가져온 것이고 다른 어느 문서에도 {number}번 말은 없다." for number in range(40)
    ]
    write_parquet(tmp_path / "kept.parquet", pd.DataFrame({"id": names, "text": texts}))
    out = tmp_path / "ko.jsonl"
    command = ["prepare_benchmark", "--benchmark", "endings", "--adapter", "korean_texts", "--language", "ko"]
    command += ["--items", "0", "--resources", str(ROOT / "resources"), "--seed", "7", "--out", str(out)]
    command += ["--documents", str(tmp_path / "kept.parquet"), "--held-out-percent", "20"]
    monkeypatch.setattr(sys, "argv", [*command, "--task", "ending"])
    prepare_benchmark.main()
    assert {item["content"][0] for item in read_jsonl(out)} == {
        text for name, text in zip(names, texts, strict=True) if name in aside
    }
    assert read_json(out.with_suffix(".counts.json"))["kept"] == len(aside)
    monkeypatch.setattr(sys, "argv", [*command, "--task", "rhyme"])
    with pytest.raises(InputError, match="--task 'rhyme': adapter korean_texts has ending, particle, word; name one"):
        prepare_benchmark.main()


def test_without_documents_it_is_an_error():
    with pytest.raises(InputError, match="--documents: korean_texts needs the texts of a corpus"):
        load(BENCHMARKS, "korean_texts").prepare(Wanted("ko", 0, 0, 7, ROOT / "resources", task="ending"))
