"""Who gets what answer at every address of the portal: one row each, or the suite fails.

Each row is run with real ids, for everybody, with GET and POST. Whoever is refused learns nothing of the
object and changes nothing; somebody else is shown the same object, so that the refusal means something.
"""

import importlib.util
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from guide.models import Question, Topic
from imports.models import ImportRun
from invoices.models import Balance, BankEntry, Invoice, Order, PayerLink, Payment
from invoices.payer_links import address_of
from meters.models import LateWindow, Meter, Reading, ReadingCase, ReadingPhoto
from noticeboard.models import Announcement, Attachment, BuildingFile, Work
from notifications import choices, feeds
from notifications.models import Letter
from properties.models import Access, Building, Claim, LinkRequest, ManagingCompany, PaymentBook, Property
from services.models import CatalogueItem, Photo, Request
from sharing.models import Offer
from tests import tables
from tests.estate import Estate, everything_of, text_of
from tests.factories import InvoiceFactory, UserFactory
from voting.models import Conflict, Elector, PaperBallot, Result, Vote, VoteDocument

MAY_SEE_INVOICES = frozenset({"holder", "co_holder", "guest", "guest_pays"})
HOLDERS = frozenset({"holder", "co_holder"})
MAY_SEE_OBJECT = MAY_SEE_INVOICES | {"guest_declares"}
MAY_ORDER = frozenset({"holder", "co_holder", "guest"})
MAY_DECLARE = frozenset({"holder", "co_holder", "guest", "guest_declares"})
ENDED = frozenset({"revoked_guest", "expired_guest", "removed_holder"})
RESIDENTS = MAY_SEE_OBJECT | ENDED | {"asker", "invited", "newcomer", "stranger", "former_holder"}
# To the administration one resident is like another: beside the holder, who has most to lose, one is asked
# for each address by turns, in the drill all of them.
LIKE_ANY_RESIDENT = sorted(RESIDENTS - {"holder"})
STAFF = frozenset({"staff_a", "staff_b", "superuser"})
OF_A = frozenset({"staff_a", "superuser"})
SIGNED_IN = RESIDENTS | STAFF
EVERYBODY = SIGNED_IN | {"anonymous"}
NOBODY: frozenset[str] = frozenset()

# What says something of the object; the company's own name stands on public pages.
OF_THE_OBJECT = (
    "KN-0418 22-15",
    "P-734177",
    "Slaptas gedimas",
    "8-815",
    "SENAS-77",
    "Klaidinga Pavardė",
    "slapta.dukra@pastas.example",
    "SF-SLAPTA-1",
    "BANKAS-SLAPTAS-1",
    "23,45",
    "Slapta paslauga",
    "987,65",
    "432,10",
    "76,54",
    "632,09",
    "76.54",
    "birute@pastas.example",
    "Pavyzdienė",
    "SLAPTAS-41",
    "5\u00a0432,1",
    "5432.1",
    "5432,1",
    "Slaptas pranešimas",
    "Slapti darbai",
    "SLAPTAS-AKTAS",
    "Slaptas balsavimas",
    "SLAPTA-SAMATA",
    "Slaptas planas",
    "SLAPTAS-PLANAS",
)

Statuses = dict[frozenset[str], int]
Address = Callable[[Estate], str]


@dataclass(frozen=True)
class Row:
    """Expected statuses by who asks; those in `sees` are shown the object on GET, nobody else is.

    `shown` is what they are shown when it is none of OF_THE_OBJECT. Those in `answered` are shown it after a
    POST that comes back to its page. Those in `does` would change something: tests of the page itself let them.
    """

    address: Address
    get: Statuses
    post: Statuses
    sees: frozenset[str] = NOBODY
    shown: str = OF_THE_OBJECT[0]
    answered: frozenset[str] = NOBODY
    does: frozenset[str] = NOBODY


def at(address: str) -> Address:
    return lambda estate: address


def of(model: Any, address: str) -> Address:
    return lambda estate: address.format(estate[model].pk)


def page(address: str, *, sees: frozenset[str] = NOBODY) -> Row:
    """A resident's page without a form."""
    anonymous = {frozenset({"anonymous"}): 302}
    return Row(at(address), anonymous | {SIGNED_IN: 200}, anonymous | {SIGNED_IN: 405}, sees)


def form(address: str) -> Row:
    """A signed-in person's page with a form; sent empty it comes back."""
    answers = {frozenset({"anonymous"}): 302, SIGNED_IN: 200}
    return Row(at(address), answers, answers)


def everybody(address: str, get: int, post: int) -> Row:
    return Row(at(address), {EVERYBODY: get}, {EVERYBODY: post})


def door(
    address: Address,
    get: Statuses,
    post: Statuses,
    sees: frozenset[str] = NOBODY,
    shown: str = OF_THE_OBJECT[0],
) -> Row:
    """A page of the admin: for residents it is not there."""
    closed = {frozenset({"anonymous"}): 302, RESIDENTS: 404}
    return Row(address, closed | get, closed | post, sees, shown)


def each(a: int, b: int, superuser: int) -> Statuses:
    return {
        frozenset({"staff_a"}): a,
        frozenset({"staff_b"}): b,
        frozenset({"superuser"}): superuser,
    }


def model_rows(model: Any, **pages: Row) -> dict[str, Row]:
    """Name the rows of a model as Django names its addresses."""
    app, name = model._meta.app_label, model._meta.model_name
    one = f"admin/{app}/{name}/<path:object_id>/"
    # A redirect that asks nothing of the database; the page behind it asks.
    redirect = door(of(model, f"/admin/{app}/{name}/{{}}/"), {STAFF: 302}, {STAFF: 302})
    return {f"admin:{app}_{name}_{kind}": row for kind, row in pages.items()} | {one: redirect}


def admin_rows(
    model: Any, *, add: Statuses, change: int, delete: int, shown: str = OF_THE_OBJECT[0]
) -> dict[str, Row]:
    """Rows of a company's model: `change` answers an empty POST, `delete` a superuser."""
    root = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    looking, deleting = each(200, 404, 200), each(403, 404, delete)
    sees_question = frozenset({"superuser"}) if delete == 200 else NOBODY
    return model_rows(
        model,
        changelist=door(at(root), {STAFF: 200}, {STAFF: 200}, OF_A, shown),
        add=door(at(f"{root}add/"), add, add),
        history=door(of(model, f"{root}{{}}/history/"), looking, looking, OF_A, shown),
        delete=door(of(model, f"{root}{{}}/delete/"), deleting, deleting, sees_question, shown),
        change=door(of(model, f"{root}{{}}/change/"), looking, each(change, 404, change), OF_A, shown),
    )


def of_a_vote(page: str, *, of_the: Any = Vote) -> Row:
    """A page of a vote for staff; `Result` leads to the one that is counted."""

    def address(estate: Estate) -> str:
        vote = estate[Result].question.vote_id if of_the is Result else estate[Vote].pk
        return f"/admin/voting/vote/{vote}/{page}/"

    return door(address, each(200, 404, 200), each(200, 404, 200), OF_A, "Slaptas balsavimas")


def superusers_rows(model: Any, *, add: int, change: int, shown: str) -> dict[str, Row]:
    """Rows of a model of all companies together: superusers only, and nobody deletes."""
    root = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    alone, looking, closed = frozenset({"superuser"}), each(403, 403, 200), {STAFF: 403}
    adding, changing = each(403, 403, add), each(403, 403, change)
    return model_rows(
        model,
        changelist=door(at(root), looking, looking, alone, shown),
        add=door(at(f"{root}add/"), adding, adding),
        history=door(of(model, f"{root}{{}}/history/"), looking, looking, alone, shown),
        delete=door(of(model, f"{root}{{}}/delete/"), closed, closed),
        change=door(of(model, f"{root}{{}}/change/"), looking, changing, alone, shown),
    )


def queue_rows(model: str) -> dict[str, Row]:
    """Rows of the background queue, whose jobs hold ids alone; superusers look at it."""
    root = f"/admin/procrastinate/{model}/"
    name, one = f"admin:procrastinate_{model}", f"{root}1/"
    looking, closed = each(403, 403, 200), {STAFF: 403}
    # Django's own answer for a row that is not there: back to the index, with a message.
    missing = each(403, 403, 302)
    return {
        f"{name}_changelist": door(at(root), looking, looking),
        f"{name}_add": door(at(f"{root}add/"), closed, closed),
        f"{name}_history": door(at(f"{one}history/"), each(302, 302, 302), each(302, 302, 302)),
        f"{name}_delete": door(at(f"{one}delete/"), closed, closed),
        f"{name}_change": door(at(f"{one}change/"), missing, closed),
        f"{root[1:]}<path:object_id>/": door(at(one), {STAFF: 302}, {STAFF: 302}),
    }


ASKER, INVITED = frozenset({"asker"}), frozenset({"invited"})
ASKERS: Statuses = {frozenset({"anonymous"}): 302, SIGNED_IN - ASKER: 404, ASKER: 200}


def button(address: str, answer: int = 302) -> Row:
    """What a button of „Kliento informacija“ is sent to; who only comes there is led to the page."""
    anonymous = {frozenset({"anonymous"}): 302}
    shown = MAY_SEE_OBJECT | INVITED if answer == 200 else NOBODY
    return Row(at(address), anonymous | {SIGNED_IN: 302}, anonymous | {SIGNED_IN: answer}, answered=shown)


def of_its_person(model: Any, address: str, person: frozenset[str]) -> Row:
    """A button that one person may press, to whom it makes a difference."""
    anonymous = {frozenset({"anonymous"}): 302}
    post = anonymous | {SIGNED_IN - person: 404, person: 302}
    return Row(of(model, address), anonymous | {SIGNED_IN: 405}, post, does=person)


def of_the_payer(address: str, answer: int) -> Row:
    """A page of a payment through a provider, which the holder started."""
    anonymous, payer = {frozenset({"anonymous"}): 302}, frozenset({"holder"})
    return Row(
        lambda estate: address.format(estate[Order].number),
        anonymous | {payer: answer, SIGNED_IN - payer: 404},
        anonymous | {SIGNED_IN: 405},
        payer if answer == 200 else NOBODY,
        "23,45",
    )


def of_the_house(model: Any, address: str, *, also: frozenset[str] = NOBODY) -> Row:
    """Something of the building, for those who have an object there."""
    shown, anonymous = MAY_SEE_OBJECT | also, {frozenset({"anonymous"}): 302}
    get = anonymous | {shown: 200, SIGNED_IN - shown: 404}
    return Row(of(model, address), get, anonymous | {SIGNED_IN: 405}, shown)


def of_a_request(button: str) -> Row:
    """A button on the page of the holder's order, which those who hold the same object only read."""
    anonymous, holder = {frozenset({"anonymous"}): 302}, frozenset({"holder"})
    return Row(
        of(Request, f"/services/requests/{{}}/{button}"),
        anonymous | {HOLDERS: 302, SIGNED_IN - HOLDERS: 404},
        # Sent empty, the page comes back.
        anonymous | {holder: 200, SIGNED_IN - holder: 404},
        answered=holder,
    )


# The stranger and the former holder have an object of their own at the same company.
ALL_STAFF = each(200, 200, 200)
FOR_SUPERUSERS = each(403, 403, 200)
FOR_NOBODY = each(403, 403, 403)

ORDERING: Statuses = {
    frozenset({"anonymous"}): 302,
    MAY_ORDER | {"stranger"}: 200,
    SIGNED_IN - MAY_ORDER - {"stranger"}: 404,
}
ROWS: dict[str, Row] = {
    # The portal
    "home:main": page("/", sees=MAY_SEE_OBJECT | INVITED),
    "home:object": Row(
        of(PaymentBook, "/objects/{}"),
        {frozenset({"anonymous"}): 302, MAY_SEE_OBJECT: 200, SIGNED_IN - MAY_SEE_OBJECT: 404},
        {frozenset({"anonymous"}): 302, SIGNED_IN: 405},
        MAY_SEE_OBJECT,
    ),
    "invoices:list": page("/invoices", sees=MAY_SEE_INVOICES),
    "invoices:detail": Row(
        of(Invoice, "/invoices/{}"),
        {frozenset({"anonymous"}): 302, MAY_SEE_INVOICES: 200, SIGNED_IN - MAY_SEE_INVOICES: 404},
        {frozenset({"anonymous"}): 302, SIGNED_IN: 405},
        MAY_SEE_INVOICES,
    ),
    "invoices:pay": page("/invoices/pay", sees=MAY_SEE_INVOICES),
    # Sent empty it comes back with what is to be chosen; to a company where nothing is one's own it is not there.
    "invoices:start_order": Row(
        of(ManagingCompany, "/invoices/pay/{}"),
        {frozenset({"anonymous"}): 302, SIGNED_IN: 302},
        # Without rows that its page showed; with them it is asked in tests/invoices.
        {frozenset({"anonymous"}): 302, SIGNED_IN: 404},
    ),
    # The payment is the holder's own; those who pay for the same object do not see it.
    "invoices:order": of_the_payer("/invoices/orders/{}", 200),
    "invoices:hand_over": of_the_payer("/invoices/orders/{}/pay", 302),
    # What has been received is not paid again: its page leads to the order.
    "invoices:fake_provider": replace(
        of_the_payer("/invoices/orders/{}/trial", 302),
        post={frozenset({"anonymous"}): 302, frozenset({"holder"}): 302, SIGNED_IN - {"holder"}: 404},
    ),
    # What a notice does stands in tests/invoices; without one it is refused.
    "invoices:callback": everybody("/invoices/callback/fake/300000017", 400, 400),
    "invoices:payments": page("/invoices/payments", sees=MAY_SEE_INVOICES),
    # The file's name is what can be read of it without unpacking.
    "invoices:pdf": Row(
        of(Invoice, "/invoices/{}/pdf"),
        {frozenset({"anonymous"}): 302, MAY_SEE_INVOICES: 200, SIGNED_IN - MAY_SEE_INVOICES: 404},
        {frozenset({"anonymous"}): 302, SIGNED_IN: 405},
        MAY_SEE_INVOICES,
        "SF-SLAPTA-1",
    ),
    "invoices:make_payer_link": Row(
        of(Invoice, "/invoices/{}/payer-link"),
        {frozenset({"anonymous"}): 302, SIGNED_IN: 405},
        {frozenset({"anonymous"}): 302, HOLDERS: 302, SIGNED_IN - HOLDERS: 404},
        does=HOLDERS,
    ),
    "invoices:take_back_payer_link": of_its_person(PayerLink, "/payer-links/{}/end", frozenset({"holder"})),
    # Whoever has it sees what is to be paid; that it tells nothing else stands in tests/invoices.
    "invoices:payer_link": Row(
        lambda estate: urlsplit(address_of(estate[PayerLink].pk)).path,
        {EVERYBODY: 200},
        {EVERYBODY: 405},
        EVERYBODY,
        "632,09",
    ),
    "properties:claim": Row(of(Claim, "/claims/{}"), ASKERS, ASKERS, ASKER, "PRASYMAS-5"),
    # The request was sent before: sent again it changes nothing.
    "properties:send_request": Row(
        of(Claim, "/claims/{}/request"),
        {frozenset({"anonymous"}): 302, SIGNED_IN: 405},
        ASKERS | {ASKER: 302},
    ),
    # What a living link of a letter shows, to whoever has it, stands in tests/properties.
    "properties:not_me": everybody(f"/not-me/{'x' * 43}", 404, 404),
    "properties:dismiss": of_its_person(Claim, "/claims/{}/dismiss", ASKER),
    "sharing:client_information": page("/client-information", sees=MAY_SEE_OBJECT | INVITED),
    "sharing:add": button("/client-information/add", 200),
    "sharing:send_request": button("/client-information/request", 200),
    "sharing:share": button("/client-information/share", 200),
    "sharing:change": button("/client-information/change"),
    "sharing:save": button("/client-information/save"),
    "sharing:discard": button("/client-information/discard"),
    "sharing:leave": button("/client-information/leave", 404),
    # The invited person has an account here; what who has none is shown stands in tests/sharing.
    "sharing:invitation": Row(
        lambda estate: f"/invitation/{estate[Offer].token}",
        {EVERYBODY: 302},
        {EVERYBODY: 302},
    ),
    "sharing:accept": of_its_person(Offer, "/offers/{}/accept", INVITED),
    "sharing:decline": of_its_person(Offer, "/offers/{}/decline", INVITED),
    # Sent empty, the page comes back.
    "meters:declare": Row(
        at("/meters"),
        {frozenset({"anonymous"}): 302, SIGNED_IN: 200},
        {frozenset({"anonymous"}): 302, SIGNED_IN: 200},
        sees=MAY_DECLARE,
        answered=MAY_DECLARE,
    ),
    # What a photo says is not read here; tests/meters compare it.
    "meters:case_photo": Row(
        of(ReadingCase, "/meters/cases/{}/photo"),
        {frozenset({"anonymous"}): 302, OF_A | {"holder"}: 200, SIGNED_IN - OF_A - {"holder"}: 404},
        {frozenset({"anonymous"}): 302, SIGNED_IN: 405},
    ),
    # The window of that month is over: sent empty, the page comes back.
    "meters:add_photo": Row(
        lambda estate: f"/meters/readings/{estate[ReadingPhoto].reading_id}/photo",
        {frozenset({"anonymous"}): 302, MAY_DECLARE: 200, SIGNED_IN - MAY_DECLARE: 404},
        {frozenset({"anonymous"}): 302, MAY_DECLARE: 200, SIGNED_IN - MAY_DECLARE: 404},
        sees=MAY_DECLARE,
        answered=MAY_DECLARE,
    ),
    # What a photo shows is not read here; tests/meters compare it.
    "meters:reading_photo": Row(
        lambda estate: f"/meters/readings/{estate[ReadingPhoto].reading_id}/photo.jpg",
        {frozenset({"anonymous"}): 302, OF_A | MAY_DECLARE: 200, SIGNED_IN - OF_A - MAY_DECLARE: 404},
        {frozenset({"anonymous"}): 302, SIGNED_IN: 405},
    ),
    "meters:history": page("/meters/history", sees=MAY_DECLARE),
    "meters:history_csv": page("/meters/history.csv", sees=MAY_DECLARE),
    # What a workbook holds is packed; tests/meters open it.
    "meters:history_xlsx": page("/meters/history.xlsx"),
    # A dead link here; what a living one opens, and that it opens nothing else, stands in tests/meters.
    "meters:reminder": everybody(f"/declare/1-202610-1-2.{'x' * 43}", 404, 404),
    # Sent empty it makes no link.
    "meters:calendar": Row(
        at("/calendar"),
        {frozenset({"anonymous"}): 302, SIGNED_IN: 200},
        {frozenset({"anonymous"}): 302, SIGNED_IN: 302},
    ),
    "meters:calendar_feed": Row(
        lambda estate: f"/calendar/{feeds.token_of(person=estate[User])}.ics",
        {EVERYBODY: 200},
        {EVERYBODY: 405},
        EVERYBODY,
    ),
    "notifications:letters": form("/letters"),
    # For whoever has a letter's link; sent empty it changes nothing.
    "notifications:unsubscribe": Row(
        lambda estate: f"/letters/off/{choices.token_of(letter=estate[Letter])}",
        {EVERYBODY: 200},
        {EVERYBODY: 200},
    ),
    "noticeboard:list": page("/notices", sees=MAY_SEE_OBJECT),
    "noticeboard:announcement": of_the_house(Announcement, "/notices/announcements/{}"),
    "noticeboard:work": of_the_house(Work, "/notices/works/{}"),
    "noticeboard:file": of_the_house(Attachment, "/notices/files/{}", also=OF_A),
    # Who had a flat there keeps what there was until then: here nothing.
    "noticeboard:building_files": replace(
        of_the_house(Building, "/buildings/{}/files", also=frozenset({"former_holder"})),
        sees=MAY_SEE_OBJECT,
    ),
    "noticeboard:building_file": of_the_house(BuildingFile, "/buildings/files/{}", also=OF_A),
    "voting:list": page("/votes", sees=MAY_SEE_OBJECT),
    "voting:detail": of_the_house(Vote, "/votes/{}"),
    "voting:document": of_the_house(VoteDocument, "/votes/documents/{}"),
    # What is in the minutes is packed; of the answer the file's name can be read.
    "voting:minutes": replace(
        of_the_house(Result, "/votes/{}/minutes"),
        address=lambda estate: f"/votes/{estate[Result].question.vote_id}/minutes",
        shown="protokolas-",
    ),
    # Sent empty the ballot comes back to those who may vote; the others learn nothing of it.
    "voting:cast": Row(
        lambda estate: f"/votes/{estate[Vote].pk}/ballots/{estate[Elector].pk}",
        {frozenset({"anonymous"}): 302, SIGNED_IN: 405},
        {frozenset({"anonymous"}): 302, HOLDERS: 200, SIGNED_IN - HOLDERS: 404},
        answered=HOLDERS,
        shown="Slaptas balsavimas",
    ),
    "services:list": page("/services", sees=HOLDERS),
    # The stranger's own flat is of the same company, which offers it.
    "services:order": Row(
        of(CatalogueItem, "/services/order/{}"),
        ORDERING,
        ORDERING,
        sees=MAY_ORDER,
        answered=MAY_ORDER,
    ),
    "services:fault": replace(form("/services/fault"), sees=MAY_ORDER, answered=MAY_ORDER),
    "services:request": Row(
        of(Request, "/services/requests/{}"),
        {frozenset({"anonymous"}): 302, HOLDERS: 200, SIGNED_IN - HOLDERS: 404},
        {frozenset({"anonymous"}): 302, SIGNED_IN: 405},
        HOLDERS,
    ),
    "services:write": of_a_request("write"),
    "services:reopen": of_a_request("reopen"),
    "services:change_time": of_a_request("time"),
    "services:cancel": replace(of_a_request("cancel"), does=frozenset({"holder"})),
    # What a photo says is not read here; tests/services compare it.
    "services:photo": Row(
        of(Photo, "/services/photos/{}"),
        {frozenset({"anonymous"}): 302, OF_A | HOLDERS: 200, SIGNED_IN - OF_A - HOLDERS: 404},
        {frozenset({"anonymous"}): 302, SIGNED_IN: 405},
    ),
    "services:contact": everybody("/contact", 200, 200),
    "healthz": everybody("/healthz", 200, 405),
    # One's own account
    "account_login": Row(
        at("/login"),
        {frozenset({"anonymous"}): 200, SIGNED_IN: 302},
        {frozenset({"anonymous"}): 200, SIGNED_IN: 302},
    ),
    "account_register": Row(
        at("/register"),
        {frozenset({"anonymous"}): 200, SIGNED_IN: 302},
        {frozenset({"anonymous"}): 200, SIGNED_IN: 302},
    ),
    "account_privacy": everybody("/privacy", 200, 405),
    "account_privacy_version": everybody("/privacy/2026-11-22", 200, 405),
    "guide:faq": everybody("/help", 200, 405),
    "guide:accessibility": everybody("/accessibility", 200, 405),
    "account_logout": Row(at("/logout"), {frozenset({"anonymous"}): 302, SIGNED_IN: 200}, {EVERYBODY: 302}),
    "account_inactive": everybody("/inactive", 200, 405),
    "account_email_verification_sent": everybody("/confirm-email", 302, 302),
    "account_reset_password": everybody("/password/reset", 200, 200),
    "account_reset_password_done": everybody("/password/reset/done", 200, 405),
    "account_reset_password_from_key": everybody("/password/reset/key/1-wrong", 200, 200),
    "account_reset_password_from_key_done": everybody("/password/reset/key/done", 302, 302),
    "account_change_password": form("/password/change"),
    "account_contacts": form("/contacts"),
    "account_language": everybody("/language", 405, 302),
    # The administration
    "admin:index": door(at("/admin/"), {STAFF: 200}, {STAFF: 200}),
    "admin:app_list": door(at("/admin/properties/"), {STAFF: 200}, {STAFF: 200}),
    "admin:login": door(at("/admin/login/"), {STAFF: 302}, {STAFF: 302}),
    "admin:logout": door(at("/admin/logout/"), {STAFF: 405}, {STAFF: 302}),
    "admin:password_change": door(at("/admin/password_change/"), {STAFF: 302}, {STAFF: 302}),
    "admin:password_change_done": door(at("/admin/password_change/done/"), {STAFF: 302}, {STAFF: 302}),
    "admin:jsi18n": door(at("/admin/jsi18n/"), {STAFF: 200}, {STAFF: 405}),
    "admin:autocomplete": door(
        at("/admin/autocomplete/?app_label=properties&model_name=access&field_name=payment_book"),
        {STAFF: 200},
        {STAFF: 405},
        OF_A,
    ),
    "admin/(?P<url>.*)$": door(at("/admin/nothing/"), {STAFF: 404}, {STAFF: 404}),
    **admin_rows(ManagingCompany, add=FOR_SUPERUSERS, change=200, delete=200, shown="Pajūrio namai"),
    **admin_rows(Building, add=ALL_STAFF, change=200, delete=200, shown="Slaptosios"),
    **admin_rows(Property, add=ALL_STAFF, change=200, delete=200, shown="8-815"),
    **admin_rows(PaymentBook, add=ALL_STAFF, change=200, delete=200),
    **admin_rows(Access, add=ALL_STAFF, change=403, delete=200),
    **admin_rows(Offer, add=FOR_NOBODY, change=200, delete=200, shown="slapta.dukra@pastas.example"),
    **admin_rows(LinkRequest, add=FOR_NOBODY, change=200, delete=200, shown="PRASYMAS-5"),
    **admin_rows(Invoice, add=FOR_NOBODY, change=403, delete=403),
    **admin_rows(Payment, add=FOR_NOBODY, change=403, delete=403),
    **admin_rows(Balance, add=FOR_NOBODY, change=403, delete=403),
    **admin_rows(BankEntry, add=FOR_NOBODY, change=200, delete=403),
    **admin_rows(Order, add=FOR_NOBODY, change=200, delete=403, shown="SLAPTAS77777"),
    **admin_rows(Meter, add=FOR_NOBODY, change=200, delete=200, shown="SLAPTAS-41"),
    # Sent empty it is saved: both of its fields may be.
    "admin:meters_meter_change": replace(
        door(
            of(Meter, "/admin/meters/meter/{}/change/"),
            each(200, 404, 200),
            each(302, 404, 302),
            OF_A,
            "SLAPTAS-41",
        ),
        does=OF_A,
    ),
    "admin:meters_meter_declare": door(
        of(Meter, "/admin/meters/meter/{}/declare/"),
        each(200, 404, 200),
        each(200, 404, 200),
        OF_A,
        "SLAPTAS-41",
    ),
    **admin_rows(Reading, add=FOR_NOBODY, change=403, delete=403, shown="5432.1"),
    "admin:meters_reading_export": door(
        at("/admin/meters/reading/export/"), {STAFF: 200}, {STAFF: 200}, OF_A, "Pajūrio namai"
    ),
    **admin_rows(LateWindow, add=ALL_STAFF, change=403, delete=200, shown="2019-07"),
    **admin_rows(Announcement, add=ALL_STAFF, change=200, delete=200, shown="Slaptas pranešimas"),
    **admin_rows(Work, add=ALL_STAFF, change=200, delete=200, shown="Slapti darbai"),
    **admin_rows(BuildingFile, add=ALL_STAFF, change=200, delete=200, shown="Slaptas planas"),
    **admin_rows(ReadingCase, add=FOR_NOBODY, change=200, delete=200, shown="SLAPTAS-41"),
    **admin_rows(Question, add=ALL_STAFF, change=200, delete=200, shown="Slaptas klausimas"),
    **superusers_rows(Topic, add=200, change=200, shown="Slapta tema"),
    **admin_rows(CatalogueItem, add=ALL_STAFF, change=200, delete=200, shown="Slapta santechnika"),
    **admin_rows(Request, add=FOR_NOBODY, change=200, delete=403),
    **admin_rows(Vote, add=ALL_STAFF, change=403, delete=403, shown="Slaptas balsavimas"),
    "admin:voting_vote_electors": of_a_vote("electors"),
    "admin:voting_vote_extend": of_a_vote("extend"),
    "admin:voting_vote_paper": of_a_vote("paper"),
    "admin:voting_vote_ballots": of_a_vote("ballots", of_the=Result),
    "admin:voting_vote_minutes": replace(of_a_vote("minutes", of_the=Result), shown="protokolas-"),
    "admin:voting_vote_document": door(
        lambda estate: f"/admin/voting/vote/{estate[Vote].pk}/documents/{estate[VoteDocument].pk}/",
        each(200, 404, 200),
        each(200, 404, 200),
        OF_A,
        "SLAPTA-SAMATA",
    ),
    **admin_rows(PaperBallot, add=FOR_NOBODY, change=200, delete=403),
    "admin:voting_paperballot_scan": door(
        of(PaperBallot, "/admin/voting/paperballot/{}/scan/"),
        each(200, 404, 200),
        each(200, 404, 200),
        OF_A,
        "%PDF-1.7 against",
    ),
    **admin_rows(Conflict, add=FOR_NOBODY, change=403, delete=403),
    **superusers_rows(User, add=200, change=200, shown="birute@pastas.example"),
    **superusers_rows(ImportRun, add=403, change=403, shown="registras-slaptas.csv"),
    **superusers_rows(Letter, add=403, change=403, shown="new_invoice"),
    "admin:auth_user_password_change": door(
        of(User, "/admin/accounts/user/{}/password/"),
        FOR_SUPERUSERS,
        FOR_SUPERUSERS,
        frozenset({"superuser"}),
    ),
    **queue_rows("procrastinatejob"),
}


def is_of_staff(name: str) -> bool:
    return name.startswith("admin")


TURNS = {name: turn for turn, name in enumerate(sorted(filter(is_of_staff, ROWS)))}


def addresses(patterns: Any, route: str = "", namespace: str = "") -> Iterator[str]:
    """Yield every address by its name, or by its route when it has none."""
    for pattern in patterns:
        here = route + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, here, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}" if pattern.name else here


def test_every_address_has_a_row() -> None:
    known = list(addresses(get_resolver().url_patterns))
    assert sorted(known) == sorted(ROWS)


def test_nobody_is_left_out() -> None:
    for name, row in ROWS.items():
        for answers in (row.get, row.post):
            asked = [actor for group in answers for actor in group]
            assert sorted(asked) == sorted(EVERYBODY), name


@pytest.fixture
def estate(book: PaymentBook, holder_access: Access, company_b: ManagingCompany) -> Estate:
    place = book.premises.get()
    place.unit = "815"
    place.save()
    place.building.street = "Slaptosios g."
    place.building.save()
    return everything_of(book, holder_access, is_held=False)


@pytest.fixture
def asker(estate: Estate) -> User:
    """Somebody whose claim opened nothing, and who asked the staff."""
    person: User = estate[Claim].person
    return person


@pytest.fixture
def invited(estate: Estate) -> User:
    """Somebody to whom the holder offered the object, and who has not answered."""
    person: User = UserFactory(email="slapta.dukra@pastas.example", first_name="Dukra")
    return person


@pytest.fixture
def cast(request: pytest.FixtureRequest, estate: Estate) -> dict[str, User | None]:
    people = {name: request.getfixturevalue(name) for name in sorted(SIGNED_IN)}
    return people | {"anonymous": None}


def test_a_closed_book_is_its_former_holder_s_alone(
    cast: dict[str, User | None], former_book: PaymentBook, client_for: Callable[[User], Client]
) -> None:
    """The former holder reads it; co-holders, guests and the buyer's people of the house do not."""
    sold = InvoiceFactory(payment_book=former_book, number="SF-SENA-2")
    statuses = {
        actor: (client_for(person) if person else Client()).get(f"/invoices/{sold.pk}").status_code
        for actor, person in cast.items()
    }
    assert statuses.pop("former_holder") == 200
    assert statuses.pop("anonymous") == 302
    assert set(statuses.values()) == {404}


# Rows of one part share one estate; each is undone before the next.
PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_everybody_gets_the_answer_of_the_row(
    part: int,
    cast: dict[str, User | None],
    estate: Estate,
    client_for: Callable[[User], Client],
    subtests: pytest.Subtests,
) -> None:
    # Signed in once; a message or a language of the one must not reach the other.
    cookies = {
        actor: client_for(person).cookies.output(header="", attrs=[]) if person else ""
        for actor, person in cast.items()
    }
    before, client = tables.state(), Client()
    for name in sorted(ROWS)[part::PARTS]:
        with subtests.test(name), tables.undone():
            check_row(name, cookies, estate, client)
            assert tables.state() == before


def check_row(name: str, cookies: dict[str, str], estate: Estate, client: Client) -> None:
    """Ask an address as everybody, first for the page and then with an empty form.

    All have one client, as each would make all middleware anew; only cookies are kept in it.
    """
    row = ROWS[name]
    address = row.address(estate)
    actors = [actor for actor in cookies if actor not in left_out_of(name)]
    for method, answers in (("get", row.get), ("post", row.post)):
        expected = {actor: status for group, status in answers.items() for actor in group}
        expected = {actor: expected[actor] for actor in actors if method == "get" or actor not in row.does}
        responses = {actor: getattr(seated(client, cookies[actor]), method)(address) for actor in expected}
        assert {actor: response.status_code for actor, response in responses.items()} == expected, method
        for actor, response in responses.items():
            text = text_of(response)
            told = [word for word in {*OF_THE_OBJECT, row.shown} if word in text]
            if actor not in row.sees | row.answered:
                assert without_one_s_own(told, actor) == [], (actor, method)
            elif actor in (row.sees if method == "get" else row.answered):
                assert told, actor
            check_headers(response)
            check_body(response)


def left_out_of(name: str) -> frozenset[str]:
    """Return who is not asked at this address."""
    if not is_of_staff(name) or os.environ.get("DRILL"):
        return NOBODY
    return frozenset(LIKE_ANY_RESIDENT) - {LIKE_ANY_RESIDENT[TURNS[name] % len(LIKE_ANY_RESIDENT)]}


def seated(client: Client, cookies: str) -> Client:
    """Let somebody else sit down at a browser: what it kept of the last one is gone."""
    client.cookies = SimpleCookie(cookies)
    return client


def without_one_s_own(told: list[str], actor: str) -> list[str]:
    """The holder's own name and email stand in the holder's own menu; superusers see all people."""
    own = {
        "holder": {"Pavyzdienė", "birute@pastas.example"},
        "invited": {"slapta.dukra@pastas.example"},
    }
    return [word for word in told if word not in own.get(actor, set())]


# ── What every answer has in common ─────────────────────────────────────────────────────────────

POLICY = {
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
SCRIPT_WITHOUT_SOURCE = re.compile(r"<script(?![^>]*\ssrc=)")
INLINE = re.compile(r"<[^>]*\s(style|on[a-z]+)=|<style|javascript:", re.IGNORECASE)
ABROAD = re.compile(r"""(?:src|href|action|content)=["']?((?:https?:)?//[^"' >]+)|url\(["']?(?:https?:)?//""")
NAMESPACES = ("http://www.w3.org/",)


def check_headers(response: Any) -> None:
    assert response.headers["Cache-Control"] == "no-store, private"
    assert set(response.headers["Content-Security-Policy"].split("; ")) == POLICY
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    # The link of a reminder is a key: its page tells it not even to ourselves.
    assert response.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    for cookie in filter(lambda cookie: cookie.value, response.cookies.values()):
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"


def check_body(response: Any) -> None:
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return
    body = response.content.decode()
    assert not SCRIPT_WITHOUT_SOURCE.search(body)
    assert not INLINE.search(body), INLINE.search(body)
    ours = (*NAMESPACES, f"{settings.BASE_URL}/")
    assert [found for found in ABROAD.findall(body) if not found.startswith(ours)] == []


def test_static_files_and_health_set_no_cookie(client: Client, db: None, tmp_path: Path) -> None:
    assert not client.get("/healthz").cookies
    with override_settings(WHITENOISE_AUTOREFRESH=True, WHITENOISE_USE_FINDERS=True, STATIC_ROOT=tmp_path):
        response = Client().get("/static/css/admin.css")
        response.close()
    assert response.status_code == 200
    assert not response.cookies
    assert "no-store" not in response.headers["Cache-Control"]


# ── Addresses of development ────────────────────────────────────────────────────────────────────


@pytest.fixture
def addresses_of_development() -> Iterator[str]:
    """The addresses as they are with DEBUG on, loaded apart from those of the other tests."""
    name = "tests.addresses_of_development"
    spec = importlib.util.spec_from_file_location(name, settings.BASE_DIR / "config" / "urls.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with override_settings(DEBUG=True):
        spec.loader.exec_module(module)
    sys.modules[name] = module
    yield name
    del sys.modules[name]


def test_letters_are_read_in_development_alone(
    client: Client, db: None, tmp_path: Path, addresses_of_development: str
) -> None:
    letter = "20260101T000000.000000Z-a@b.example.eml"
    (tmp_path / letter).write_bytes(b"To: a@b.example\nSubject: Kodas\n\nSLAPTAS-KODAS\n")
    assert client.get("/dev/mail/").status_code == 404
    assert client.get(f"/dev/mail/{letter}").status_code == 404
    with override_settings(ROOT_URLCONF=addresses_of_development, MAIL_DIR=tmp_path):
        added = set(addresses(get_resolver(addresses_of_development).url_patterns)) - set(ROWS)
        assert added == {"dev_mail", "dev_letter"}
        for address, word in (("/dev/mail/", "Kodas"), (f"/dev/mail/{letter}", "SLAPTAS-KODAS")):
            response = client.get(address)
            assert response.status_code == 200
            assert word in response.content.decode()
            check_headers(response)
            check_body(response)
            assert client.post(address).status_code == 405
        for nothing in ("nothing.eml", "..", "%2e%2e%2fsettings.py", f"..%2f{letter}", f"{letter}%00"):
            assert client.get(f"/dev/mail/{nothing}").status_code in {400, 404}
