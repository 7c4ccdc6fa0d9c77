"""An interpreter of a small language: numbers, names, functions and conditions, written as lists."""
import operator
import re


def tokens(text):
    return re.findall(r"[()]|[^\s()]+", text)


def parse(words, at):
    word = words[at]
    if word != "(":
        return (int(word) if re.fullmatch(r"-?\d+", word) else word), at + 1
    items = []
    following = at + 1
    while words[following] != ")":
        item, following = parse(words, following)
        items.append(item)
    return items, following + 1


basic = {"+": operator.add, "-": operator.sub, "*": operator.mul, "<": operator.lt, "=": operator.eq}


def find(name, scope):
    while scope is not None:
        if name in scope["names"]:
            return scope["names"][name]
        scope = scope["outer"]
    raise NameError(f"unknown name {name}")


def run(code, scope):
    match code:
        case int():
            return code
        case str():
            return find(code, scope)
        case ["if", test, then, other]:
            return run(then if run(test, scope) else other, scope)
        case ["define", name, value]:
            scope["names"][name] = run(value, scope)
        case ["fn", names, body]:
            return lambda *values: run(body, {"names": dict(zip(names, values)), "outer": scope})
        case [f, *rest]:
            return run(f, scope)(*[run(part, scope) for part in rest])


scope = {"names": dict(basic), "outer": None}
for line in [
    "(define square (fn (x) (* x x)))",
    "(square 12)",
    "(define fact (fn (n) (if (< n 2) 1 (* n (fact (- n 1))))))",
    "(fact 20)",
    "((fn (a b) (+ a (* b 2))) 3 4)",
    "(missing 1)",
]:
    try:
        result = run(parse(tokens(line), 0)[0], scope)
    except NameError as error:
        result = error
    if not line.startswith("(define"):
        print(line, "=>", result)
