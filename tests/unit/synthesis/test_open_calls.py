"""The open calls of an engine, which a stand-in plays: vLLM is not loaded."""

from types import SimpleNamespace

from polyglot.synthesis.generate import OpenCalls
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.prompting import Question
from polyglot.synthesis.synthesise import Call


def output(number, text, end, tokens):
    return SimpleNamespace(
        request_id=str(number),
        prompt_token_ids=[1, 2, 3],
        outputs=[SimpleNamespace(text=text, finish_reason=end, token_ids=tokens)],
    )


class Engine:
    """Tokens are words; each step ends the outputs that stand in its place."""

    def __init__(self, steps):
        self.steps = list(steps)
        self.llm_engine = self

    def get_tokenizer(self):
        return lambda text, **options: SimpleNamespace(input_ids=text.split())

    def step(self):
        return self.steps.pop(0)


def test_answers_are_given_as_soon_as_a_step_ends_some():
    steps = [
        [],
        [output(4, "Sí.", "stop", [7, 8])],
        [],
        [output(0, "No", "length", [7]), output(2, "Ya.", "stop", [9])],
    ]
    calls = OpenCalls(lambda: Engine(steps), {"max_tokens": 5}, 10)
    assert calls.finished() == {4: Completion("Sí.", "stop", 3, 2)}
    assert calls.finished() == {0: Completion("No", "length", 3, 1), 2: Completion("Ya.", "stop", 3, 1)}


def test_a_call_without_room_for_an_answer_ends_before_any_step():
    loaded = []

    def load():
        loaded.append(Engine([]))
        return loaded[0]

    calls = OpenCalls(load, {"max_tokens": 5}, 4)
    assert loaded == []  # where every answer is on disk, no engine is needed
    for number in (3, 5):
        calls.submit(number, Call(Question("uno dos tres cuatro"), None, 1))
    assert calls.finished() == {number: Completion("", "too_long", 4, 0) for number in (3, 5)}
    assert len(loaded) == 1
