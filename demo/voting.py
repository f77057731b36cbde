"""What the demonstration's first building decides: a vote that is open, one that passed, one that too few took part in.

Everything goes by the rules and is entered by staff from paper, as most people of the town have no account.
What is counted stays as it is; a new vote begins when the open one is over.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from accounts.models import User
from demo.places import BUILDINGS
from files.documents import PDF, Document
from meters.window import VILNIUS
from printing.pdf import pdf_of
from properties.models import Building
from voting import closing, documents, electorate, paper
from voting.models import Elector, Vote
from voting.presets import MORE_THAN_HALF

_BERZYNO = BUILDINGS[0]
_STAFF = "jurate@kiemonamai.example"
_MORNING = time(9, tzinfo=VILNIUS)
_MIDNIGHT = time(tzinfo=VILNIUS)
# They vote online, if at all: the accounts of the demonstration hold them.
_WITH_ACCOUNTS = ("15", "K1")


@dataclass(frozen=True, kw_only=True)
class _Shown:
    title: str
    text: str
    question: str
    cost: str
    paid_from: str
    # Days from today.
    opens: int
    closes: int
    # Ballots on paper, in the order of the premises.
    papers: tuple[str, ...]
    kind: str = "written_vote"
    is_over: bool = False


def _shown(today: date) -> tuple[_Shown, ...]:
    return (
        _Shown(
            title="Kiemo vartų automatika",
            text="Įrengti automatinius kiemo vartus, atidaromus telefonu ir nuotolinio valdymo pulteliu.",
            question="Ar pritariate kiemo vartų automatikai?",
            cost="4860.00",
            paid_from="Savininkai mokėtų papildomai, lygiomis dalimis",
            opens=-390,
            closes=-370,
            papers=("for", "against", "against"),
            is_over=True,
        ),
        _Shown(
            title="Dviračių stovai kieme",
            text="Prie kiekvieno įėjimo pastatyti po dviračių stovą, prie kurio galima prirakinti rėmą.",
            question="Ar pritariate dviračių stovams?",
            cost="780.00",
            paid_from="Iš kaupiamųjų lėšų, papildomai mokėti nereikės",
            opens=-170,
            closes=-150,
            papers=("for", "for", "for", "against", "for", "for", "abstain", "for", "for"),
            is_over=True,
        ),
        _Shown(
            title=f"Laiptinių remontas {today.year + 1} m. pavasarį",
            text="Perdažyti abiejų laiptinių sienas, pakeisti pašto dėžutes ir įrengti judesio jutiklius "
            "apšvietimui. Darbai truktų apie 5 savaites.",
            question="Ar pritariate laiptinių remontui?",
            cost="18400.00",
            paid_from="Iš kaupiamųjų lėšų, papildomai mokėti nereikės",
            opens=-9,
            closes=12,
            papers=("for", "for", "abstain", "for", "against", "for"),
        ),
    )


def load(*, today: date, at: datetime) -> None:
    """Let the building vote around this day; votes that an earlier day brought in stay as they are."""
    building = Building.objects.get(
        managing_company__company_code=_BERZYNO.company.code, building_code=_BERZYNO.code
    )
    staff = User.objects.get(email=_STAFF)
    for shown in _shown(today):
        known = Vote.objects.filter(building=building)
        known = known.filter(title=shown.title) if shown.is_over else known.running(at=at)
        if not known.exists():
            _vote(shown, building, staff, today=today, at=at)


def _vote(shown: _Shown, building: Building, staff: User, *, today: date, at: datetime) -> None:
    opened_at = datetime.combine(today + timedelta(days=shown.opens), _MORNING)
    vote = Vote.objects.create(
        building=building,
        kind=shown.kind,
        title=shown.title,
        description=shown.text,
        total_cost=Decimal(shown.cost),
        paid_from=shown.paid_from,
        opens_at=opened_at,
        closes_at=datetime.combine(today + timedelta(days=shown.closes + 1), _MIDNIGHT),
        prepared_by=staff,
        prepared_by_name=staff.get_full_name(),
        **MORE_THAN_HALF.numbers,
    )
    question = vote.questions.create(text=shown.question)
    documents.attach(vote=vote, document=_paper("Sąmata", shown.text, opened_at.date()))
    electorate.open_vote(vote=vote, at=opened_at)
    electorate.note_paper(electors=vote.electors.all(), to="Pašto dėžutė", by=staff, at=opened_at)
    slip = _paper("Balsavimo biuletenis", shown.question, opened_at.date())
    for day, (elector, answer) in enumerate(zip(_on_paper(vote), shown.papers, strict=False), 1):
        # Brought at nine, entered at noon, one a day.
        entered_at = min(opened_at + timedelta(days=day, hours=3), at)
        paper.enter(
            elector=elector,
            answers={str(question.pk): answer},
            received_on=entered_at.astimezone(VILNIUS).date(),
            scan=slip,
            by=staff,
            at=entered_at,
        )
    if shown.is_over:
        closing.close(vote=vote, at=vote.closes_at + timedelta(minutes=1))


def _on_paper(vote: Vote) -> Any:
    with_accounts = Q(premises__unit__in=_WITH_ACCOUNTS)
    return Elector.objects.filter(vote=vote).exclude(with_accounts).order_by("sort_key", "pk")


def _paper(title: str, words: str, day: date) -> Document:
    company = _BERZYNO.company
    content = pdf_of(
        template="plain",
        language="lt",
        data={
            "title": title,
            "author": company.beneficiary,
            "footer": f"{company.beneficiary}, {company.address}",
            "page": "{page} iš {pages}",
            "issuer_name": company.beneficiary,
            "heading": title,
            "address": f"{_BERZYNO.street} {_BERZYNO.house}, {company.city}",
            "facts": [{"label": "Data", "value": day.isoformat()}],
            "paragraphs": [words],
        },
    )
    return Document(name=f"{title}.pdf", content_type=PDF, content=content)
