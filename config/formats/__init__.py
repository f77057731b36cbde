"""How Django itself writes and reads dates and numbers, in the admin above all; one package per language."""
