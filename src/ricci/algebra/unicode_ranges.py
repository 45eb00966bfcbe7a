"""Writes unicode_ranges.h, the tables behind notation_text.cpp, from Python's unicodedata.

Run: python3 unicode_ranges.py > unicode_ranges.h
"""
import sys
import unicodedata


def ranges(wanted):
    found, start = [], None
    for code in range(0x80, sys.maxunicode + 2):
        inside = code <= sys.maxunicode and wanted(chr(code))
        if inside and start is None:
            start = code
        if not inside and start is not None:
            found.append((start, code - 1))
            start = None
    return found


def table(name, comment, wanted):
    rows = [f"{{0x{a:x}, 0x{b:x}}}" for a, b in ranges(wanted)]
    print(f"/// {comment}\ninline constexpr CodePointRange {name}[] = {{")
    line = "   "
    for row in rows:
        if len(line) + len(row) > 117:
            print(line)
            line = "   "
        line += f" {row},"
    print(line.rstrip(",") + "};\n")


print(f"""// Ranges of code points from 0x80 on, of Unicode {unicodedata.unidata_version}. Written by unicode_ranges.py; read by notation_text.cpp.
// clang-format off
#pragma once

namespace ricci::notation {{

struct CodePointRange {{
  char32_t first, last;
}};
""")
table("kLetters", "General category L.", lambda c: unicodedata.category(c)[0] == "L")
table("kMarks", "General categories Mn, Me and Cf: they take no column of their own.",
      lambda c: unicodedata.category(c) in ("Mn", "Me", "Cf") and c != "\u00ad")
table("kWide", "East Asian wide and fullwidth: two columns.", lambda c: unicodedata.east_asian_width(c) in "WF")
print("}  // namespace ricci::notation")
