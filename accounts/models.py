"""Who is asking: one person or company, known by a confirmed email."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField


def canonical_email(email: str) -> str:
    """Return the one form in which an email is stored and compared: trimmed and lower-case."""
    return email.strip().lower()


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make an account; the email is stored in its canonical form."""
        user = self.model(email=canonical_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make an account that sees every company in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by email, by equality: case-insensitive SQL would match look-alike letters."""
        return self.get(email=canonical_email(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    class Kind(models.TextChoices):
        NATURAL_PERSON = "natural_person", _("Natural person")
        LEGAL_PERSON = "legal_person", _("Legal person")

    email = models.EmailField(
        _("email"), unique=True, error_messages={"unique": _("There is already an account with this email.")}
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.NATURAL_PERSON)
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    company_name = models.CharField(_("company name"), max_length=200, blank=True)
    company_code = models.CharField(_("company code"), max_length=9, blank=True)
    contact_person = models.CharField(_("contact person"), max_length=200, blank=True)
    phone = PhoneNumberField(_("phone number"), blank=True)
    language = models.CharField(
        _("language"), max_length=5, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    is_staff = models.BooleanField(_("may enter the administration"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="email_is_in_canonical_form"
            ),
        ]
        indexes = [
            GinIndex(
                *(
                    OpClass(Upper(column), "gin_trgm_ops")
                    for column in ("email", "first_name", "last_name", "company_name", "phone")
                ),
                name="people_by_parts_of_words",
            ),
            # The few that the list of people is narrowed to.
            models.Index(
                fields=["email"], condition=models.Q(kind="legal_person"), name="companies_by_email"
            ),
            models.Index(fields=["email"], condition=models.Q(is_staff=True), name="staff_by_email"),
            models.Index(
                fields=["email"], condition=models.Q(is_active=False), name="closed_accounts_by_email"
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def clean(self) -> None:
        """Bring the email to its canonical form before it is compared or stored."""
        super().clean()
        self.email = canonical_email(self.email)

    def get_full_name(self) -> str:
        """Return the name as the person wrote it: of a company, the company's."""
        if self.kind == self.Kind.LEGAL_PERSON:
            return self.company_name
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        """Return what fits in a phone's top bar."""
        return self.first_name or self.get_full_name() or self.email


class Consent(models.Model):
    """What a person agreed to: the very version of the privacy policy, and when."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents", verbose_name=_("person")
    )
    policy_version = models.CharField(_("version of the privacy policy"), max_length=20)
    given_at = models.DateTimeField(_("agreed"))

    class Meta:
        ordering = ["given_at", "id"]
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "policy_version"], name="one_consent_per_person_and_policy"
            ),
        ]

    def __str__(self) -> str:
        return self.policy_version
