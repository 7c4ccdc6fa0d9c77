"""The heat equation on a plate with a hot and a cold edge: explicit steps in time."""
import sys
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

n = int(sys.argv[1]) if len(sys.argv) > 1 else 60
steps = 6 * n
k = 0.2  # diffusivity times step over the square of a cell's side

u = np.zeros((n, n))
u[0] = 1
u[-1] = -1
for _ in range(steps):
    inner = u[1:-1, 1:-1]
    u[1:-1, 1:-1] = inner + k * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * inner)

print("mean:", round(u.mean(), 6) + 0.0, "at the middle of the upper half:", round(u[n // 4, n // 2], 4))
figure, axes = plt.subplots()
image = axes.imshow(u, extent=[0, 1, 0, 1], origin="lower", cmap="RdBu_r", vmin=-1, vmax=1)
axes.contour(u, extent=[0, 1, 0, 1], levels=[-0.8, -0.6, -0.4, -0.2, 0.2, 0.4, 0.6, 0.8], colors="black", linewidths=0.6)
axes.set(title="Heat in a plate", xlabel="x", ylabel="y")
figure.colorbar(image, label="Temperature")
figure.savefig("heat.svg")
