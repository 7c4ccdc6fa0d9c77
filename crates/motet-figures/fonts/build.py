#!/usr/bin/env python3
"""Makes the fonts of this folder from Debian's packages fonts-inter, fonts-jetbrains-mono and fonts-dejavu-core.

    python3 build.py FOLDER    where FOLDER holds the unpacked packages; needs fonttools

What it changes: only the letters and signs that programs use are kept; digits are tabular, since the text layout
cannot ask a font for them; and the fonts are renamed, as their licences demand of changed versions.
"""
import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

TEXT = "20-7e,a0-17f,18f,192,1a0-1a1,1af-1b0,218-21b,2b0-2ff,300-304,306-30c,370-3ff,400-52f,1e00-1eff,2000-206f," \
    "2070-209f,20a0-20bf,2100-214f,2150-218b,2190-21ff,2200-22ff,2300-23ff,25a0-25ff,2713,2717,fb01-fb02,fffd"
SYMBOLS = "2070-209f,2100-214f,2150-218b,2190-21ff,2200-22ff,2300-23ff,2500-257f,2580-259f,25a0-25ff,2600-266f,2701-27bf," \
    "27c0-27ef,27f0-27ff,2800-28ff,2900-2914,2a00-2a0c,2b00-2b1a,fffd"
FONTS = [
    ("opentype/inter/Inter-Regular.otf", "MotetSans-Regular.otf", "Motet Sans", TEXT),
    ("opentype/inter/Inter-Medium.otf", "MotetSans-Medium.otf", "Motet Sans Medium", TEXT),
    ("opentype/inter/Inter-SemiBold.otf", "MotetSans-SemiBold.otf", "Motet Sans SemiBold", TEXT),
    ("opentype/inter/Inter-Bold.otf", "MotetSans-Bold.otf", "Motet Sans Bold", TEXT),
    ("truetype/jetbrains-mono/JetBrainsMono-Regular.ttf", "MotetMono-Regular.ttf", "Motet Mono", TEXT + ",2500-259f"),
    ("truetype/dejavu/DejaVuSans.ttf", "MotetSymbols.ttf", "Motet Symbols", SYMBOLS),
]


def characters(text):
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def tabular_digits(font):
    """Maps characters to what the feature `tnum` puts in their place."""
    if "GSUB" not in font:
        return
    table = font["GSUB"].table
    wanted = {i for record in table.FeatureList.FeatureRecord if record.FeatureTag == "tnum"
              for i in record.Feature.LookupListIndex}
    mapping = {}
    for index in wanted:
        for rule in table.LookupList.Lookup[index].SubTable:
            rule = getattr(rule, "ExtSubTable", rule)
            mapping.update(getattr(rule, "mapping", {}))
    for sub in font["cmap"].tables:
        if sub.isUnicode():
            sub.cmap = {code: mapping.get(name, name) for code, name in sub.cmap.items()}


def main(folder):
    here = pathlib.Path(__file__).parent
    for source, target, name, wanted in FONTS:
        font = TTFont(next(folder.rglob(source)))
        tabular_digits(font)
        options = subset.Options(layout_features=["kern", "mark", "mkmk", "ccmp", "locl"], name_IDs=[0, 1, 2, 4, 6, 13, 14],
                                 notdef_outline=True, hinting=False, desubroutinize=False)
        work = subset.Subsetter(options)
        work.populate(unicodes=list(characters(wanted)))
        work.subset(font)
        for record in font["name"].names:
            if record.nameID in (1, 4):
                record.string = name
            elif record.nameID == 6:
                record.string = name.replace(" ", "")
        font.save(here / target)
        print(target, (here / target).stat().st_size)


main(pathlib.Path(sys.argv[1]))
