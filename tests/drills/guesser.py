"""One process of a guesser: waits for the start, then makes all its guesses at once."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def main(guesses: list[dict[str, Any]], *, with_lock: bool) -> None:
    """Try every guess in a thread of its own, on a connection of its own."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.db import connections
    from django.utils import timezone

    from properties import attempts, linking
    from properties.models import ManagingCompany

    if not with_lock:
        attempts._lock_in_order = lambda attempt: None
    people, company = get_user_model()._default_manager.in_bulk(), ManagingCompany.objects.get()

    def guess(one: dict[str, Any]) -> str:
        try:
            outcome = linking.link(
                claimant=linking.Claimant(people[one["person"]], "person", "Kas Kitas", "kas@pastas.example"),
                company=company,
                payer_code=one["code"],
                network=one["network"],
                at=timezone.now(),
            )
            return str(outcome.kind)
        finally:
            connections.close_all()

    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(len(guesses)) as pool:
        print(json.dumps(list(pool.map(guess, guesses))), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), with_lock=sys.argv[2] == "locked")
