"""The Ising model: spins on a torus, flipped by Metropolis' rule on a checkerboard, so that half of them move at once."""
import sys
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

n = int(sys.argv[1]) if len(sys.argv) > 1 else 48
sweeps = 60
rows, columns = np.meshgrid(np.arange(n), np.arange(n))
black = (rows + columns) % 2 == 0


def magnetization(temperature, seed):
    random = np.random.default_rng(seed)
    spins = np.ones((n, n))
    for _ in range(sweeps):
        for color in (black, ~black):
            around = np.roll(spins, 1, 0) + np.roll(spins, -1, 0) + np.roll(spins, 1, 1) + np.roll(spins, -1, 1)
            chance = np.exp(-2 * spins * around / temperature)
            spins = np.where(color & (random.random((n, n)) < chance), -spins, spins)
    return spins, abs(spins.mean())


temperatures = [1.5, 1.8, 2.0, 2.1, 2.2, 2.3, 2.4, 2.6, 3.0, 3.5]
found = [magnetization(t, i) for i, t in enumerate(temperatures)]
sizes = [size for _, size in found]
print("magnetization:", [round(float(m), 2) for m in sizes])

critical = 2 / np.log(1 + np.sqrt(2))
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
left.imshow(found[5][0], cmap="gray")
left.set(title=f"Spins at T = {temperatures[5]}")
right.plot(temperatures, sizes, marker="o")
right.axvline(critical, linestyle="--", color="black", linewidth=1)
right.text(critical, 0.95, f"  Onsager {critical:.3f}")
right.set(title="Magnetization", xlabel="Temperature", ylabel="|m|", ylim=(0, 1))
figure.tight_layout()
figure.savefig("ising.svg")
