from django.urls import path

from . import object_views, views

app_name = "home"
urlpatterns = [
    path("", views.main, name="main"),
    path("objects/<int:pk>", object_views.own_object, name="object"),
]
