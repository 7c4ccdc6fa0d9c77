"""The price of a call option by random paths, beside the formula of Black and Scholes."""
import sys
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import norm

spot, strike, rate, volatility, years = 100.0, 105.0, 0.03, 0.2, 1.0
paths = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000

d1 = (np.log(spot / strike) + (rate + volatility**2 / 2) * years) / (volatility * np.sqrt(years))
d2 = d1 - volatility * np.sqrt(years)
exact = spot * norm.cdf(d1) - strike * np.exp(-rate * years) * norm.cdf(d2)

z = np.random.default_rng(2024).standard_normal(paths)
ends = spot * np.exp((rate - volatility**2 / 2) * years + volatility * np.sqrt(years) * z)
payoff = np.exp(-rate * years) * np.where(ends > strike, ends - strike, 0.0)

# The estimate and its 95 % band, as paths come in.
counts = [n for n in [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000] if n <= paths]
price = [payoff[:n].mean() for n in counts]
band = [1.96 * payoff[:n].std() / np.sqrt(n) for n in counts]

print("exact:", round(exact, 4), "simulated:", round(price[-1], 2), "±", round(band[-1], 2))
print("within the band:", abs(price[-1] - exact) < band[-1])

figure, axes = plt.subplots()
axes.errorbar(counts, price, yerr=band, marker="o", capsize=3, label="simulated")
axes.axhline(exact, linestyle="--", color="black", linewidth=1, label="Black–Scholes")
axes.set(title="Price of a call option", xlabel="Paths", ylabel="Price", xscale="log")
axes.legend()
figure.savefig("option_pricing.svg")
