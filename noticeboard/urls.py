from django.urls import path

from . import views

app_name = "noticeboard"
urlpatterns = [
    path("notices", views.notices, name="list"),
    path("notices/announcements/<int:pk>", views.announcement, name="announcement"),
    path("notices/works/<int:pk>", views.work, name="work"),
    path("notices/files/<int:pk>", views.file, name="file"),
    path("buildings/<int:pk>/files", views.building_files, name="building_files"),
    path("buildings/files/<int:pk>", views.building_file, name="building_file"),
]
