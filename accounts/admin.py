"""People in the admin: superusers only. Support staff reach people through their payment books."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import User

# Rights come from companies, not from groups; an email is changed by nobody here.
for model in (Group, EmailAddress):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class NewPersonForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


class PersonForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    add_form = NewPersonForm
    form = PersonForm
    ordering = ("email",)
    list_display = ("email", "__str__", "kind", "is_staff", "is_active", "joined_at")
    list_filter = ("kind", "is_staff", "is_active")
    # One index has parts of all of these.
    search_fields = ("email", "first_name", "last_name", "company_name", "phone")
    filter_horizontal = ()
    readonly_fields = ("last_login", "joined_at", "agreed")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (
            _("Who it is"),
            {
                "fields": (
                    "kind",
                    "first_name",
                    "last_name",
                    "company_name",
                    "company_code",
                    "contact_person",
                    "phone",
                    "language",
                )
            },
        ),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Times"), {"fields": ("last_login", "joined_at", "agreed")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "description": _("At the first sign-in the person confirms the email with a code."),
                "fields": ("email", "usable_password", "password1", "password2"),
            },
        ),
    )

    @admin.display(description=_("agreed with the privacy policy"))
    def agreed(self, person: User) -> str:
        """Say to which versions of the policy, and when."""
        given = ((date_format(localtime(c.given_at), "DATETIME_FORMAT"), c) for c in person.consents.all())
        return "; ".join(f"{consent} – {moment}" for moment, consent in given)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the email without letting anybody change it: sessions and offers hang on it."""
        return (*self.readonly_fields, "email") if obj else self.readonly_fields

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Only superusers see people as a list."""
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only superusers."""
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only superusers."""
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only superusers."""
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: an account is closed (`is_active`), so that what it did keeps its author."""
        return False
