from pathlib import Path
from typing import ClassVar

import pytest

from polyglot.core.errors import InputError
from polyglot.synthesis.methods import DIRECT
from polyglot.synthesis.prompting import STYLES, Question, Template, pair_schema
from polyglot.synthesis.synthesise import Call

TEMPLATES = Path("resources/prompts")
SHOWN = [
    {"english": "What is your name?", "prompt": "お名前は何ですか？", "response": "私は「ロボット」です。\n二行目"},
    {"english": "Say hello.", "prompt": 'Katakan "halo" {{ x }}', "response": "Halo!"},
]
UNANSWERED = {"english": "Why?", "prompt": "¿Por qué no?", "response": None}


def ask(style, method, demonstrations=SHOWN, source="مرحبا <b>"):
    question = Template(TEMPLATES, style, method).ask(
        "Japanese", demonstrations, None if method == "generate" else source
    )
    content = question.content
    return question, content if isinstance(content, str) else "\n".join(turn["content"] for turn in content)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("method", DIRECT)
def test_every_template_names_the_language_and_shows_the_texts_as_they_are(style, method):
    question, text = ask(style, method)
    assert "Japanese" in text
    assert "お名前は何ですか？" in text
    assert "{{ x }}" in text  # a seed's braces are text, not Jinja
    assert ("مرحبا <b>" in text) == (method != "generate")
    assert ("What is your name?" in text) == (method == "translate")
    assert isinstance(question.content, str) == (style == "few_shot")
    assert "None" not in text


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("method", DIRECT)
def test_examples_without_a_response_never_show_none(style, method):
    _, text = ask(style, method, [*SHOWN, UNANSWERED])
    assert "None" not in text and "null" not in text
    assert "お名前は何ですか？" in text


@pytest.mark.parametrize("method", DIRECT)
def test_no_examples_at_all_still_make_a_question(method):
    _, text = ask("chat", method, [])
    assert "Japanese" in text


@pytest.mark.parametrize("method", ["generate", "translate"])
def test_few_shot_json_is_compact_as_the_engine_writes_it_and_ends_its_line(method):
    question, text = ask("few_shot", method)
    assert '{"prompt":"お名前は何ですか？","response":"私は「ロボット」です。\\n二行目"}\n' in text
    assert text.endswith("\n") and question.stop == ()


def test_few_shot_answer_goes_on_in_the_last_line_and_ends_with_the_list():
    question, text = ask("few_shot", "respond")
    assert text.endswith("Prompt: مرحبا <b>\nResponse:")
    assert "\n\n" in question.stop and "\nPrompt:" in question.stop


def test_chat_respond_shows_examples_as_turns():
    question, _ = ask("chat", "respond")
    assert [turn["role"] for turn in question.content] == ["user", "assistant"] * 2 + ["user"]
    assert question.content[1]["content"] == "私は「ロボット」です。\n二行目"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{% for %}", "not a Jinja template"),
        ("{% call turn('user') %}{{ languag }}{% endcall %}", "cannot be filled in.*languag"),
        ("Write in {{ language }}.", "holds no turn"),
    ],
)
def test_broken_template_is_named(tmp_path, text, says):
    (tmp_path / "chat").mkdir()
    (tmp_path / "chat" / "generate.jinja").write_text(text)
    with pytest.raises(InputError, match=rf"generate\.jinja: {says}"):
        Template(tmp_path, "chat", "generate").ask("Czech", [], None)


def test_schema_takes_two_texts_and_nothing_else():
    schema = pair_schema(200)
    assert schema["required"] == ["prompt", "response"] and schema["additionalProperties"] is False
    assert schema["properties"]["prompt"] == {"type": "string", "minLength": 1, "maxLength": 200}
    assert pair_schema(None)["properties"]["response"] == {"type": "string"}


class Recorder:
    """A tokenizer that turns a text into its words and remembers whether it was asked for special tokens."""

    chat_template = ""
    added_tokens_decoder: ClassVar[dict] = {}

    def __call__(self, text, split_special_tokens):
        assert split_special_tokens
        return type("Encoded", (), {"input_ids": ["<bos>", *text.split()]})

    def apply_chat_template(self, messages, return_dict, add_generation_prompt):
        assert return_dict and add_generation_prompt
        return {"input_ids": ["<bos>", *(turn["content"] for turn in messages), "model:"]}


def test_bos_token_comes_once_from_the_chat_template_or_from_the_tokenizer():
    from polyglot.synthesis.generate import tokenise

    chat = Call(Question([{"role": "user", "content": "Halo"}]), None, 1)
    assert tokenise(Recorder(), chat) == ["<bos>", "Halo", "model:"]
    assert tokenise(Recorder(), Call(Question("Prompt: Halo"), None, 1)) == ["<bos>", "Prompt:", "Halo"]
