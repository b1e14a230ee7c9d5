"""What a server's reply to one call means: an answer, or a call that failed. Pure functions: no network, no clock.

Servers that call themselves OpenAI-compatible differ in wording, in names and in what they leave out. Each reply is
read by its meaning, and an answer is valid (text, whole token counts) before anything else sees it.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from polyglot.core.files import Json
from polyglot.core.texts import printable
from polyglot.synthesis.parsing import Completion

LARGEST = 4 << 20  # bytes of a reply: ten times what the longest answer of today's models takes
MOST_TOKENS = 10_000_000  # of one call; a larger count is a fault of the server
BYTES_A_TOKEN = 3  # to estimate usage: 4 in English, 2 to 3 in other scripts
MEANINGS = {
    "stop": "stop end end_turn eos eos_token stop_sequence stop_token complete completed finished done normal",
    "length": "length max_tokens max_length max_output_tokens max_completion_tokens model_length token_limit",
    "refused": "content_filter content_filtered refusal refused safety recitation prohibited_content blocklist spii"
    " sensitive moderation guardrail guardrail_intervened error_toxic",
    "tool_calls": "tool_calls tool_call tool_use function_call malformed_function_call unexpected_tool_call",
    "failed": "error network_error abort aborted cancelled canceled overloaded insufficient_system_resource",
}
ENDS = {word: meaning for meaning, words in MEANINGS.items() for word in words.split()}
# each pattern is a provider's wording of the same refusal
TOO_LONG = re.compile(
    r"context[ _](length|window|size)|maximum context|context[^.]{0,10} overflow|string_above_max_length"
    r"|(prompt|input|message|request)s? (is|are) (too long|longer than)|too large for (the |this )?model"
    r"|exceed\w*[^.]{0,50} (context|(token|length|input) limit|number of (input )?tokens|maximum length)"
    r"|input token count|inputs?`? tokens|token count[^.]{0,40} exceeds|range of input length|too many (input )?tokens"
    r"|reduce the length|request (entity )?too large|payload too large|maximum (input|prompt|sequence) length"
    r"|max_(seq|model)_len|maximum model len|max (message|context|input|prompt) tokens|longer than the max"
    r"|(less|fewer) than \d+ tokens|length exceed|max_tokens[^.]{0,30} got -\d"
    r"|上下文|输入长度|超长",
    re.IGNORECASE,
)
REFUSED = re.compile(
    r"content[ _-]?(filter|policy|management|moderation|exists risk)|responsible ?ai|flagged|moderation|\bsafety\b"
    r"|(usage|acceptable use|terms of use) polic|polic(y|ies) violation|data_?inspection_?failed|invalid_prompt"
    r"|violat(es|ed|ing|ion)[^.]{0,40}(polic|guideline|terms)|inappropriate|high risk|harmful|prohibited_?content"
    r"|sensitive|block_?reason|guardrail|unsafe|敏感|不安全|风险|违规|不合规"
    r"|(prompt|request|input|response|output|content) (was|is|has been|were) (blocked|filtered|rejected by)",
    re.IGNORECASE,
)
NO_CREDIT = re.compile(r"insufficient[ _](quota|balance|credit|funds)|credit balance|payment required|欠费", re.I)
PASSING = (408, 409, 425, 429)  # statuses that pass by themselves, with every one from 500
AGAIN = "run the same command again later"


@dataclass(frozen=True)
class Failure:
    """A call without an answer.

    `reason` and `cure` are words of one line, in which {key_env} and {model} stand for those of the config; `retry`
    says whether the same call may succeed later, `wait` the seconds that the server asks for; `fatal` that no call can
    succeed; `paid` that the server may have worked for money.
    """

    reason: str
    cure: str = AGAIN
    retry: bool = True
    wait: float | None = None
    fatal: bool = False
    paid: bool = False


def read_reply(status: int, headers: Mapping[str, str], body: bytes, asked: int, now: datetime) -> Completion | Failure:
    """The meaning of a reply. `asked` is the size of the request in bytes; `body` may end after LARGEST bytes."""
    text = body.decode("utf-8-sig", "replace")
    if 300 <= status < 400:
        return Failure(
            "redirects, and no call follows with its key and prompt", "put the last address into base_url", False
        )
    value = parsed(text)
    if status >= 400:
        return refusal(status, error_of(value) or text, asked_wait(headers, now))
    if len(body) > LARGEST:
        return Completion("", "huge", tokens_of(asked), tokens_of(len(body)), estimated=True)
    if not isinstance(value, dict):
        return Failure(f"answered what is not a JSON object ({excerpt(text)})", paid=True)
    if error := error_of(value):
        return refusal(error_status(error), error, asked_wait(headers, now))
    return answer(value, asked)


def parsed(text: str) -> Any:
    """JSON as a value; None where it is none, or nested or long beyond reason."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def error_of(value: Any) -> Any:
    """The error that a body reports, at its top or in its first choice; None for a body without one."""
    if not isinstance(value, dict):
        return None
    return value.get("error") or first_choice(value).get("error") or None


def error_status(error: Any) -> int:
    """The HTTP status that an error inside a 200 stands for; 500, which is tried again, where it names none."""
    code = str(error.get("code") or error.get("status")) if isinstance(error, dict) else ""
    if re.fullmatch(r"[45]\d\d", code):
        return int(code)
    return 429 if NO_CREDIT.search(words_of(error)) else 500


def refusal(status: int, error: Any, wait: float | None) -> Completion | Failure:
    """The meaning of an error: a reject of this call alone, a failure that may pass, or the end of the job."""
    words = words_of(error)
    of_the_call = status not in (401, 402, 404, 429)
    if status == 413 or (of_the_call and TOO_LONG.search(words)):
        return Completion(excerpt(words), "too_long", 0, 0)
    if status == 451 or (of_the_call and REFUSED.search(words)):
        return Completion(excerpt(words), "refused", 0, 0)
    reason = f"refused with {status} ({excerpt(words)})"
    if status == 402 or (status in (403, 429) and NO_CREDIT.search(words)):
        return Failure(reason, "pay the account of the key, then run the same command again", False, fatal=True)
    if status in (401, 403):
        return Failure(f"the key in {{key_env}} is refused ({status})", "put a valid one into it", False, fatal=True)
    if status == 404:
        return Failure("model {model} or the address is unknown (404)", "correct them in the config", False, fatal=True)
    if status in PASSING or status >= 500:
        return Failure(reason, wait=wait)
    return Failure(reason, "correct the teacher's settings", False)


def answer(value: Json, asked: int) -> Completion | Failure:
    """What a body without an error holds; an answer that is no text keeps its reason as `finish_reason`."""
    choice = first_choice(value)
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    text = text_of(message.get("content"))
    end = ending(choice.get("finish_reason"))
    if refuses(message) or end == "refused":
        end = "refused"
    elif end == "failed":
        return Failure("answered with an error as its finish_reason", paid=True)
    elif end == "tool_calls" or (not text and (message.get("tool_calls") or message.get("function_call"))):
        end = "tool_calls"
    elif not message or text is None:
        end = "refused" if not message and REFUSED.search(words_of(value)) else "no_text"
    elif any("\ud800" <= character <= "\udfff" for character in text):
        end = "broken_text"
    text = (text or "").encode("utf-8", "replace").decode()
    return Completion(text, end, *usage(value.get("usage"), asked, len(text.encode())), model=reported_model(value))


def reported_model(value: Json) -> str:
    """The server's own name of the model that answered; empty where it says none."""
    name = value.get("model")
    return printable(name)[:120] if isinstance(name, str) else ""


def refuses(message: Json) -> bool:
    """Whether a message is a refusal, as a field of its own or as a part of its content."""
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return bool(message.get("refusal")) or any(
        isinstance(part, dict) and part.get("type") == "refusal" for part in parts
    )


def first_choice(value: Json) -> Json:
    """The first choice of a body; empty where there is none."""
    choices = value.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def text_of(content: Any) -> str | None:
    """The text of a message, in one piece or in parts; None where its content is no text."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        return None
    parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
    return "".join(parts) if parts and all(isinstance(part, str) for part in parts) else None


def ending(word: Any) -> str:
    """A `finish_reason` by its meaning: a key of MEANINGS, or the word itself where its meaning is not known."""
    spelled = re.sub(r"[ -]", "_", str(word).strip().casefold())
    return ENDS.get(re.sub(r"^(finish_?reason[._])", "", spelled)) or printable(str(word))[:40]


def usage(given: Any, asked: int, answered: int) -> tuple[int, int, bool]:
    """Tokens of the prompt and of the answer, and whether they are estimates from their sizes in bytes."""
    given = given if isinstance(given, dict) else {}
    prompt, completion = (whole_number(given.get(name)) for name in ("prompt_tokens", "completion_tokens"))
    known = bool(prompt) and completion is not None and (completion > 0 or not answered)
    return prompt or tokens_of(asked), completion if known else completion or tokens_of(answered), not known


def whole_number(value: Any) -> int | None:
    """A count of tokens; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 <= value <= MOST_TOKENS and value == int(value) else None


def tokens_of(size: int) -> int:
    """Estimated tokens of so many bytes."""
    return math.ceil(size / BYTES_A_TOKEN)


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until a server wants the next try, from its Retry-After (seconds or a date); None where it names none."""
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def words_of(error: Any) -> str:
    """An error as one text to look for wordings in."""
    return error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)


def excerpt(text: str) -> str:
    """The beginning of a server's words, safe to print."""
    return printable(text)[:300]
