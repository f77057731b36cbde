"""What happens in the demonstration's buildings: announcements, works in every state, papers and photos."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from demo.people import accounts
from demo.places import BUILDINGS, PAJURIS, Building
from files.documents import JPEG, PDF, stored
from meters.window import VILNIUS
from noticeboard.models import Announcement, Attachment, BuildingFile, Seen, Work
from printing.pdf import pdf_of
from properties.models import Building as StoredBuilding
from properties.models import ManagingCompany, PaymentBook
from properties.objects import objects_of

_BERZYNO, _RAMUNIU = BUILDINGS[0], BUILDINGS[1]
_MORNING = time(9, tzinfo=VILNIUS)

# People looked the last time so long ago.
_LOOKED = timedelta(days=4)

# By the company's prefix: who is in charge of its buildings.
_MANAGERS = {
    "KN": ("Rimantas Prižiūrėtojėlis", "+370 700 00021", "rimantas@kiemonamai.example"),
    "AU": ("Virginija Ūkvedėlė", "+370 700 00022", "virginija@kiemonamai.example"),
    "LY": ("Povilas Raktininkėlis", "+370 700 00023", "povilas@kiemonamai.example"),
}


@dataclass(frozen=True, kw_only=True)
class _Work:
    building: Building
    title: str
    text: str
    kind: str
    state: str
    # Days from today; without them no day is known yet.
    starts: int | None
    days: int = 1
    hours: tuple[int, int] | None = None
    staircase: str = ""
    cost: str = ""
    paid_from: str = ""
    paying: str = ""
    contractor: str = ""
    told: int = -3
    is_important: bool = False
    act: str = ""
    has_photos: bool = False


_WORKS = (
    _Work(
        building=_BERZYNO,
        title="Nebus karšto vandens",
        text="Keičiame sklendes šilumos punkte. Šaltas vanduo bus. Jei darbus baigsime anksčiau, vandenį "
        "paleisime iš karto.",
        kind="water",
        state="planned",
        starts=1,
        hours=(9, 16),
        paid_from="reserve_fund",
        contractor="„Šilumos punktelis“, MB",
        told=-2,
        is_important=True,
    ),
    _Work(
        building=_BERZYNO,
        title="Šildymo sistemos balansavimas",
        text="Meistrui gali prireikti patekti į Jūsų butą. Iš anksto paskambinsime.",
        kind="heating",
        state="planned",
        starts=6,
        days=2,
        hours=(8, 17),
        cost="620.00",
        paid_from="reserve_fund",
        told=-9,
    ),
    _Work(
        building=_BERZYNO,
        title="Lifto patikra",
        text="Liftas neveiks apie dvi valandas.",
        kind="lift",
        state="planned",
        starts=13,
        hours=(10, 12),
        staircase="1",
        paid_from="company",
        told=-5,
    ),
    _Work(
        building=_RAMUNIU,
        title="Laiptinių langų keitimas",
        text="Keičiame po vieną aukštą per dieną. Darbų metu langai gali būti atviri – pasirūpinkite augalais.",
        kind="other",
        state="in_progress",
        starts=-4,
        days=12,
        hours=(8, 17),
        cost="4860.00",
        paid_from="residents",
        paying="Nuo kiekvieno buto – 101,25 €, lygiomis dalimis per šešis mėnesius.",
        contractor="„Langėlio meistrai“, UAB",
        told=-20,
    ),
    _Work(
        building=_BERZYNO,
        title="Stogo dangos remontas",
        text="Dėl lietaus darbus atidedame. Naują dieną parašysime čia.",
        kind="roof",
        state="postponed",
        starts=None,
        told=-8,
    ),
    _Work(
        building=_RAMUNIU,
        title="Elektros skydinės patikra",
        text="Patikrą atšaukėme: ji jau atlikta kartu su skaitiklių keitimu.",
        kind="electricity",
        state="cancelled",
        starts=3,
        told=-6,
    ),
    _Work(
        building=_BERZYNO,
        title="Išvalyti lietvamzdžiai",
        text="Išvalyti visi aštuoni lietvamzdžiai ir du latakai.",
        kind="cleaning",
        state="done",
        starts=-10,
        cost="240.00",
        paid_from="reserve_fund",
        contractor="„Aukštalipėlis“, MB",
        told=-24,
        act="Darbų aktas",
        has_photos=True,
    ),
    _Work(
        building=_BERZYNO,
        title="Pakeistos lemputės laiptinėje",
        text="Pakeistos 4 lemputės.",
        kind="electricity",
        state="done",
        starts=-17,
        staircase="1",
        paid_from="company",
        told=-17,
    ),
    _Work(
        building=_BERZYNO,
        title="Sutvarkytos antros laiptinės durys",
        text="Durys vėl užsidaro pačios.",
        kind="other",
        state="done",
        starts=-31,
        staircase="2",
        cost="85.00",
        paid_from="reserve_fund",
        told=-33,
    ),
    _Work(
        building=_RAMUNIU,
        title="Praplauta šildymo sistema",
        text="Sistema praplauta ir patikrinta prieš šildymo sezoną.",
        kind="heating",
        state="done",
        starts=-62,
        cost="430.00",
        paid_from="reserve_fund",
        told=-75,
        act="Hidraulinio bandymo aktas",
    ),
)


@dataclass(frozen=True, kw_only=True)
class _Announcement:
    title: str
    text: str
    told: int
    building: Building | None = None
    premises: tuple[str, ...] = field(default_factory=tuple)


_ANNOUNCEMENTS = (
    _Announcement(
        title="Šildymo sezonas prasidėjo",
        text="Radiatoriai įšils per 1–3 dienas.\n\nJei po trijų dienų vis dar šalti, parašykite mums.",
        told=-3,
    ),
    _Announcement(
        title="Rūšiavimo konteineriai perkelti",
        text="Dabar jie stovi už namo, prie vaikų žaidimų aikštelės.",
        told=-8,
        building=_RAMUNIU,
    ),
    _Announcement(
        title="Namo ataskaita",
        text="Parengėme namo ataskaitą už praėjusį ketvirtį: kas padaryta, kiek kainavo ir kiek liko kaupiamųjų "
        "lėšų. Ją rasite tarp namo dokumentų.",
        told=-14,
        building=_BERZYNO,
    ),
    _Announcement(
        title="Patikrinsime Jūsų balkono turėklus",
        text="Meistras ateis sutartą dieną, prieš tai paskambins.",
        told=-21,
        building=_BERZYNO,
        premises=("15", "16", "23"),
    ),
    _Announcement(
        title="Kaip pranešti apie avariją",
        text="Trūkus vamzdžiui ar užuodus dujų kvapą, skambinkite avarinei tarnybai – ji dirba visą parą.",
        told=-47,
    ),
)

# Kind, title, how many days ago it was added.
_PAPERS = (
    ("minutes", "Visuotinio susirinkimo protokolas", 25),
    ("estimate", "Laiptinių remonto sąmata", 40),
    ("act", "Šilumos punkto patikros aktas", 95),
    ("minutes", "Visuotinio susirinkimo protokolas", 390),
    ("plan", "Ilgalaikis atnaujinimo darbų planas", 420),
    ("other", "Energinio naudingumo sertifikatas", 700),
)


def load(*, today: date, at: datetime) -> None:
    """Bring in what happens around this day; what an earlier day brought in is moved along with it."""
    for building in BUILDINGS:
        name, phone, email = _MANAGERS.get(building.company.prefix, ("", "", ""))
        _rows_of(building).filter(manager_name="").update(
            manager_name=name, manager_phone=phone, manager_email=email
        )
    for work in _WORKS:
        _write_work(work, today=today, at=at)
    for announcement in _ANNOUNCEMENTS:
        _write_announcement(announcement, today=today, at=at)
    for building in (_BERZYNO, _RAMUNIU):
        for kind, title, days in _PAPERS:
            _write_paper(building, kind, title, today - timedelta(days=days))
    _look(today=today, at=at)


def _look(*, today: date, at: datetime) -> None:
    """Let whoever holds an object of the town have seen what was told before they looked the last time."""
    emails = [account.email for account in accounts(today=today) if account.holds]
    looked_at = datetime.combine(today - _LOOKED, time(tzinfo=VILNIUS))
    for person in get_user_model()._default_manager.filter(email__in=emails):
        # By their books: the gate in one statement takes minutes while nothing is known of the new tables' sizes.
        books = PaymentBook.objects.filter(pk__in=[own.book.pk for own in objects_of(user=person, at=at)])
        works = Work.objects.reaching(books=books, at=at).filter(published_at__lt=looked_at)
        told = Announcement.objects.reaching(books=books, at=at).filter(published_at__lt=looked_at)
        seen = [
            *(Seen(person=person, work=row) for row in works),
            *(Seen(person=person, announcement=row) for row in told),
        ]
        Seen.objects.bulk_create(seen, ignore_conflicts=True)


def _rows_of(building: Building) -> Any:
    return StoredBuilding.objects.filter(
        managing_company__company_code=building.company.code, building_code=building.code
    )


def _moment(today: date, days: int, at: datetime) -> datetime:
    return min(datetime.combine(today + timedelta(days=days), _MORNING), at)


def _write_work(shown: _Work, *, today: date, at: datetime) -> None:
    starts_on = None if shown.starts is None else today + timedelta(days=shown.starts)
    ends_on = starts_on + timedelta(days=shown.days - 1) if starts_on and shown.days > 1 else None
    name, phone, _email = _MANAGERS[shown.building.company.prefix]
    hours = [time(hour) for hour in shown.hours] if shown.hours else [None, None]
    work, is_new = Work.objects.update_or_create(
        building=_rows_of(shown.building).get(),
        title=shown.title,
        defaults={
            "description": shown.text,
            "kind": shown.kind,
            "state": shown.state,
            "staircase": shown.staircase,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "from_time": hours[0],
            "until_time": hours[1],
            "cost": Decimal(shown.cost) if shown.cost else None,
            "paid_from": shown.paid_from,
            "paying_words": shown.paying,
            "contractor": shown.contractor,
            "contact_name": name,
            "contact_phone": phone,
            "published_at": _moment(today, shown.told, at),
            "is_important": shown.is_important,
            "important_until": _evening_of(ends_on or starts_on) if shown.is_important else None,
        },
    )
    if is_new:
        for attachment in _attachments(shown, starts_on or today):
            attachment.work = work
            attachment.save()


def _evening_of(day: date | None) -> datetime | None:
    return datetime.combine(day, time(20, tzinfo=VILNIUS)) if day else None


def _write_announcement(shown: _Announcement, *, today: date, at: datetime) -> None:
    building = _rows_of(shown.building).get() if shown.building else None
    audience = "premises" if shown.premises else "building" if building else "company"
    row, _is_new = Announcement.objects.update_or_create(
        managing_company=ManagingCompany.objects.get(
            company_code=(shown.building.company if shown.building else PAJURIS).code
        ),
        title=shown.title,
        defaults={
            "audience": audience,
            "building": building,
            "text": shown.text,
            "published_at": _moment(today, shown.told, at),
        },
    )
    if building:
        row.properties.set(building.properties.filter(kind="flat", unit__in=shown.premises))


def _write_paper(building: Building, kind: str, title: str, added_on: date) -> None:
    row = _rows_of(building).get()
    if BuildingFile.objects.filter(building=row, kind=kind, year=added_on.year, title=title).exists():
        return
    content = _paper(building, title, added_on, "Dokumentas parengtas pagal namo duomenis.")
    BuildingFile.objects.create(
        building=row,
        kind=kind,
        year=added_on.year,
        title=title,
        added_on=added_on,
        **_kept(content, PDF, f"{title}.pdf"),
    )


def _kept(content: bytes, content_type: str, name: str) -> dict[str, Any]:
    file: ContentFile[bytes] = stored(content, content_type=content_type)
    return {"file": file, "name": name, "content_type": content_type, "size": len(content)}


def _attachments(shown: _Work, day: date) -> Iterator[Attachment]:
    if shown.act:
        content = _paper(shown.building, shown.act, day, f"{shown.title}. {shown.text}")
        yield Attachment(kind="document", title=shown.act, **_kept(content, PDF, f"{shown.act}.pdf"))
    if shown.has_photos:
        yield Attachment(kind="before", **_kept(_photo(is_clean=False), JPEG, "pries.jpg"))
        yield Attachment(kind="after", **_kept(_photo(is_clean=True), JPEG, "po.jpg"))


def _paper(building: Building, title: str, day: date, words: str) -> bytes:
    company = building.company
    return pdf_of(
        template="plain",
        language="lt",
        data={
            "title": title,
            "author": company.beneficiary,
            "footer": f"{company.beneficiary}, {company.address}",
            "page": "{page} iš {pages}",
            "issuer_name": company.beneficiary,
            "heading": title,
            "address": f"{building.street} {building.house}, {company.city}",
            "facts": [
                {"label": "Data", "value": day.isoformat()},
                {"label": "Namas", "value": f"{building.street} {building.house}"},
                {"label": "Parengė", "value": _MANAGERS[company.prefix][0]},
            ],
            "paragraphs": [words],
        },
    )


def _photo(*, is_clean: bool) -> bytes:
    """Draw a gutter under the edge of a roof, with leaves in it or without."""
    image = Image.new("RGB", (960, 640), "#b9cbd6")
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 90), (960, 40), (960, 250), (0, 300)], fill="#8c4a3a")
    draw.rectangle((0, 300, 960, 640), fill="#d9d0bf")
    draw.polygon([(0, 300), (960, 250), (960, 330), (0, 380)], fill="#6d777c")
    draw.rectangle((760, 330, 830, 640), fill="#7c868b")
    if not is_clean:
        for number in range(120):
            x, lift = (number * 77) % 940, (number * 31) % 34
            top = 300 - x * 50 // 960 + lift
            colour = ("#b5762a", "#8a5a20", "#6e7b34")[number % 3]
            draw.ellipse((x, top, x + 34, top + 18), fill=colour)
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
