"""Which documents of a corpus are held out: no model is trained on them, and benchmark items are made of them alone."""

import hashlib


def is_held_out(document_id: str, percent: int) -> bool:
    """Whether a document is among the `percent` of 100 that are held out: by a hash of its id, itself one of content.

    The same text is held out in every corpus, shard and study.
    """
    return int(hashlib.sha256(document_id.encode()).hexdigest()[:8], 16) % 100 < percent
