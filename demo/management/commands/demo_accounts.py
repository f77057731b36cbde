"""The command that tells who can sign in to the demonstration."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from demo.people import PASSWORD, accounts


class Command(BaseCommand):
    help = "Prints a line for each demo account: who, email, password."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print `<who>  <email>  <password>` with two spaces between."""
        for account in accounts(today=timezone.localdate()):
            self.stdout.write(f"{account.who}  {account.email}  {PASSWORD}")
