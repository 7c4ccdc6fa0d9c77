"""The most frequent words of a text."""
import re
from collections import Counter

text = "the quick brown fox jumps over the lazy dog. The dog sleeps; the fox does not."

words = re.findall(r"[a-z']+", text.lower())
counts = sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0]))
for word, count in counts[:5]:
    print(f"{word:8}{'#' * count} {count}")
