from django.urls import path

from . import order_views, paper_views, pay_views, payer_link_views, receipt_views, views

app_name = "invoices"
urlpatterns = [
    path("invoices", views.invoice_list, name="list"),
    path("invoices/pay", pay_views.pay, name="pay"),
    path("invoices/pay/<int:company>", order_views.start, name="start_order"),
    path("invoices/orders/<slug:number>", order_views.order, name="order"),
    path("invoices/orders/<slug:number>/pay", order_views.hand_over, name="hand_over"),
    path("invoices/orders/<slug:number>/trial", order_views.fake_provider, name="fake_provider"),
    path("invoices/callback/<slug:provider>/<slug:company_code>", order_views.callback, name="callback"),
    path("invoices/payments", receipt_views.payments, name="payments"),
    path("invoices/<int:pk>", views.detail, name="detail"),
    path("invoices/<int:pk>/pdf", paper_views.pdf, name="pdf"),
    path("invoices/<int:pk>/payer-link", payer_link_views.make, name="make_payer_link"),
    path("payer-links/<int:pk>/end", payer_link_views.take_back, name="take_back_payer_link"),
    path("pay-for/<str:token>", payer_link_views.payer_link, name="payer_link"),
]
