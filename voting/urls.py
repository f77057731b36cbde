from django.urls import path

from . import views

app_name = "voting"
urlpatterns = [
    path("votes", views.vote_list, name="list"),
    path("votes/<int:pk>", views.detail, name="detail"),
    path("votes/<int:pk>/ballots/<int:elector>", views.cast, name="cast"),
    path("votes/<int:pk>/minutes", views.minutes, name="minutes"),
    path("votes/documents/<int:pk>", views.document, name="document"),
]
