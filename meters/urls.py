from django.urls import path

from . import calendar_views, history_views, reminder_views, views

app_name = "meters"
urlpatterns = [
    path("meters", views.declare, name="declare"),
    path("declare/<str:token>", reminder_views.reminder, name="reminder"),
    path("calendar", calendar_views.calendar, name="calendar"),
    path("calendar/<str:token>.ics", calendar_views.feed, name="calendar_feed"),
    path("meters/cases/<int:pk>/photo", views.case_photo, name="case_photo"),
    path("meters/readings/<int:pk>/photo", views.add_photo, name="add_photo"),
    path("meters/readings/<int:pk>/photo.jpg", views.reading_photo, name="reading_photo"),
    path("meters/history", history_views.history, name="history"),
    path("meters/history.csv", history_views.history_csv, name="history_csv"),
    path("meters/history.xlsx", history_views.history_xlsx, name="history_xlsx"),
]
