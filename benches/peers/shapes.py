"""Counterparts of the programs of benches/programs whose hot code has other shapes than arithmetic."""

import sys
from functools import reduce


def size(usual):
    return int(sys.argv[2]) if len(sys.argv) > 2 else usual


def polymorphic():
    class Circle:
        def __init__(self, r): self.r = r
        def area(self): return 3.0 * self.r * self.r

    class Square:
        def __init__(self, a): self.a = a
        def area(self): return self.a * self.a

    class Rectangle:
        def __init__(self, a, b): self.a = a; self.b = b
        def area(self): return self.a * self.b

    class Triangle:
        def __init__(self, base, height): self.base = base; self.height = height
        def area(self): return 0.5 * self.base * self.height

    def shape(i):
        s = float(i % 7 + 1)
        match i % 4:
            case 0: return Circle(s)
            case 1: return Square(s)
            case 2: return Rectangle(s, 2.0)
            case _: return Triangle(s, 3.0)

    shapes = [shape(i * 7 % 1000) for i in range(1000)]
    total = 0.0
    for _ in range(size(3000)):
        for one in shapes:
            total += one.area()
    return int(total)


def closures():
    def compose(f, g): return lambda x: g(f(x))

    def counter():
        count = 0

        def step():
            nonlocal count
            count += 1
            return count

        return step

    rounds, total = size(800_000), 0
    for i in range(rounds):
        add = lambda x: x + i
        both = compose(add, lambda x: x * 2)
        total = (total + both(i)) % 1000003
        step = counter()
        step()
        total += step()
    twice = [1, 2, 3, 4, 5, 6, 7, 8]
    for i in range(rounds // 8):
        found = filter(lambda x: x % 3 != 0, map(lambda x: x * i, twice))
        total = (total + reduce(lambda a, b: a + b, found, 0)) % 1000003
    return total


def building():
    def row(i):
        text = ""
        for j in range(20):
            text += str(i * j % 97)
            text += ";" if j % 5 == 4 else ","
        return text

    def vowels(text):
        count = 0
        for letter in text:
            if letter == "7" or letter == ";":
                count += 1
        return count

    length = found = 0
    for i in range(size(30_000)):
        text = row(i)
        length += len(text)
        found += vowels(text)
        if i % 10 == 0:
            length += len(text.replace(",", "--").upper())
    return f"{length} {found}"


def matrix():
    n = size(240)

    def make(seed):
        return [[float((i * seed + j * 7) % 11) - 5.0 for j in range(n)] for i in range(n)]

    def multiply(a, b):
        result = []
        for i in range(n):
            row, left = [], a[i]
            for j in range(n):
                total = 0.0
                for k in range(n):
                    total += left[k] * b[k][j]
                row.append(total)
            result.append(row)
        return result

    product = multiply(multiply(make(3), make(5)), make(9))
    return int(sum(product[i][i] for i in range(n)))


def generators():
    def numbers(end):
        n = 0
        while n < end:
            yield n
            n += 1

    def odd(source):
        for n in source:
            if n % 2 == 1:
                yield n

    def squares(source):
        for n in source:
            yield n * n % 1000

    total = 0
    for n in squares(odd(numbers(size(2_000_000)))):
        total += n
    return total


def dictionaries():
    n, known = size(200_000), {}

    def length_of(x):
        path = []
        while x != 1 and x not in known:
            path.append(x)
            x = x // 2 if x % 2 == 0 else 3 * x + 1
        steps = 0 if x == 1 else known[x]
        for place in reversed(path):
            steps += 1
            known[place] = steps
        return steps

    longest = 0
    for i in range(1, n):
        longest = max(longest, length_of(i))
    groups, x = {}, 42
    for i in range(n):
        x = x * 16807 % 2147483647
        key = "g" + str(x % 1000)
        if key in groups:
            groups[key].append(i)
        else:
            groups[key] = [i]
    largest = 0
    for members in groups.values():
        largest = max(largest, len(members))
    return f"{longest} {len(known)} {len(groups)} {largest}"


def deep():
    sys.setrecursionlimit(10_000)

    def depth(n): return 0 if n == 0 else 1 + depth(n - 1)

    numbers = [i % 10 for i in range(4000)]

    def total(at): return 0 if at == len(numbers) else numbers[at] + total(at + 1)
    def even(n): return True if n == 0 else odd(n - 1)
    def odd(n): return False if n == 0 else even(n - 1)

    result = 0
    for round in range(size(600)):
        result += depth(5000) + total(0)
        if even(4000 + round % 2):
            result += 1
    return result


def throwing():
    class Refused(Exception):
        def __init__(self, what):
            super().__init__("refused")
            self.what = what

    def check(n):
        if n % 5 == 0:
            raise Refused(n)
        return n

    def inner(n): return check(n) * 2
    def outer(n): return inner(n) + 1

    passed = refused = ends = 0
    for i in range(size(1_000_000)):
        try:
            passed += outer(i) % 7
        except Refused as error:
            refused += error.what % 3
        finally:
            ends += 1
    return f"{passed} {refused} {ends}"


def matching():
    class Number:
        __match_args__ = ("value",)
        def __init__(self, value): self.value = value

    class Sum:
        __match_args__ = ("left", "right")
        def __init__(self, left, right): self.left = left; self.right = right

    class Product:
        __match_args__ = ("left", "right")
        def __init__(self, left, right): self.left = left; self.right = right

    class Negative:
        __match_args__ = ("of",)
        def __init__(self, of): self.of = of

    def make(depth, seed):
        if depth == 0:
            return Number(seed % 10)
        match seed % 3:
            case 0: return Sum(make(depth - 1, seed + 1), make(depth - 1, seed + 2))
            case 1: return Product(make(depth - 1, seed + 2), make(depth - 1, seed + 1))
            case _: return Negative(make(depth - 1, seed + 4))

    def value(term):
        match term:
            case Number(number): return number
            case Sum(left, right): return (value(left) + value(right)) % 10007
            case Product(left, right): return value(left) * value(right) % 10007
            case Negative(of): return -value(of)

    term, total = make(16, 1), 0
    for _ in range(size(1500)):
        total = (total + value(term)) % 10007
    return total


def classes():
    class Account:
        def __init__(self, balance): self.balance = balance; self.count = 0
        def pay(self, amount): self.balance += amount; self.count += 1
        def fee(self): return 1
        def month(self): self.pay(-self.fee())
        @property
        def is_empty(self): return self.balance <= 0

    class Savings(Account):
        def __init__(self, balance, rate): super().__init__(balance); self.rate = rate
        def fee(self): return 0
        def month(self): super().month(); self.pay(self.balance * self.rate // 100)

    class Bonus(Savings):
        def __init__(self, balance): super().__init__(balance, 2)
        def month(self):
            super().month()
            if self.balance > 5000:
                self.pay(-4000)

    make = [lambda i: Account(1000 + i), lambda i: Savings(1000 + i, 1), lambda i: Bonus(900 + i)]
    accounts = [make[i % 3](i) for i in range(300)]
    empty = 0
    for _ in range(size(5000)):
        for account in accounts:
            account.month()
            if account.balance > 1_000_000:
                account.pay(-990_000)
            if account.is_empty:
                empty += 1
                account.pay(1000)
    return f"{sum(a.balance for a in accounts)} {sum(a.count for a in accounts)} {empty}"


print(globals()[sys.argv[1]]())
