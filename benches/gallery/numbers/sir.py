"""An epidemic: susceptible, infected, recovered; and how its peak depends on how contagious it is."""
import sys
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from scipy.integrate import solve_ivp

gamma = 0.1  # recoveries per day
days = float(sys.argv[1]) if len(sys.argv) > 1 else 120.0


def epidemic(r0):
    beta = r0 * gamma

    def change(t, state):
        s, i = state
        return [-beta * s * i, beta * s * i - gamma * i]

    return solve_ivp(change, [0, days], [0.999, 0.001], rtol=1e-8, t_eval=np.linspace(0, days, 241))


middle = epidemic(3.2)
s, i = middle.y
low, high = epidemic(2.7), epidemic(3.8)
peak = i.argmax()
print("peak:", round(100 * i[peak], 1), "% on day", middle.t[peak], "never infected:", round(100 * s[-1], 1), "%")

figure, axes = plt.subplots()
axes.plot(middle.t, 100 * s, label="Susceptible")
axes.plot(middle.t, 100 * i, label="Infected")
axes.plot(middle.t, 100 * (1 - s - i), label="Recovered")
axes.fill_between(middle.t, 100 * low.y[1], 100 * high.y[1], color="C1", alpha=0.16)
axes.set(title="Epidemic with R₀ = 3.2", xlabel="Time (d)", ylabel="Share of people (%)")
axes.legend()
figure.savefig("sir.svg")
