"""Commands that keep the translations whole without the system gettext."""
