"""The privacy policy, kept word for word in every version that anybody has agreed to."""

# The day a version came into force; a change of one word is a new version with its own two files.
VERSIONS = ("2026-11-22",)
CURRENT = VERSIONS[-1]


def template_of(*, version: str, language: str) -> str:
    """Return the template that holds the text of a version in a language."""
    return f"accounts/privacy/{version}.{language}.html"
