"""Questions and answers in one language: grouped by topic, or narrowed to those that hold some words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from lithuanian.folding import fold_text

from .models import Question

ENGLISH, LITHUANIAN = "en", "lt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One question with its answer, in the language of the page or in the only one it has."""

    pk: int
    topic_pk: int
    topic: str
    question: str
    answer: str
    # Said of the text where it is not the page's own.
    language: str
    # Of one company: whose clients it is for.
    company: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    pk: int
    title: str
    answers: list[Answer]


def answers_of(*, questions: Iterable[Question], language: str) -> list[Answer]:
    """Return questions, read with their topics and companies, in this language and their own order."""
    return [_answer(question, is_english=language == ENGLISH) for question in questions]


def _answer(question: Question, *, is_english: bool) -> Answer:
    is_translated = is_english and question.question_en != ""
    return Answer(
        pk=question.pk,
        topic_pk=question.topic_id,
        topic=question.topic.title_en if is_english else question.topic.title,
        question=question.question_en if is_translated else question.question,
        answer=question.answer_en if is_translated else question.answer,
        language=LITHUANIAN if is_english and not is_translated else "",
        company=question.managing_company.name if question.managing_company else "",
    )


def sections_of(*, answers: Iterable[Answer]) -> list[Section]:
    """Group answers, which come in the order of their topics."""
    groups = groupby(answers, key=lambda one: (one.topic_pk, one.topic))
    return [Section(pk=pk, title=title, answers=list(group)) for (pk, title), group in groups]


def found_in(*, answers: Iterable[Answer], typed: str) -> list[Answer]:
    """Return the answers with every typed word in any of its endings; those with all in the question first.

    Letters count without their marks, so „saskaita“ finds „sąskaitą“; what is no letter or digit only parts words.
    """
    stems = [_stem(word) for word in fold_text(typed).split()]
    if not stems:
        return []
    ranked = [(_rank(stems, answer), answer) for answer in answers]
    return [answer for rank, answer in sorted(ranked, key=lambda one: one[0] or 0) if rank is not None]


# As many as a person reads through.
_MOST_SIMILAR = 5


def similar_to(*, answers: Iterable[Answer], typed: str) -> list[Answer]:
    """Return a few answers with any of the longer typed words, for where none has them all; those with most first."""
    stems = [stem for stem in map(_stem, fold_text(typed).split()) if len(stem) >= _SHORTEST_STEM]
    held = [(sum(_rank([stem], answer) is not None for stem in stems), answer) for answer in answers]
    best = sorted((one for one in held if one[0]), key=lambda one: -one[0])
    return [answer for _, answer in best[:_MOST_SIMILAR]]


_WORDS_OF_THE_QUESTION, _ELSEWHERE = 0, 1


def _rank(stems: list[str], answer: Answer) -> int | None:
    question = f" {fold_text(answer.question)}"
    everything = f"{question} {fold_text(answer.answer)} {fold_text(answer.topic)}"
    if all(f" {stem}" in question for stem in stems):
        return _WORDS_OF_THE_QUESTION
    return _ELSEWHERE if all(f" {stem}" in everything for stem in stems) else None


# „sąskaita, sąskaitą, sąskaitoms“, "invoice, invoices": what follows the last consonant of the stem.
_ENDING = re.compile(r"(?:[aeiouy]*(?:ms|mis|me|se|s|m)|[aeiouy]+)$")
_SHORTEST_STEM = 4


def _stem(word: str) -> str:
    """Return the part of a folded word that its endings leave alone; short words stay whole."""
    stem = _ENDING.sub("", word)
    # „slaptažodis, slaptažodžio“, „raštas, raščiau“: before some endings the last consonant changes.
    stem = re.sub(r"dz$", "d", stem)
    return stem if len(stem) >= _SHORTEST_STEM else word[: max(_SHORTEST_STEM, len(stem))]
