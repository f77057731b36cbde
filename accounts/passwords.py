"""What a password must be, and how it is kept."""

import re

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class PortalArgon2Hasher(Argon2PasswordHasher):
    """Argon2id at OWASP's 19 MiB, two passes, one lane: about 20 ms.

    On the last evening of a declaration window signing in is the portal's largest cost, and
    Django's defaults (100 MiB, eight lanes) would spend the whole machine on it.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class UpperCaseLetterValidator:
    def validate(self, password: str, user: object = None) -> None:
        """Raise `no_upper_case_letter` unless some letter is upper-case, of any alphabet."""
        if not any(letter.isupper() for letter in password):
            raise ValidationError(
                _("The password needs at least one upper-case letter."), code="no_upper_case_letter"
            )

    def get_help_text(self) -> str:
        """Say the rule in one line."""
        return _("at least one upper-case letter")


class DigitValidator:
    def validate(self, password: str, user: object = None) -> None:
        """Raise `no_digit` unless the password has one of 0–9."""
        if not re.search(r"[0-9]", password):
            raise ValidationError(_("The password needs at least one digit."), code="no_digit")

    def get_help_text(self) -> str:
        """Say the rule in one line."""
        return _("at least one digit")
