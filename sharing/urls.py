from django.urls import path, re_path

from . import guest_views, views

app_name = "sharing"
urlpatterns = [
    path("client-information", views.client_information, name="client_information"),
    path("client-information/add", views.add, name="add"),
    path("client-information/request", views.send_request, name="send_request"),
    path("client-information/share", views.share, name="share"),
    path("client-information/change", views.change, name="change"),
    path("client-information/save", views.save, name="save"),
    path("client-information/discard", views.discard, name="discard"),
    path("client-information/leave", views.leave, name="leave"),
    re_path(r"^invitation/(?P<token>[-\w]{43})$", guest_views.invitation, name="invitation"),
    path("offers/<int:pk>/accept", guest_views.accept, name="accept"),
    path("offers/<int:pk>/decline", guest_views.decline, name="decline"),
]
