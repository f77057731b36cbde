"""Documents of a vote: what people should read before they decide."""

import hashlib

from files.documents import Document

from .models import Option, Vote, VoteDocument


def attach(*, vote: Vote, document: Document, option: Option | None = None) -> VoteDocument:
    """Keep a document of a vote that is being prepared, with the digest by which it is known later."""
    return VoteDocument.objects.create(
        vote=vote,
        option=option,
        file=document.stored(),
        name=document.name,
        content_type=document.content_type,
        size=len(document.content),
        sha256=hashlib.sha256(document.content).hexdigest(),
    )
