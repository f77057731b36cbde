"""What is told, done and voted on in the buildings of a country, as the main window and its pages show it."""

from datetime import datetime
from typing import Any

# Everywhere three works and three announcements, two of which are new; in every other building a vote.
_WORKS = """
    INSERT INTO noticeboard_work (managing_company_id, building_id, staircase, title, description, kind, state,
        starts_on, ends_on, paid_from, paying_words, contractor, contact_name, contact_phone, published_at,
        is_important, important_until, day, known_on)
    SELECT b.managing_company_id, b.id, '', w.title, w.title || '. Darbai truks apie dvi valandas.', w.kind,
        'planned', %(today)s + w.days, %(today)s + w.days, 'reserve_fund', '', 'UAB „Šiltas stogas“',
        'Jonas Meistras', '+37060000009', %(at)s - interval '2 days', w.is_important,
        CASE WHEN w.is_important THEN %(at)s + interval '1000 days' END, %(today)s + w.days, %(today)s
    FROM properties_building b, (VALUES
        ('Karšto vandens nebus', 'water', 400, true),
        ('Šildymo sistemos balansavimas', 'heating', 410, false),
        ('Lifto patikra', 'lift', 420, false)) w (title, kind, days, is_important)
    ORDER BY w.days, b.id
"""
_ANNOUNCEMENTS = """
    INSERT INTO noticeboard_announcement (managing_company_id, audience, building_id, staircase, title, text,
        published_at, is_important, sends_letters, letters_upto, day, known_on)
    SELECT b.managing_company_id, 'building', b.id, '', a.title, a.title || '. Daugiau pasakys prižiūrinti įmonė.',
        %(at)s - make_interval(days => a.days), false, false, 0, %(today)s - a.days, %(today)s - a.days
    FROM properties_building b, (VALUES
        ('Namo ataskaita už III ketvirtį', 45),
        ('Rūšiavimo konteineriai perkelti', 8),
        ('Šildymo sezonas prasidėjo', 3)) a (title, days)
    ORDER BY a.days DESC, b.id
"""

# As the rule of opening writes it: prepared, the premises with an owner's book, then open; half have voted.
_VOTES = (
    """
    INSERT INTO voting_vote (managing_company_id, building_id, staircase, kind, title, description, paid_from,
        opens_at, closes_at, paper_days, quorum_numerator, quorum_denominator, quorum_is_strict, majority_of,
        majority_numerator, majority_denominator, majority_is_strict, state, prepared_by_name, place)
    SELECT managing_company_id, id, '', 'opinion_poll', 'Laiptinių remontas pavasarį',
        'Perdažyti laiptinių sienas ir pakeisti pašto dėžutes.', '', %(at)s, %(at)s + interval '1000 days', 0,
        1, 2, true, 'all', 1, 2, true, 'draft', '', ''
    FROM properties_building WHERE id %% 2 = 0 ORDER BY id
    """,
    """
    INSERT INTO voting_question (vote_id, position, text, kind)
    SELECT id, 1, 'Ar pritariate laiptinių remontui?', 'motion' FROM voting_vote ORDER BY id
    """,
    """
    INSERT INTO voting_elector (vote_id, premises_id, kind, unit, place, sort_key)
    SELECT v.id, p.id, p.kind, p.unit, b.street || ' ' || b.house || '-' || p.unit || ', ' || b.city, p.sort_key
    FROM voting_vote v JOIN properties_building b ON b.id = v.building_id
    JOIN properties_property p ON p.building_id = b.id
    WHERE EXISTS (SELECT FROM properties_bookpremises bp JOIN properties_paymentbook k ON k.id = bp.payment_book_id
        WHERE bp.property_id = p.id AND k.payer_role = 'owner' AND (k.opened_on IS NULL OR k.opened_on <= %(today)s)
          AND (k.closed_on IS NULL OR k.closed_on >= %(today)s))
    ORDER BY v.id, p.sort_key
    """,
    """
    INSERT INTO voting_electorbook (elector_id, payment_book_id, payer_name)
    SELECT e.id, k.id, k.payer_name
    FROM voting_elector e JOIN properties_bookpremises bp ON bp.property_id = e.premises_id
    JOIN properties_paymentbook k ON k.id = bp.payment_book_id AND k.payer_role = 'owner'
    WHERE (k.opened_on IS NULL OR k.opened_on <= %(today)s) AND (k.closed_on IS NULL OR k.closed_on >= %(today)s)
    ORDER BY e.id
    """,
    """
    UPDATE voting_vote v SET state = 'open', opened_at = opens_at,
        place = b.street || ' ' || b.house || ', ' || b.city,
        elector_count = (SELECT count(*) FROM voting_elector e WHERE e.vote_id = v.id)
    FROM properties_building b
    WHERE b.id = v.building_id AND EXISTS (SELECT FROM voting_elector e WHERE e.vote_id = v.id)
    """,
    """
    INSERT INTO voting_ballot (elector_id, answers, cast_at, by_name, receipt)
    SELECT e.id, jsonb_build_object(q.id::text, 'for'), %(at)s + interval '1 minute', 'Jonas Pavyzdys',
        lpad(e.id::text, 10, '0')
    FROM voting_elector e JOIN voting_question q ON q.vote_id = e.vote_id JOIN voting_vote v ON v.id = e.vote_id
    WHERE e.id %% 2 = 0 AND v.state = 'open' ORDER BY e.id
    """,
)


def fill(cursor: Any, *, at: datetime) -> None:
    """Write works and announcements for every building, and a vote for every other one."""
    # The triggers of voting look a row up by its key, thousands of times.
    cursor.execute("SET enable_nestloop = on")
    for statement in (_WORKS, _ANNOUNCEMENTS, *_VOTES):
        cursor.execute(statement, {"at": at, "today": at.date()})
        cursor.execute("ANALYZE voting_vote, voting_question, voting_elector, voting_electorbook")
