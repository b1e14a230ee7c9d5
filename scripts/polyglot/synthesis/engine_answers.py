"""What an engine that has many requests open at once has written."""

from typing import TYPE_CHECKING

from polyglot.synthesis.parsing import Completion

if TYPE_CHECKING:
    from vllm import LLM


def next_answers(engine: "LLM") -> dict[int, Completion]:
    """The answers to the open requests that end next, at least one, by the numbers under which they were opened."""
    while not (outputs := engine.llm_engine.step()):
        pass
    ended = {}
    for output in outputs:
        best = output.outputs[0]
        ended[int(output.request_id)] = Completion(
            best.text, best.finish_reason, len(output.prompt_token_ids), len(best.token_ids)
        )
    return ended
