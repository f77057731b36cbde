"""A believable town in files, relative to today, taken in by the importer."""
