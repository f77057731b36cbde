"""Chosen views of django-allauth under its own names, and the person's own pages.

`include("allauth.urls")` would open pages for changing one's email and for signing up past our rules.
"""

from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path
from django.views.generic import RedirectView

from accounts import views

urlpatterns = [
    path("register", views.register, name="account_register"),
    path("privacy", views.privacy, name="account_privacy"),
    path("privacy/<str:version>", views.privacy, name="account_privacy_version"),
    path("login", allauth_views.login, name="account_login"),
    path("logout", allauth_views.logout, name="account_logout"),
    path("inactive", allauth_views.account_inactive, name="account_inactive"),
    path("confirm-email", views.email_code, name="account_email_verification_sent"),
    path("password/change", views.change_password, name="account_change_password"),
    path("password/reset", allauth_views.password_reset, name="account_reset_password"),
    path("password/reset/done", allauth_views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done",
        login_not_required(RedirectView.as_view(pattern_name="account_login")),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>[-0-9A-Za-z]{1,100})$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("contacts", views.contacts, name="account_contacts"),
    path("language", views.language, name="account_language"),
]
