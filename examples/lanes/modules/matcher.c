// A matcher of regular expressions with `.`, `*`, `^` and `$`, after Rob Pike's: recursion over text.
#include "module.h"

static const char *const patterns[] = {"^a.*z$", "b*c", "x.y", "^$", "a*a*a*b", "q", ".o.o$", "^the"};
static const char *const texts[] = {"abcz", "the quick brown fox", "aaaaaaaaaaaaaaab", "", "x-y", "foo boo", "zzz"};

static int match_here(const char *pattern, const char *text);

static int match_star(char letter, const char *pattern, const char *text) {
    do {
        if (match_here(pattern, text))
            return 1;
    } while (*text && (*text++ == letter || letter == '.'));
    return 0;
}

static int match_here(const char *pattern, const char *text) {
    if (!pattern[0])
        return 1;
    if (pattern[1] == '*')
        return match_star(pattern[0], pattern + 2, text);
    if (pattern[0] == '$' && !pattern[1])
        return !*text;
    if (*text && (pattern[0] == '.' || pattern[0] == *text))
        return match_here(pattern + 1, text + 1);
    return 0;
}

static int match(const char *pattern, const char *text) {
    if (pattern[0] == '^')
        return match_here(pattern + 1, text);
    do {
        if (match_here(pattern, text))
            return 1;
    } while (*text++);
    return 0;
}

EXPORT(run) u64 run(u32 number) {
    u64 sum = number;
    for (u32 i = 0; i < sizeof patterns / sizeof *patterns; i++)
        for (u32 j = 0; j < sizeof texts / sizeof *texts; j++)
            sum = mix(sum, match(patterns[(i + number) % 8], texts[j]));
    return sum;
}
