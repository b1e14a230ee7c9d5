"""KOBEST in the form of skt/kobest_v1: prompts, examples drawn by seed, rows that cannot be asked, faulty files."""

import json
import os
import subprocess

import pytest
import yaml

from polyglot.core.adapter import load
from polyglot.core.errors import InputError
from polyglot.evaluation.benchmark_adapter import BENCHMARKS, Wanted
from polyglot.evaluation.continuation import solved
from polyglot.evaluation.items import Benchmark, check_item
from tests.conftest import ROOT, program
from tests.hub_server import COMMIT, Hub, Repository

BOOLQ = {"paragraph": "두부는 콩으로 만든 음식이다.", "question": "두부는 콩으로 만드는가?", "label": 1}
COPA = {
    "premise": "물을 오래 끓였다.",
    "question": "결과",
    "alternative_1": "물이 졸았다.",
    "alternative_2": "물이 얼었다.",
    "label": 0,
}
HELLASWAG = {
    "context": "아이가 공을 던진다. 개가 달려간다.",
    **{f"ending_{number}": f"개가 공을 {number}번 문다." for number in range(1, 5)},
    "label": 2,
}
SENTINEG = {"sentence": "배송이 늦지 않아 좋아요", "label": 1}
WIC = {"word": "눈", "context_1": "[눈]이 내린다.", "context_2": "[눈]이 아프다.", "label": 0}
ROWS = {"boolq": BOOLQ, "copa": COPA, "hellaswag": HELLASWAG, "sentineg": SENTINEG, "wic": WIC}


def wanted(folder, task, shots=0, items=0, seed=7):
    return Wanted("ko", items, shots, seed, ROOT / "resources", datasets={"kobest": folder}, task=task)


def fill(folder, task, test, train=()):
    for split, rows in (("test", test), ("train", train)):
        path = folder / task / f"{split}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return folder


def prepare(*arguments, **more):
    return load(BENCHMARKS, "kobest").prepare(wanted(*arguments, **more))


@pytest.mark.parametrize(
    ("task", "text"),
    [
        ("boolq", "두부는 콩으로 만든 음식이다. 질문: 두부는 콩으로 만드는가? 답변: 예"),
        ("copa", "물을 오래 끓였다. 그래서 물이 졸았다."),
        ("hellaswag", "문장: 아이가 공을 던진다. 개가 달려간다. 개가 공을 3번 문다."),
        ("sentineg", "문장: 배송이 늦지 않아 좋아요 긍부정: 긍정"),
        ("wic", "문장1: [눈]이 내린다. 문장2: [눈]이 아프다. 두 문장에서 눈가 같은 뜻으로 쓰였나? 아니오"),
    ],
)
def test_prompts_and_answers(tmp_path, task, text):
    (item,) = prepare(fill(tmp_path, task, [ROWS[task]]), task).items
    assert solved(item) == text
    assert len(item["options"]) == (4 if task == "hellaswag" else 2)
    assert all(part in json.dumps(ROWS[task], ensure_ascii=False) for part in item["content"])
    check_item("item", item, Benchmark("kobest", "continuation", "accuracy"), shot=False)


def test_a_cause_has_the_other_conjunction(tmp_path):
    (item,) = prepare(fill(tmp_path, "copa", [COPA | {"question": "원인"}]), "copa").items
    assert item["question"] == "물을 오래 끓였다. 왜냐하면"


def test_examples_are_drawn_for_each_item_and_nest(tmp_path):
    train = [SENTINEG | {"sentence": f"{number}번 문장"} for number in range(300)]
    test = [SENTINEG | {"sentence": f"문장 {number}"} for number in range(20)]
    folder = fill(tmp_path, "sentineg", test, train)
    five, fifty = (prepare(folder, "sentineg", shots) for shots in (5, 50))
    assert [item["item_id"] for item in five.items] == [item["item_id"] for item in fifty.items]
    for few, many in zip(five.items, fifty.items, strict=True):
        assert len(set(many["shots"])) == 50 and many["shots"][:5] == few["shots"]
    assert len({tuple(item["shots"]) for item in five.items}) == 20
    used = {name for item in five.items for name in item["shots"]}
    assert {shot["item_id"] for shot in five.shots} == used and 80 < len(used) <= 100
    assert five.reasons == ["example_not_drawn"] * (300 - len(used))
    again = prepare(folder, "sentineg", 5)
    assert (again.items, again.shots) == (five.items, five.shots)
    assert prepare(folder, "sentineg", 5, seed=8).items != five.items
    with pytest.raises(InputError, match="--shots: 301 are wanted, but the train split has 300 usable rows; lower"):
        prepare(folder, "sentineg", 301)


def test_rows_that_cannot_be_asked_are_counted(tmp_path):
    rows = [
        COPA,
        COPA | {"premise": " "},
        COPA | {"label": 2},
        COPA | {"label": None},
        COPA | {"question": "이유"},
        COPA | {"alternative_2": None},
    ]
    prepared = prepare(fill(tmp_path, "copa", rows), "copa")
    assert [item["item_id"] for item in prepared.items] == ["test-0"]
    assert prepared.reasons == ["empty_text", "no_such_answer", "no_such_answer", "no_such_question", "empty_text"]
    rows = [WIC | {"word": ""}, WIC]
    assert prepare(fill(tmp_path, "wic", rows), "wic").reasons == ["empty_text"]


def test_a_file_with_a_missing_field_or_none_at_all_is_one_line(tmp_path):
    lacking = {name: value for name, value in BOOLQ.items() if name != "paragraph"}
    with pytest.raises(InputError) as caught:
        prepare(fill(tmp_path, "boolq", [BOOLQ, lacking]), "boolq")
    message = str(caught.value)
    assert "boolq/test.jsonl: line 2" in message and "'paragraph'" in message and "\n" not in message
    with pytest.raises(InputError, match=r"has no wic/test\.jsonl, so no rows in ko; take ko out"):
        prepare(tmp_path, "wic")


def test_the_files_that_the_config_names_come_from_the_hub_and_become_items(tmp_path):
    lines = {name: (json.dumps(row, ensure_ascii=False) + "\n").encode() for name, row in ROWS.items()}
    files = {f"{name}/{split}.jsonl": line for name, line in lines.items() for split in ("train", "dev", "test")}
    entry = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["datasets"]["kobest"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    with Hub({("dataset", "skt/kobest_v1"): Repository(files, licence="cc-by-sa-4.0")}) as hub:
        environment |= {"HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1"}
        words = ["--hub", entry["hub"], "--revision", COMMIT, "--files", json.dumps(entry["files"])]
        command = program("hub.fetch_dataset", *words, "--out", tmp_path / "kobest")
        ended = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert ended.returncode == 0, ended.stderr
    assert not list(tmp_path.glob("kobest/*/dev.jsonl"))
    for task in ROWS:
        result = prepare(tmp_path / "kobest", task, shots=1)
        assert [item["shots"] for item in result.items] == [["train-0"]] and len(result.shots) == 1
