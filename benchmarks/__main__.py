"""`make bench`: fill the databases, measure every part and print one table.

`python -m benchmarks --scale small` measures on 2,000 payment books, `--scale country` on 200,000.
"""

import argparse
import importlib
import os
import sys
import time
import traceback

# Each measures some rows in a process of its own: `python -m benchmarks.pages` prints only its rows.
PARTS = ("pages", "growth", "files", "declaring", "rush", "printing")


def main(arguments: list[str]) -> int:
    """Measure what was asked for and print the table; return 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--scale", choices=("small", "country"), default="small")
    parser.add_argument("--only", choices=PARTS, action="append")
    chosen = parser.parse_args(arguments)
    os.environ["BENCH_SCALE"] = chosen.scale
    from benchmarks import country, table

    address = country.ensure(chosen.scale)
    # Pages name their files by what stands in them.
    country.manage(address, "collectstatic", "--noinput", "--verbosity=0")
    rows: list[table.Row] = []
    broken = False
    for part in chosen.only or PARTS:
        began = time.monotonic()
        try:
            module = importlib.import_module(f"benchmarks.{part}")
            rows += list(module.measure(scale=chosen.scale))
        except Exception:
            # The others took minutes: they are shown all the same.
            traceback.print_exc()
            broken = True
        print(f"{part}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    rows.sort(key=lambda row: row.number)
    print(table.table(rows))
    return 0 if not broken and all(row.reaches(row.goal) for row in rows if row.rounds) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
