"""When a company's amounts were last brought in; the pages say it."""

from typing import Any

from imports.kinds import Context


def mark_updated(cursor: Any, company_id: int, context: Context) -> None:
    """Note the moment of the import on the company, also when the file brought nothing new."""
    cursor.execute(
        "UPDATE properties_managingcompany SET amounts_updated_at = %s WHERE id = %s",
        [context.at, company_id],
    )
