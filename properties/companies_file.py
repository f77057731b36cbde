"""Merging a staged file of managing companies."""

from typing import Any

from imports.kinds import Context, Counts
from imports.merging import count, kept, temporary, write_target
from imports.staging import reject_repeats

_OPTIONAL_TEXTS = ("iban", "beneficiary_name", "email", "phone", "vat_code", "address", "emergency_phone")
_COLUMNS = (
    "company_code",
    "name",
    "sort_key",
    "declares_readings",
    "window_opens",
    "window_closes",
    "linking_policy",
    *_OPTIONAL_TEXTS,
)


def merge_companies(cursor: Any, context: Context) -> Counts:
    """Create or change companies by their code."""
    reject_repeats(cursor, key="company_code")
    optional = ", ".join(f"{kept(name, f'o.{name}', chr(39) * 2)} AS {name}" for name in _OPTIONAL_TEXTS)
    temporary(
        cursor,
        "target",
        f"""
        SELECT s.line, o.id, s.company_code, s.name, s.sort_key, s.declares_readings,
               {kept("window_opens", "o.window_opens", "15")} AS window_opens,
               {kept("window_closes", "o.window_closes", "27")} AS window_closes,
               {kept("linking_policy", "o.linking_policy", "'name'")} AS linking_policy,
               {optional}
        FROM staging s LEFT JOIN properties_managingcompany o USING (company_code)
        WHERE s.error IS NULL
        """,
    )
    created, updated = write_target(cursor, table="properties_managingcompany", columns=_COLUMNS, extra={})
    taken = count(cursor, "target")
    return Counts(
        created=created,
        updated=updated,
        unchanged=taken - created - updated,
        rejected=count(cursor, "staging WHERE error IS NOT NULL"),
    )
