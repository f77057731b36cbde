"""Documents of a vote: what people should read before they decide."""

import hashlib

from files.documents import Document

from .models import Option, Vote, VoteDocument


def put(row: VoteDocument, document: Document) -> None:
    """Put a checked file into its row, with the digest by which it is known later."""
    row.file = document.stored()
    row.name = document.name
    row.content_type = document.content_type
    row.size = len(document.content)
    row.sha256 = hashlib.sha256(document.content).hexdigest()


def attach(*, vote: Vote, document: Document, option: Option | None = None) -> VoteDocument:
    """Keep a document of a vote that is being prepared."""
    row = VoteDocument(vote=vote, option=option)
    put(row, document)
    row.save()
    return row
