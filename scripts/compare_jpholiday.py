#!/usr/bin/env python3
"""Compares holidays on standard input (`2026-05-06<TAB>kind<TAB>name` lines) with jpholiday, every day of the years given.

    pip install jpholiday==1.0.3; <list of holidays> | compare_jpholiday.py 1955 2050
"""
import datetime
import sys

import jpholiday

first, last = int(sys.argv[1]), int(sys.argv[2])
ours = {fields[0]: fields for fields in (line.rstrip("\n").split("\t") for line in sys.stdin)}
only_ours = only_theirs = other_name = both = 0
day = datetime.date(first, 1, 1)
while day.year <= last:
    mine, theirs = ours.get(day.isoformat()), jpholiday.is_holiday_name(day)
    if mine and theirs:
        both += 1
        unnamed = mine[1] in ("Substitute", "Sandwiched") and theirs.endswith("休日")
        if mine[2] != theirs and not unnamed:
            other_name += 1
            print(f"{day}: name {mine[2]} / jpholiday {theirs}")
    elif mine:
        only_ours += 1
        print(f"{day} {day:%a}: only ours: {mine[1]} {mine[2]}")
    elif theirs:
        only_theirs += 1
        print(f"{day} {day:%a}: only jpholiday: {theirs}")
    day += datetime.timedelta(days=1)
print(f"{first}-{last}: {both} in both, {only_ours} only ours, {only_theirs} only jpholiday, {other_name} named otherwise")
