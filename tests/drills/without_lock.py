"""The portal with nothing that keeps two presses on a meter apart: the control of a drill."""

import config.wsgi
from meters import readings

readings._lock = lambda lines: None
application = config.wsgi.application
