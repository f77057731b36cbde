"""Lithuanian formats."""
