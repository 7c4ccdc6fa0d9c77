#!/usr/bin/env python3
"""Writes programs that compare Motet with NumPy and SciPy: tests/programs/soc/scipy.soc.test.

    python3 crates/motet-numbers/tests/scipy/make.py

Needs numpy and scipy (2.4 and 1.17 made what is checked in). Every value comes from them; the arguments are random, by a
seed. A program says how many numbers agree, or which do not.
"""

from pathlib import Path

import numpy as np
import scipy.special as sp
from scipy import integrate, interpolate, linalg, optimize, stats

ROOT = Path(__file__).resolve().parents[4]
OUT = ROOT / "tests/programs/soc/scipy.soc.test"
rng = np.random.default_rng(18)

CHECK = """mut count = 0
fn check(name, found, expected, digits = 1e-9) {
  let [a, b] = [tensor([found]), tensor([expected])]
  if (a.shape != b.shape) { println(name, "has the shape", a.shape, "and not", b.shape); return }
  let size = max(abs(b).max(), 1e-300)
  let far = abs(a - b) > digits * abs(b) + 1e-3 * digits * size
  let is_other = is_nan(abs(a)).ne(is_nan(abs(b)))
  if (far.any() || is_other.any()) { println(name, "is", a, "and not", b) }
  count += a.size
}
"""


def literal(value):
    if isinstance(value, str):
        return value
    array = np.asarray(value)
    if array.ndim > 0:
        return "[" + ", ".join(literal(item) for item in array) + "]"
    item = array.item()
    if isinstance(item, complex):
        return f"({literal(item.real)} + {literal(item.imag)} * 1i)"
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, int):
        return str(item)
    if np.isnan(item):
        return "nan"
    if np.isinf(item):
        return "infinity" if item > 0 else "-infinity"
    return repr(float(item))


class Case:
    def __init__(self, title):
        self.title = title
        self.lines = []
        self.count = 0

    def check(self, name, expression, expected, digits=None):
        if expected is True:
            expression, expected = f"if ({expression}) {{ 1 }} else {{ 0 }}", 1
        more = "" if digits is None else f", {digits}"
        self.lines.append(f'check("{name}", {expression}, {literal(expected)}{more})')
        self.count += np.asarray(expected).size

    def line(self, text):
        self.lines.append(text)

    def text(self):
        body = "\n".join(self.lines)
        return f'=== {self.title}\n{CHECK}{body}\nprintln(count, "numbers are compared")\n---\n{self.count} numbers are compared\n'


def distributions():
    case = Case("distributions")
    a = lambda low, high: float(np.round(rng.uniform(low, high), 3))
    for _ in range(3):
        m, s, k, h, p = a(-3, 3), a(0.2, 3), a(0.4, 9), a(0.4, 9), a(0.05, 0.95)
        n = int(rng.integers(2, 60))
        pairs = [
            (f"normal({m}, {s})", stats.norm(m, s)),
            (f"uniform({m}, {m + s})", stats.uniform(m, s)),
            (f"exponential({s})", stats.expon(scale=s)),
            (f"gamma({k}, {s})", stats.gamma(k, scale=s)),
            (f"chi_squared({k})", stats.chi2(k)),
            (f"beta({k}, {h})", stats.beta(k, h)),
            (f"student_t({k})", stats.t(k)),
            (f"f({k}, {h})", stats.f(k, h)),
            (f"lognormal({m}, {s})", stats.lognorm(s, scale=np.exp(m))),
            (f"weibull({k}, {s})", stats.weibull_min(k, scale=s)),
            (f"cauchy({m}, {s})", stats.cauchy(m, s)),
            (f"laplace({m}, {s})", stats.laplace(m, s)),
            (f"logistic({m}, {s})", stats.logistic(m, s)),
            (f"pareto({k}, {s})", stats.pareto(k, scale=s)),
            (f"binomial({n}, {p})", stats.binom(n, p)),
            (f"poisson({k * 10})", stats.poisson(k * 10)),
            (f"geometric({p})", stats.geom(p)),
            (f"negative_binomial({n}, {p})", stats.nbinom(n, p)),
        ]
        for name, law in pairs:
            parts = [0.001, 0.2, 0.5, 0.9, 0.9999]
            x = law.ppf(parts)
            is_whole = hasattr(law, "pmf") and name.split("(")[0] in ("binomial", "poisson", "geometric", "negative_binomial")
            case.line(f"do {{ let law = statistics.{name}")
            case.check(f"{name}.quantile", f"law.quantile({literal(parts)})", x, 1e-8)
            case.check(f"{name}.cdf", f"law.cdf({literal(x)})", law.cdf(x))
            case.check(f"{name}.sf", f"law.sf({literal(x)})", law.sf(x), 1e-8)
            case.check(f"{name}.pdf", f"law.pdf({literal(x)})", (law.pmf if is_whole else law.pdf)(x))
            case.check(f"{name}.mean", "[law.mean, law.variance]", [float(law.mean()), float(law.var())])
            case.line("}")
    for name, law in [
        ("gamma(1_000_000)", stats.gamma(1e6)),
        ("poisson(123_456)", stats.poisson(123456)),
        ("binomial(1_000_000, 0.3)", stats.binom(10**6, 0.3)),
        ("student_t(10_000)", stats.t(1e4)),
        ("beta(5000, 7000)", stats.beta(5000, 7000)),
    ]:
        x = law.ppf([0.01, 0.5, 0.99])
        case.check(f"{name}.cdf", f"statistics.{name}.cdf({literal(x)})", law.cdf(x), 1e-7)
    return case


def special():
    case = Case("special functions")
    x = np.round(rng.uniform(-6, 12, 24), 3)
    positive = np.round(rng.uniform(0.05, 40, 24), 3)
    case.check("gamma", f"special.gamma({literal(x)})", sp.gamma(x))
    case.check("lgamma", f"special.lgamma({literal(x)})", sp.gammaln(x))
    case.check("digamma", f"special.digamma({literal(positive)})", sp.digamma(positive), 1e-8)
    case.check("erf", f"special.erf({literal(x / 3)})", sp.erf(x / 3))
    case.check("erfc", f"special.erfc({literal(x / 2)})", sp.erfc(x / 2))
    y = np.round(rng.uniform(-0.999, 0.999, 24), 4)
    case.check("erf_inverse", f"special.erf_inverse({literal(y)})", sp.erfinv(y))
    case.check("erfc_inverse", f"special.erfc_inverse({literal(1 - y)})", sp.erfcinv(1 - y))
    other = np.round(rng.uniform(0.05, 40, 24), 3)
    case.check("beta", f"special.beta({literal(positive)}, {literal(other)})", sp.beta(positive, other))
    case.check("lbeta", f"special.lbeta({literal(positive)}, {literal(other)})", sp.betaln(positive, other))
    case.check("gamma_lower", f"special.gamma_lower({literal(positive)}, {literal(other)})", sp.gammainc(positive, other))
    case.check("gamma_upper", f"special.gamma_upper({literal(positive)}, {literal(other)})", sp.gammaincc(positive, other))
    part = np.round(rng.uniform(0, 1, 24), 4)
    case.check(
        "beta_lower",
        f"special.beta_lower({literal(positive)}, {literal(other)}, {literal(part)})",
        sp.betainc(positive, other, part),
    )
    return case


def tests():
    case = Case("tests, correlation and regression")
    for size in (5, 12, 40):
        x = np.round(rng.normal(1, 2, size), 3)
        y = np.round(0.6 * x + rng.normal(0, 1, size), 3)
        z = np.round(rng.normal(1.4, 1, size + 3), 3)
        case.line(f"do {{ let [x, y, z] = [{literal(x)}, {literal(y)}, {literal(z)}]")
        case.line("let parts = r => [r.statistic, r.p, r.df]")

        def test(name, expression, found):
            df = float(found.df) if hasattr(found, "df") else None
            case.check(name, f"parts({expression})", [found.statistic, found.pvalue, df], 1e-8)

        test("t_test", "statistics.t_test(x, mean: 0.5)", stats.ttest_1samp(x, 0.5))
        test("t_test of two", "statistics.t_test(x, z)", stats.ttest_ind(x, z))
        test("t_test of Welch", "statistics.t_test(x, z, welch: true)", stats.ttest_ind(x, z, equal_var=False))
        test("t_test of pairs", "statistics.t_test(x, y, paired: true)", stats.ttest_rel(x, y))
        test("t_test less", "statistics.t_test(x, z, alternative: \"less\")", stats.ttest_ind(x, z, alternative="less"))
        k = stats.kstest(x, stats.norm(1, 2).cdf)
        case.line("let two = r => [r.statistic, r.p]")
        case.check("ks_test", "two(statistics.ks_test(x, statistics.normal(1, 2)))", [k.statistic, k.pvalue], 1e-7)
        k = stats.ks_2samp(x, z)
        case.check("ks_test of two", "two(statistics.ks_test(x, z))", [k.statistic, k.pvalue], 1e-8)
        case.check("covariance", "statistics.covariance(x, y)", np.cov(x, y)[0, 1])
        case.check("correlation", "statistics.correlation(x, y)", np.corrcoef(x, y)[0, 1])
        rounded = np.round(y)
        case.check(
            "spearman",
            f'statistics.correlation(x, {literal(rounded)}, method: "spearman")',
            stats.spearmanr(x, rounded).statistic,
        )
        line = stats.linregress(x, y)
        case.check(
            "linear_regression",
            "do { let r = statistics.linear_regression(x, y); [r.slope, r.intercept, r.r, r.p, r.slope_error, r.intercept_error] }",
            [line.slope, line.intercept, line.rvalue, line.pvalue, line.stderr, line.intercept_stderr],
        )
        for degree in (1, 3):
            found = np.polyfit(x, y, degree)
            case.check(f"polyfit {degree}", f"statistics.polyfit(x, y, {degree})", found, 1e-7)
            case.check(f"polyval {degree}", f"statistics.polyval(statistics.polyfit(x, y, {degree}), x)", np.polyval(found, x), 1e-7)
        m = np.round(rng.normal(0, 1, (size, 2)), 3)
        whole = np.column_stack([np.ones(size), m])
        found, *_ = np.linalg.lstsq(whole, y, rcond=None)
        rest = y - whole @ found
        df = size - 3
        errors = np.sqrt(np.diag(np.linalg.inv(whole.T @ whole)) * (rest @ rest) / df)
        p = 2 * stats.t(df).sf(abs(found / errors))
        case.line(f"let fit = statistics.regression({literal(m)}, y)")
        case.check("regression", "[fit.intercept, ...fit.coefficients]", found)
        case.check("regression errors", "fit.errors", errors)
        case.check("regression p", "fit.p", p)
        case.check("regression r2", "fit.r2", 1 - rest @ rest / ((y - y.mean()) @ (y - y.mean())))
        case.check("covariance of a matrix", f"statistics.covariance({literal(m)})", np.cov(m.T))
        case.check("correlation of a matrix", f"statistics.correlation({literal(m)})", np.corrcoef(m.T))
        case.line("}")
    counts = rng.integers(5, 60, 6)
    expected = counts.sum() * np.array([1, 2, 3, 1, 2, 3]) / 12
    case.line("let parts = r => [r.statistic, r.p, r.df]")
    for name, expression, found in [
        ("chi_squared_test", f"{literal(counts)}", stats.chisquare(counts)),
        ("chi_squared_test of expected", f"{literal(counts)}, expected: {literal(expected)}", stats.chisquare(counts, expected)),
    ]:
        case.check(name, f"parts(statistics.chi_squared_test({expression}))", [found.statistic, found.pvalue, 5])
    for shape in ((2, 2), (2, 4), (3, 5)):
        table = rng.integers(3, 50, shape)
        found = stats.chi2_contingency(table)
        case.check(f"table {shape}", f"parts(statistics.chi_squared_test({literal(table)}))", [found.statistic, found.pvalue, found.dof])
    return case


def complexes(shape):
    return np.round(rng.normal(size=shape), 3) + 1j * np.round(rng.normal(size=shape), 3)


def reals(shape):
    return np.round(rng.normal(size=shape), 3)


def transforms():
    case = Case("transforms")
    for n in (1, 2, 7, 12, 31):
        x, z = reals(n), complexes(n)
        case.check(f"fft {n}", f"fft.fft({literal(z)})", np.fft.fft(z))
        case.check(f"ifft {n}", f"fft.ifft({literal(z)})", np.fft.ifft(z))
        case.check(f"rfft {n}", f"fft.rfft({literal(x)})", np.fft.rfft(x))
        half = np.fft.rfft(x)
        case.check(f"irfft {n}", f"fft.irfft({literal(half)}, {n})", np.fft.irfft(half, n))
        case.check(f"irfft {n} more", f"fft.irfft({literal(half)}, {n + 4})", np.fft.irfft(half, n + 4))
        for d in (1.0, 0.25):
            case.check(f"fftfreq {n}", f"fft.fftfreq({n}, {d})", np.fft.fftfreq(n, d))
            case.check(f"rfftfreq {n}", f"fft.rfftfreq({n}, {d})", np.fft.rfftfreq(n, d))
        for window in ("hanning", "hamming", "blackman"):
            name = "hann" if window == "hanning" else window
            case.check(f"{name} {n}", f"fft.{name}({n}) + 0.0", getattr(np, window)(n), 1e-8)
        case.check(f"kaiser {n}", f"fft.kaiser({n}, 8.6)", np.kaiser(n, 8.6))
        case.check(f"fftshift {n}", f"fft.fftshift({literal(x)})", np.fft.fftshift(x))
        case.check(f"ifftshift {n}", f"fft.ifftshift({literal(x)})", np.fft.ifftshift(x))
    m = complexes((3, 5))
    case.check("fft2", f"fft.fft2({literal(m)})", np.fft.fft2(m))
    case.check("ifft2", f"fft.ifft2({literal(m)})", np.fft.ifft2(m))
    for n in (3, 9):
        for axis in (0, 1):
            case.check(f"fft to {n}", f"fft.fft({literal(m)}, {n}, axis: {axis})", np.fft.fft(m, n, axis))
            case.check(f"ifft to {n}", f"fft.ifft({literal(m)}, {n}, axis: {axis})", np.fft.ifft(m, n, axis))
    for shape in ((3, 5), (4, 6), (1, 8)):
        x = reals(shape)
        half, sizes = np.fft.rfft2(x), list(shape)
        case.check(f"rfft2 {shape}", f"fft.rfft2({literal(x)})", half)
        case.check(f"irfft2 {shape}", f"fft.irfft2({literal(half)}, shape: {sizes})", x)
        if shape[1] % 2 == 0:
            case.check(f"irfft2 even {shape}", f"fft.irfft2({literal(half)})", np.fft.irfft2(half))
        case.check(f"fft2 shape {shape}", f"fft.fft2({literal(x)}, shape: [4, 4])", np.fft.fft2(x, (4, 4)))
        case.check(f"rfft2 axes {shape}", f"fft.rfft2({literal(x)}, axes: [1, 0])", np.fft.rfft2(x, axes=(1, 0)))
    x, z = reals((2, 3, 4)), complexes((3, 2, 5))
    case.check("fftn", f"fft.fftn({literal(z)})", np.fft.fftn(z))
    case.check("ifftn", f"fft.ifftn({literal(z)})", np.fft.ifftn(z))
    case.check("fftn axes", f"fft.fftn({literal(z)}, axes: [0, -1])", np.fft.fftn(z, axes=(0, -1)))
    case.check("fftn shape", f"fft.fftn({literal(z)}, shape: [3, 4])", np.fft.fftn(z, (3, 4), axes=(1, 2)))
    case.check("rfftn", f"fft.rfftn({literal(x)})", np.fft.rfftn(x))
    case.check("rfftn axes", f"fft.rfftn({literal(x)}, axes: [2, 0])", np.fft.rfftn(x, axes=(2, 0)))
    case.check("irfftn", f"fft.irfftn({literal(np.fft.rfftn(x))})", x)
    case.check("irfftn shape", f"fft.irfftn({literal(z)}, shape: [3, 2, 7])", np.fft.irfftn(z, (3, 2, 7), axes=(0, 1, 2)))
    case.check("fft2 of 3 axes", f"fft.fft2({literal(z)})", np.fft.fft2(z))
    for a, b in ((9, 4), (4, 9), (1, 5), (200, 90)):
        x, y = reals(a), reals(b)
        for mode in ("full", "same", "valid"):
            case.check(f"convolve {a} {b} {mode}", f'fft.convolve({literal(x)}, {literal(y)}, mode: "{mode}")', np.convolve(x, y, mode))
            if a >= b:
                case.check(f"correlate {a} {b} {mode}", f'fft.correlate({literal(x)}, {literal(y)}, mode: "{mode}")', np.correlate(x, y, mode))
    return case


def algebra():
    case = Case("linear algebra")
    for n, make in ((1, reals), (3, reals), (6, reals), (4, complexes), (70, reals)):
        a, b, c = make((n, n)), make(n), make((n, 2))
        text = f"tensor({literal(a)})"
        if n == 70:
            # Too large to be written out; long enough to leave the task's thread.
            a = np.sin(np.arange(4900) ** 2 * 0.37).reshape(70, 70)
            text = "sin(arange(4900) ^ 2 * 0.37).reshape(70, 70)"
        name = f"{make.__name__} {n}"
        case.line(f"do {{ let [a, b, c] = [{text}, tensor({literal(b)}), tensor({literal(c)})]")
        case.check(f"solve {name}", "linalg.solve(a, b)", np.linalg.solve(a, b), 1e-7)
        case.check(f"solve columns {name}", "linalg.solve(a, c)", np.linalg.solve(a, c), 1e-7)
        if n < 20:
            case.check(f"inverse {name}", "linalg.inverse(a)", np.linalg.inv(a), 1e-7)
        case.check(f"det {name}", "linalg.det(a)", np.linalg.det(a), 1e-8)
        case.check(f"singular values {name}", "linalg.singular_values(a)", np.linalg.svd(a, compute_uv=False), 1e-8)
        case.check(f"norm {name}", "linalg.norm(a)", np.linalg.norm(a))
        for kind, other in ((1, 1), ("infinity", np.inf), (2, 2), (-1, -1), ("-infinity", -np.inf), ('"nuc"', "nuc")):
            case.check(f"norm {str(kind).strip(chr(34))} {name}", f"linalg.norm(a, {kind})", np.linalg.norm(a, other), 1e-8)
        case.check(f"cond {name}", "linalg.cond(a)", np.linalg.cond(a), 1e-6)
        # Vectors have signs and phases of their own: what is made of them has none.
        case.check(f"svd {name}", "do { let r = linalg.svd(a); abs((r.u * r.s) @ r.vt - a).max() < 1e-10 }", True)
        case.check(f"qr {name}", "do { let r = linalg.qr(a); abs(r.q @ r.r - a).max() < 1e-10 && abs(r.q.conj().T @ r.q - eye(len(b))).max() < 1e-10 }", True)
        case.check(f"lu {name}", "do { let r = linalg.lu(a); abs(r.l @ r.u - a[r.rows]).max() < 1e-10 }", True)
        case.check(f"eig {name}", "do { let r = linalg.eig(a); abs(a @ r.vectors - r.vectors * r.values).max() < 1e-8 }", True)
        values = np.linalg.eigvals(a)
        case.check(f"eigenvalues {name}", "sort(list(abs(linalg.eigenvalues(a))))", np.sort(abs(values)), 1e-7)
        positive = a @ a.conj().T + n * np.eye(n)
        case.line("let p = a @ a.conj().T + len(b) * eye(len(b))")
        if n < 20:
            case.check(f"cholesky {name}", "linalg.cholesky((p + p.conj().T) / 2)", np.linalg.cholesky(positive), 1e-8)
        case.check(f"its product {name}", "do { let h = (p + p.conj().T) / 2; let l = linalg.cholesky(h); abs(l @ l.conj().T - h).max() < 1e-8 }", True)
        case.check(f"eigh {name}", "linalg.eigh((p + p.conj().T) / 2).values", np.linalg.eigvalsh(positive), 1e-8)
        case.check(
            f"eigh vectors {name}",
            "do { let h = (p + p.conj().T) / 2; let r = linalg.eigh(h); abs((r.vectors * r.values) @ r.vectors.conj().T - h).max() < 1e-8 }",
            True,
        )
        if n < 20:
            case.check(f"expm {name}", "linalg.expm(a)", linalg.expm(a), 1e-7)
            case.check(f"pinv {name}", "linalg.pinv(a[.., 0..1])", np.linalg.pinv(a[:, :1]), 1e-8)
        case.line("}")
    for shape in ((7, 3), (3, 7), (5, 5)):
        a, b = reals(shape), reals(shape[0])
        if shape == (5, 5):
            a[:, 4] = a[:, 0] + a[:, 1]
        found, _, rank, _ = np.linalg.lstsq(a, b, rcond=1e-12)
        case.line(f"do {{ let [a, b] = [tensor({literal(a)}), tensor({literal(b)})]")
        case.check(f"lstsq {shape}", "linalg.lstsq(a, b).x", found, 1e-7)
        case.check(f"rank {shape}", "[linalg.lstsq(a, b).rank, linalg.rank(a)]", [rank, rank])
        case.check(f"pinv {shape}", "linalg.pinv(a, tolerance: 1e-10)", np.linalg.pinv(a, rcond=1e-12), 1e-7)
        null = linalg.null_space(a)
        case.check(f"null space {shape}", "do { let v = linalg.null_space(a); [v.shape[1], if (v.size == 0) { 0 } else { round(abs(a @ v).max(), 10) }] }", [null.shape[1], 0])
        case.line("}")
    a, b = reals((2, 3)), reals((3, 2))
    case.check("kron", f"linalg.kron({literal(a)}, {literal(b)})", np.kron(a, b))
    x, y = reals(3), reals(3)
    case.check("cross", f"linalg.cross({literal(x)}, {literal(y)})", np.cross(x, y))
    case.check("inner", f"linalg.inner({literal(x)}, {literal(y)})", np.inner(x, y))
    case.check("outer", f"linalg.outer({literal(x)}, {literal(y)})", np.outer(x, y))
    m = reals((3, 3))
    for n in (0, 1, 5, -2):
        case.check(f"matrix_power {n}", f"linalg.matrix_power({literal(m)}, {n})", np.linalg.matrix_power(m, n), 1e-7)
    case.check("trace", f"linalg.trace({literal(m)})", np.trace(m))
    for kind, other in (("2", 2), ("1", 1), ("3", 3), ("infinity", np.inf), ("-infinity", -np.inf), ("0", 0)):
        case.check(f"vector norm {kind}", f"linalg.norm({literal(x)}, {kind})", np.linalg.norm(x, other))
    return case


def calculus():
    case = Case("calculus")
    for expression, f, a, b in (
        ("x => exp(-x * x)", lambda x: np.exp(-x * x), -np.inf, np.inf),
        ("x => 1 / (1 + x * x)", lambda x: 1 / (1 + x * x), 0, np.inf),
        ("x => sqrt(x)", np.sqrt, 0, 2),
        ("x => sin(50 * x) ^ 2", lambda x: np.sin(50 * x) ** 2, 0, 1),
        ("x => abs(x - 0.3)", lambda x: abs(x - 0.3), -1, 1),
        ("x => exp(x)", np.exp, -np.inf, 0.5),
        ("x => log(x)", np.log, 0, 1),
    ):
        found = integrate.quad(f, a, b, epsabs=1e-13, epsrel=1e-13, limit=500)[0]
        case.check(f"integral of {expression}", f"calculus.integral({expression}, {literal(float(a))}, {literal(float(b))})", found, 1e-8)
    rosenbrock = "x => (1 - x[0]) ^ 2 + 100 * (x[1] - x[0] ^ 2) ^ 2"
    x = [-0.4, 0.7]
    case.check("gradient", f"calculus.gradient({rosenbrock}, {x})", optimize.rosen_der(x), 1e-8)
    case.check("hessian", f"calculus.hessian({rosenbrock}, {x})", optimize.rosen_hess(x), 1e-5)
    case.check("jacobian", "calculus.jacobian(x => [x[0] * x[1], sin(x[0])], [0.5, 2.0])", [[2.0, 0.5], [np.cos(0.5), 0.0]], 1e-8)
    for expression, f, ends in (
        ("x => cos(x) - x", lambda x: np.cos(x) - x, (0, 1)),
        ("x => x ^ 3 - 2 * x - 5", lambda x: x**3 - 2 * x - 5, (2, 3)),
        ("x => exp(x) - 10", lambda x: np.exp(x) - 10, (0, 5)),
    ):
        root = optimize.brentq(f, *ends, xtol=1e-15)
        case.check(f"root of {expression}", f"calculus.find_root({expression}, [{ends[0]}, {ends[1]}])", root, 1e-10)
        case.check(f"Newton for {expression}", f"calculus.find_root({expression}, {ends[1]})", root, 1e-10)
        case.check(f"secant for {expression}", f'calculus.find_root({expression}, {ends[1]}, method: "secant")', root, 1e-10)
    case.check("system", "calculus.find_root(x => [x[0] ^ 2 + x[1] ^ 2 - 4, x[0] - x[1]], from: [1, 0.5])", [np.sqrt(2), np.sqrt(2)], 1e-9)
    for method in ("bfgs", "nelder_mead"):
        case.check(f"minimize {method}", f'calculus.minimize({rosenbrock}, from: [-1.2, 1], method: "{method}").x', [1, 1], 1e-5)
        bounded = optimize.minimize(optimize.rosen, [0.0, 0.0], bounds=[(None, 0.5), (None, None)], tol=1e-14, method="L-BFGS-B")
        case.check(f"bounded {method}", f'calculus.minimize({rosenbrock}, from: [0, 0], method: "{method}", bounds: [[null, 0.5], [null, null]]).x', np.array([0.5, 0.25]), 1e-5)
    case.check("minimize between", "calculus.minimize(x => (x - 2) * (x + 1) ^ 2, [-0.5, 3]).x", 1.0, 1e-6)
    t = np.linspace(0, 4, 24)
    y = np.round(2.5 * np.exp(-1.3 * t) + 0.5 + 0.02 * rng.normal(size=24), 4)
    found, covariance = optimize.curve_fit(lambda x, a, b, c: a * np.exp(-b * x) + c, t, y, p0=[1, 1, 1], ftol=1e-15, xtol=1e-15, gtol=1e-15)
    case.line(f"let fitted = calculus.curve_fit((x, a, b, c) => a * exp(-b * x) + c, {literal(t)}, {literal(y)}, from: [1, 1, 1])")
    case.check("curve_fit", "fitted.parameters", found, 1e-6)
    case.check("curve_fit errors", "fitted.errors", np.sqrt(np.diag(covariance)), 1e-4)
    xs = np.array([0.0, 0.7, 1.1, 2.0, 3.2, 4.0])
    ys = np.array([1.0, 0.2, 0.4, 2.0, 2.1, 1.0])
    at = np.linspace(0, 4, 17)
    for kind, curve in (
        ("cubic", interpolate.CubicSpline(xs, ys, bc_type="natural")),
        ("pchip", interpolate.PchipInterpolator(xs, ys)),
        ("linear", interpolate.interp1d(xs, ys)),
    ):
        case.check(f"interpolate {kind}", f'calculus.interpolate({literal(xs)}, {literal(ys)}, "{kind}")({literal(at)})', curve(at))
    return case


def equations():
    case = Case("differential equations")
    at = [0.0, 0.5, 1.25, 2.0, 3.0]

    def reference(f, y0, span, times, **more):
        found = integrate.solve_ivp(f, span, y0, method="Radau" if more.pop("stiff", False) else "DOP853", t_eval=times, rtol=1e-12, atol=1e-14, **more)
        return found.y.T

    for name, text, f, y0 in (
        ("pendulum", "(t, y) => [y[1], -9.81 * sin(y[0])]", lambda t, y: [y[1], -9.81 * np.sin(y[0])], [1.0, 0.0]),
        ("predators", "(t, [a, b]) => [1.1 * a - 0.4 * a * b, 0.1 * a * b - 0.4 * b]", lambda t, y: [1.1 * y[0] - 0.4 * y[0] * y[1], 0.1 * y[0] * y[1] - 0.4 * y[1]], [10.0, 5.0]),
        ("Lorenz", "(t, [x, y, z]) => [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]", lambda t, y: [10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 / 3 * y[2]], [1.0, 1.0, 1.0]),
        ("forced", "(t, y) => [y[1], cos(t) - y[0] - 0.2 * y[1]]", lambda t, y: [y[1], np.cos(t) - y[0] - 0.2 * y[1]], [0.5, 0.0]),
    ):
        expected = reference(f, y0, (0, 3), at)
        case.line(f"let exact_{name.lower()} = {literal(expected)}")
        for method, digits in (("dopri5", 2e-6), ("rodas4", 2e-6)):
            case.check(
                f"{name} by {method}",
                f'calculus.ode({text}, {literal(y0)}, [0, 3], rtol: 1e-9, atol: 1e-11, at: {at}, method: "{method}").y',
                expected,
                digits,
            )
    robertson = lambda t, y: [-0.04 * y[0] + 1e4 * y[1] * y[2], 0.04 * y[0] - 1e4 * y[1] * y[2] - 3e7 * y[1] ** 2, 3e7 * y[1] ** 2]
    times = [0.4, 40.0, 4e3, 1e5]
    expected = reference(robertson, [1.0, 0.0, 0.0], (0, 1e5), times, stiff=True)
    case.check(
        "Robertson",
        f'calculus.ode((t, [a, b, c]) => [-0.04 * a + 1e4 * b * c, 0.04 * a - 1e4 * b * c - 3e7 * b ^ 2, 3e7 * b ^ 2], [1.0, 0.0, 0.0], [0, 1e5], rtol: 1e-7, atol: [1e-9, 1e-13, 1e-9], at: {times}, method: "rodas4").y',
        expected,
        1e-4,
    )
    pol = lambda t, y: [y[1], 1000 * (1 - y[0] ** 2) * y[1] - y[0]]
    times = [500.0, 1000.0, 2000.0]
    expected = reference(pol, [2.0, 0.0], (0, 2000), times, stiff=True)[:, 0]
    case.check(
        "van der Pol",
        f'calculus.ode((t, [x, v]) => [v, 1000 * (1 - x ^ 2) * v - x], [2.0, 0.0], [0, 2000], rtol: 1e-7, atol: 1e-9, at: {times}, method: "rodas4").y[.., 0]',
        expected,
        1e-3,
    )
    case.check("a number", "calculus.ode((t, y) => -2 * y, 1, [0, 1], rtol: 1e-9, at: [1]).y", [np.exp(-2)], 1e-7)
    case.check("complex numbers", "calculus.ode((t, y) => 2i * y, [1 + 0i], [0, 1], rtol: 1e-9, at: [1]).y", [[np.exp(2j)]], 1e-7)
    case.check("backwards", "calculus.ode((t, y) => [y[1], -y[0]], [0.0, 1.0], [1, 0], rtol: 1e-9, at: [0]).y", [[-np.sin(1.0), np.cos(1.0)]], 1e-7)
    return case


def main():
    cases = [distributions(), special(), tests(), transforms(), calculus(), equations(), algebra()]
    OUT.write_text("\n".join(case.text() for case in cases))


main()
