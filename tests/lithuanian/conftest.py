from hypothesis import settings

# A busy machine is not a failure: what is proved here is never about time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
