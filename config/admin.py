"""The administration site of support staff: closed to residents, strict about what it is sent."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin, ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.db.models import BooleanField, DateField, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from config.changelist import BoundedChangeList, FirstRows, is_id

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class StrictQueries(ModelAdmin):
    """Refuse with 400 what Django's admin would hand to the database as it came, and count no list."""

    paginator = FirstRows
    show_full_result_count = False
    show_facets = ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:
        """Return lists that are paged from a row."""
        return BoundedChangeList

    def get_sortable_by(self, request: HttpRequest) -> tuple[str, ...]:
        """Keep every list in its own order: that one has an index."""
        return ()

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Leave out filters that would list every value of a column, for which all of it is read."""
        return [item for item in super().get_list_filter(request) if self._is_short(item)]

    def _is_short(self, item: Any) -> bool:
        if not isinstance(item, str):
            return True
        field = self.opts.get_field(item)
        return bool(getattr(field, "choices", None)) or isinstance(field, (BooleanField, DateField))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Allow what the filters beside the list offer; `?number__regex=(` would be an error of PostgreSQL."""
        for item in self.list_filter if request is None else self.get_list_filter(request):
            name = item[0] if isinstance(item, (list, tuple)) else item
            name = str(getattr(name, "parameter_name", name))
            if lookup in {name, f"{name}__id__exact", f"{name}__isnull", f"{name}__gte", f"{name}__lt"}:
                return True
            if lookup == f"{name}__exact":
                choices = dict(getattr(self.opts.get_field(name), "flatchoices", ()))
                return not choices or value in map(str, choices)
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the object or None; `?_to_field=` names no field."""
        return super().get_object(request, object_id, from_field or None)

    def response_action(  # type: ignore[override]  # the stubs describe a later Django
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """Carry out an action on the ticked rows, whose ids are numbers, and never on a whole list."""
        ids = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(map(is_id, ids)):
            raise BadRequest
        return super().response_action(request, queryset.filter(pk__in=ids))


class SuperusersOnly(StrictQueries):
    """What does not say which company it belongs to is nobody's but the superusers'."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Tell whether the person is a superuser, and so with the other permissions."""
        return request.user.is_superuser and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_superuser and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_superuser and super().has_delete_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Fill in nothing from the address."""
        return {}


class PortalAdminSite(AdminSite):
    site_header: Any = _("Administration")
    site_title: Any = _("Administration")
    index_title: Any = _("What we look after")
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register behind a guard: superusers only, unless the class declares its `company_path`."""
        admin_class = admin_class or ModelAdmin
        guard = StrictQueries if hasattr(admin_class, "company_path") else SuperusersOnly
        body = {"__module__": admin_class.__module__, **options}
        super().register(model_or_iterable, type(admin_class.__name__, (guard, admin_class), body))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Leave out „view on site“: it tells of any row of any table whether it exists."""
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Show residents that there is nothing here; send whoever is not signed in to /login."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return cast("View", gate)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add whether this is a development installation, where no second factor is asked."""
        return {**super().each_context(request), "is_development": settings.DEBUG}

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to /login: the admin's own form has no limit on wrong passwords."""
        if request.user.is_authenticated:
            if not self.has_permission(request):
                raise Http404
            return redirect("admin:index")
        return cast("HttpResponse", secure_admin_login(super().login)(request, extra_context))

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign out and end on the portal's own page."""
        answer = super().logout(request, extra_context)
        return redirect(settings.LOGIN_URL) if answer.status_code == HTTPStatus.OK else answer

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the portal's own page: one place to change a password, with its limits."""
        return redirect("account_change_password")

    def password_change_done(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the portal's own page."""
        return redirect("account_change_password")
