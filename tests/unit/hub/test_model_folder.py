import hashlib
import json

import pytest
from transformers.utils.chat_template_utils import render_jinja_template

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, write_json
from polyglot.hub import model_folder
from tests.conftest import ROOT

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TEMPLATES = "resources/chat_templates"
# as the model's own .gguf file carries it
SMOLLM2 = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n"
    "You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
USER = {"role": "user", "content": " ¿Qué tal? "}
ASSISTANT = {"role": "assistant", "content": "日本語です。"}
SYSTEM = {"role": "system", "content": "Be brief."}
FETCHED = {"config.json": '{"model_type": "llama"}', "a.safetensors": ""}


def make_package(root, name, files, requires=()):
    """An installed package whose code must never run."""
    folder = root / name
    for file, content in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    metadata = root / f"{name}-1.0.dist-info"
    metadata.mkdir()
    lines = [f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0"]
    lines += [f"Requires-Dist: {require}" for require in requires]
    (metadata / "METADATA").write_text("\n".join(lines) + "\n")


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def test_gguf_is_found_without_importing_its_package(tmp_path, monkeypatch):
    make_package(tmp_path, "model_in_one", {"data/a.gguf": b"GGUF"}, ["llm", "pytest; extra == 'test'"])
    monkeypatch.syspath_prepend(tmp_path)
    assert model_folder.gguf_parts("model_in_one") == [tmp_path / "model_in_one/data/a.gguf"]


def test_parts_are_joined_in_numeric_order(tmp_path, monkeypatch):
    names = [f"model_in_parts_part{number}" for number in range(1, 12)]
    make_package(tmp_path, "model_in_parts", {}, [f"{name.replace('_', '-')}==1.0" for name in reversed(names)])
    for number, name in enumerate(names):
        make_package(tmp_path, name, {f"data/a.gguf.part{number:02}": bytes([number])})
    monkeypatch.syspath_prepend(tmp_path)
    model_folder.join(model_folder.gguf_parts("model_in_parts"), tmp_path / "whole", sha256(bytes(range(11))))
    assert (tmp_path / "whole").read_bytes() == bytes(range(11))


@pytest.mark.parametrize("package", ["no_such_model", "part_is_missing", "holds_nothing"])
def test_what_is_missing_is_named_with_the_cure(tmp_path, monkeypatch, package):
    make_package(tmp_path, "part_is_missing", {}, ["part-is-missing-part1==1.0"])
    make_package(tmp_path, "holds_nothing", {})
    monkeypatch.syspath_prepend(tmp_path)
    missing = {"part_is_missing": "part_is_missing_part1"}.get(package, package)
    with pytest.raises(InputError, match=rf"{missing}.*pip install .*requirements-models"):
        model_folder.gguf_parts(package)


def test_truncated_gguf_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    make_package(tmp_path, "model_cut_short", {"a.gguf": b"GGU"})
    monkeypatch.syspath_prepend(tmp_path)
    out = tmp_path / "models" / "cut"
    with pytest.raises(InputError, match=r"a\.gguf: truncated or changed.*install it again"):
        model_folder.from_package("model_cut_short", sha256(b"GGUF"), "{{ messages }}", out)
    assert list(out.parent.iterdir()) == []


def test_chat_template_that_is_no_jinja_is_named(tmp_path):
    path = tmp_path / "broken.jinja"
    path.write_text("{% for %}")
    with pytest.raises(InputError, match=r"broken\.jinja: not a Jinja template"):
        model_folder.read_chat_template(path)


def rendered(name, messages, **options):
    text = model_folder.read_chat_template(model_folder.Path(TEMPLATES, f"{name}.jinja"))
    return render_jinja_template([messages], chat_template=text, bos_token="<bos>", **options)[0][0]


@pytest.mark.parametrize("messages", [[USER], [SYSTEM, USER, ASSISTANT, USER], [USER, ASSISTANT]])
@pytest.mark.parametrize("asking", [True, False])
def test_smollm2_template_writes_what_the_models_own_writes(messages, asking):
    own = render_jinja_template([messages], chat_template=SMOLLM2, add_generation_prompt=asking)[0][0]
    assert rendered("smollm2", messages, add_generation_prompt=asking) == own


def test_gemma_template_folds_the_system_message_into_the_first_user_turn():
    text = rendered("gemma-3", [SYSTEM, USER, ASSISTANT, USER], add_generation_prompt=True)
    assert text == (
        "<bos><start_of_turn>user\nBe brief.\n\n¿Qué tal?<end_of_turn>\n"
        "<start_of_turn>model\n日本語です。<end_of_turn>\n"
        "<start_of_turn>user\n¿Qué tal?<end_of_turn>\n<start_of_turn>model\n"
    )


def test_gemma_template_refuses_two_user_turns_in_a_row():
    with pytest.raises(Exception, match="alternate"):
        rendered("gemma-3", [USER, USER])


@pytest.mark.parametrize(("name", "end"), [("smollm2", "<|im_end|>"), ("gemma-3", "<end_of_turn>")])
def test_answer_and_its_end_are_what_a_student_learns(name, end):
    text = model_folder.read_chat_template(model_folder.Path(TEMPLATES, f"{name}.jinja"))
    rendered, spans = render_jinja_template(
        [[USER, ASSISTANT]], chat_template=text, bos_token="<bos>", return_assistant_tokens_mask=True
    )
    assert [rendered[0][start:stop] for start, stop in spans[0]] == ["日本語です。" + end]


@pytest.fixture
def tokenizer():
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast

    words = ["<unk>", "<eos>", "<bos>", "hola", "selamat", "<end_of_turn>"]
    backend = Tokenizer(WordLevel({word: index for index, word in enumerate(words)}, unk_token="<unk>"))
    backend.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<bos>", eos_token="<eos>", additional_special_tokens=["<end_of_turn>"]
    )


def test_bos_is_added_once_and_survives_saving(tokenizer, tmp_path):
    from transformers import AutoTokenizer

    assert tokenizer("hola selamat").input_ids == [3, 4]
    model_folder.add_bos(tokenizer)
    tokenizer.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert again("hola selamat").input_ids == [2, 3, 4]
    assert again("<bos>hola", add_special_tokens=False).input_ids == [2, 3]


TURNS = "{% for message in messages %}{{ message['content'] + '<end_of_turn>' }}{{ '\n' }}{% endfor %}"


def test_end_of_turn_stops_an_answer_too(tokenizer):
    tokenizer.chat_template = TURNS
    assert model_folder.stop_ids(tokenizer) == [1, 5]
    tokenizer.chat_template = "{{ messages[0]['content'] }}"
    assert model_folder.stop_ids(tokenizer) == [1]
    tokenizer.chat_template = TURNS.replace("<end_of_turn>", "<|eot_id|>")
    with pytest.raises(InputError, match=r"no token for '<\|eot_id\|>', with which the chat template ends a turn"):
        model_folder.stop_ids(tokenizer)


@pytest.mark.parametrize("template", ["chatml", "gemma-3", "llama-3.1", "smollm2"])
def test_every_template_of_the_project_names_its_end_of_turn(tokenizer, template):
    ends = {"gemma-3": "<end_of_turn>", "llama-3.1": "<|eot_id|>"}
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_end|>", "<|eot_id|>", "<end_of_turn>"]})
    tokenizer.chat_template = (ROOT / f"resources/chat_templates/{template}.jinja").read_text(encoding="utf-8")
    expected = tokenizer.convert_tokens_to_ids(ends.get(template, "<|im_end|>"))
    assert model_folder.end_of_turn(tokenizer) == expected


@pytest.mark.parametrize("own", [{}, {"eos_token_id": 7}, {"eos_token_id": [7, 8], "temperature": 0.6}])
def test_a_base_given_a_template_ends_its_answers_with_the_end_of_a_turn(tokenizer, tmp_path, own):
    tokenizer.save_pretrained(tmp_path)
    for name, content in FETCHED.items():
        (tmp_path / name).write_text(content)
    if own:
        write_json(tmp_path / "generation_config.json", own)
    model_folder.finish_hub_folder(tmp_path, "org/model", TURNS, chat=True)
    known = own.get("eos_token_id", [])
    written = read_json(tmp_path / "generation_config.json")
    assert written.pop("eos_token_id") == [1, 5, *(known if isinstance(known, list) else [known])]
    assert written == {key: value for key, value in own.items() if key != "eos_token_id"}


@pytest.mark.parametrize("revision", ["main", "0123abc", COMMIT.upper(), "unlocked"])
def test_a_hub_revision_must_be_a_whole_commit(revision, tmp_path):
    with pytest.raises(InputError, match=r"model org/model: not locked; run `\.venv/bin/snakemake .* lock_revisions`"):
        model_folder.from_hub("org/model", revision, None, tmp_path / "out")


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"chat_template.jinja": "", "a.safetensors": None}, "org/model: has no safetensors"),
        (
            {"config.json": '{"model_type": "novel", "auto_map": {}}'},
            "org/model: its type novel needs code of its repo",
        ),
        ({}, "org/model: brings no chat template; set chat_template of this model in the config"),
        ({"tokenizer_config.json": "{}"}, "brings no chat template"),
    ],
)
def test_a_fetched_folder_must_have_weights_a_known_architecture_and_a_template(files, says, tmp_path):
    for name, content in (FETCHED | files).items():
        if content is not None:
            (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=says):
        model_folder.finish_hub_folder(tmp_path, "org/model", None, chat=True)


@pytest.mark.parametrize(
    ("files", "chat"),
    [
        ({"chat_template.jinja": ""}, True),
        ({"tokenizer_config.json": json.dumps({"chat_template": "{{ messages }}"})}, True),
        ({}, False),
    ],
)
def test_a_template_of_its_own_is_enough_and_an_embedder_needs_none(files, chat, tmp_path):
    for name, content in (FETCHED | files).items():
        (tmp_path / name).write_text(content)
    model_folder.finish_hub_folder(tmp_path, "org/model", None, chat=chat)


def test_an_embedder_that_reads_both_ways_is_named_without_its_code(tmp_path):
    fetched = {"model_type": "llama_bidirec", "auto_map": {"AutoModel": "x.Y"}, "architectures": ["Y"], "head_dim": 128}
    (tmp_path / "a.safetensors").touch()
    write_json(tmp_path / "config.json", fetched)
    model_folder.finish_hub_folder(tmp_path, "org/model", None, chat=False)
    expected = {"model_type": "llama", "architectures": ["LlamaBidirectionalModel"], "pooling": "avg", "head_dim": 128}
    assert read_json(tmp_path / "config.json") == expected


def test_a_template_of_the_config_goes_into_the_folder(tokenizer, tmp_path):
    from transformers import AutoTokenizer

    tokenizer.save_pretrained(tmp_path)
    for name, content in FETCHED.items():
        (tmp_path / name).write_text(content)
    model_folder.finish_hub_folder(tmp_path, "org/model", "{{ messages[0]['content'] }}", chat=True)
    assert AutoTokenizer.from_pretrained(tmp_path).chat_template == "{{ messages[0]['content'] }}"
    assert model_folder.brings_chat_template(tmp_path)


def test_fingerprint_follows_content_and_not_the_path(tmp_path):
    def folder(name, config="{}", weights=b"1234", template="a"):
        made = tmp_path / name
        made.mkdir()
        (made / "config.json").write_text(config)
        (made / "chat_template.jinja").write_text(template)
        (made / "model.safetensors").write_bytes(weights)
        return model_folder.fingerprint(made)

    first = folder("a")
    assert folder("b") == first
    others = {folder("c", config="{ }"), folder("d", weights=b"1235"), folder("e", template="b")}
    assert len(others | {first}) == 4
