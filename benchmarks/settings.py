"""Settings of the benchmarks: those of production, on a durable cluster of their own, one database per scale.

BENCH_SCALE names the database: `small` or `country`. Before it is made, `savitarna` stands in.
"""

import os
from pathlib import Path

from psycopg.conninfo import make_conninfo

from config import devdb

BASE_DIR = Path(__file__).resolve().parent.parent
SCALE = os.environ.get("BENCH_SCALE", "")

os.environ["DEBUG"] = "0"
os.environ.setdefault(
    "SECRET_KEY", "only-for-benchmarks-and-long-enough-for-the-deployment-checks-0123456789"
)
os.environ.setdefault("ACTIVATION_KEY", "only-for-benchmarks")
os.environ.setdefault("BASE_URL", "http://savitarna.test")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,savitarna.test,localhost,127.0.0.1")
if not os.environ.get("DATABASE_URL"):
    address = devdb.ensure(BASE_DIR / ".data" / "pg18-bench")
    os.environ["DATABASE_URL"] = make_conninfo(address, dbname=f"savitarna_{SCALE}") if SCALE else address

from config.settings import *  # noqa: E402, F403

ROOT_URLCONF = "benchmarks.urls"
BRAND_NAME = "Kiemo namai"
CARE_PHONE = "+370 700 00000"
CARE_HOURS = "I–V 8–17 val."
CARE_EMAIL = "pagalba@kiemonamai.example"
