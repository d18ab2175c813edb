"""Writes chalicelib/config/holidays.toml from the `holidays` library. Run it to extend the years:

.venv/bin/python tests/unit/generate_holidays.py
"""

from __future__ import annotations

from pathlib import Path

import holidays

YEARS = range(2024, 2037)
TARGET = Path(__file__).resolve().parents[2] / "chalicelib" / "config" / "holidays.toml"

HEADER = """\
# Swedish public holidays, and the eves that most workplaces take as free (site.toml chooses which).
# Written by tests/unit/generate_holidays.py from the `holidays` library; a test keeps it current. Do not edit by hand.
"""


def holidays_toml() -> str:
    """The whole file as it should be."""
    return "\n".join([HEADER, *_table("public", "public"), "", *_table("eves", "de_facto"), ""])


def _table(name: str, category: str) -> list[str]:
    days = holidays.country_holidays(
        "SE", years=YEARS, categories=(category,), include_sundays=False, language="sv"
    )
    return [f"[{name}]", *(f'{day} = "{title.lower()}"' for day, title in sorted(days.items()))]


if __name__ == "__main__":
    TARGET.write_text(holidays_toml(), encoding="utf-8")
    print(f"wrote {TARGET}")
