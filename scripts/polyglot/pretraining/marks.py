"""The special tokens of a base model's tokenizer, and personal data written as them.

The tokens are those of the released Polyglot-Ko tokenizer (its special_tokens_map.json): end of text, separator, bank
account, telephone number, resident registration number.
"""

import re
from collections import Counter

from polyglot.seeds.masking import mask
from polyglot.seeds.matching import Match, digits_of, is_amount, stands_after, whole_number

END_OF_TEXT = "<|endoftext|>"
ACCOUNT, PHONE, RESIDENT = "<|acc|>", "<|tel|>", "<|rrn|>"
SPECIAL_TOKENS = (END_OF_TEXT, "<|sep|>", ACCOUNT, PHONE, RESIDENT)
# what `mask` writes → what a corpus holds instead; addresses are left out, as no token stands for them
WRITTEN = {"ACCOUNT": ACCOUNT, "IBAN": ACCOUNT, "CARD": ACCOUNT, "PHONE": PHONE, "ID": RESIDENT, "EMAIL": "", "IP": ""}
PLACEHOLDER = re.compile(rf"\[({'|'.join(WRITTEN)})\]")
SPELLED = re.compile("|".join(map(re.escape, SPECIAL_TOKENS)))
URL = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"'“”‘’「」『』\[\](){}가-힣ㄱ-ㅎㅏ-ㅣ]+", re.IGNORECASE)
# names of banks and words of transfers; some mean other things too, so that the form must be that of an account
BANK_CUE = re.compile(
    r"(?:국민|신한|우리|하나|기업|농협|축협|수협|신협|새마을금고|우체국|카카오|토스|케이뱅크|산업|대구|부산|경남|광주|전북|제주|씨티"
    r"|SC제일|예금주|입금|송금|이체)[^\d\n!?。]{0,20}$"
)
# 110-123-456789, 3333-01-1234567, 302-1234-5678-91; a number that begins with 0 is dialled
ACCOUNT_FORM = whole_number(r"[1-9]\d{1,5}-\d{2,6}-\d{2,8}(?:-\d{1,3})?")
ACCOUNT_DIGITS = range(10, 15)


def marked(text: str) -> tuple[str, Counter[str]]:
    """`text` with accounts, telephone and resident numbers as special tokens, without addresses of the net and of mail.

    Returns how many there were of each kind too. A special token that the text itself spells is taken out first: it
    would end the text or hide a number.
    """
    counts: Counter[str] = Counter()
    text, spelled = SPELLED.subn("", text)
    text, links = URL.subn("", text)
    text = ACCOUNT_FORM.sub(lambda match: "[ACCOUNT]" if _is_account(match) else match[0], text)
    text = mask(text)[0]
    text = PLACEHOLDER.sub(lambda match: _written(match, counts), text)
    return text, counts + Counter({"URL": links, "special token": spelled})


def _written(match: Match, counts: Counter[str]) -> str:
    counts[match[1]] += 1
    return WRITTEN[match[1]]


def _is_account(match: Match) -> bool:
    return len(digits_of(match)) in ACCOUNT_DIGITS and stands_after(BANK_CUE, match) and not is_amount(match)
