"""Lorenz's equations: two paths that begin a hair's breadth apart."""
import sys
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from scipy.integrate import solve_ivp

sigma, rho, beta = 10.0, 28.0, 8.0 / 3.0


def lorenz(t, state):
    x, y, z = state
    return [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]


end = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
times = np.linspace(0, end, 2000)
one = solve_ivp(lorenz, [0, end], [1, 1, 1], rtol=1e-6, t_eval=times)
other = solve_ivp(lorenz, [0, end], [1, 1, 1.0001], rtol=1e-6, t_eval=times)

distance = np.sqrt(((one.y - other.y) ** 2).sum(axis=0))
apart = times[distance > 1]
print("apart by 1 at t =", round(apart[0], 1) if apart.size else "never")

figure, (left, right) = plt.subplots(1, 2, figsize=(9.4, 4))
left.plot(one.y[0], one.y[2], linewidth=0.8)
left.set(title="Lorenz's attractor", xlabel="x", ylabel="z")
right.semilogy(times, distance)
right.set(title="Distance of two paths", xlabel="t", ylabel="Distance")
figure.tight_layout()
figure.savefig("lorenz.svg")
