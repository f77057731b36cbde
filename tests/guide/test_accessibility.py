"""The statement is open to everybody, in both languages, and leads to where one complains."""

from django.conf import settings
from django.test import Client


def test_the_statement_is_open_and_says_how_to_complain(client: Client, db: None) -> None:
    for language, words in (("lt", "Kas nepatikrinta"), ("en", "What is not checked")):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        page = client.get("/accessibility").content.decode()
        assert words in page
        assert 'href="/contact"' in page.partition("<footer")[0]


def test_every_page_leads_to_the_answers_and_statements(client: Client, db: None) -> None:
    foot = client.get("/login").content.decode().partition("<footer")[2]
    for address in ("/contact", "/help", "/privacy", "/accessibility"):
        assert f'href="{address}"' in foot
    assert "Neradote atsakymo? Susisiekite su mumis!" in foot
