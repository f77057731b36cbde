"""The admin, entered through the portal's own sign-in and its limits on guessing."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "config.admin.PortalAdminSite"
