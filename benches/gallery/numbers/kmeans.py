"""k-means: points and the middles of their clusters, in turns."""
import sys
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

k = 4
each = int(sys.argv[1]) if len(sys.argv) > 1 else 120
truth = np.array([[0.0, 0.0], [4.0, 1.0], [1.0, 4.5], [5.0, 5.0]])
points = np.concatenate([truth[i] + 0.8 * np.random.default_rng(10 + i).standard_normal((each, 2)) for i in range(k)])


def distances(middles):
    """The squares of the distances of all points from all middles."""
    return ((points[:, None, :] - middles[None, :, :]) ** 2).sum(axis=2)


middles = points[[0, each, 1, 2 * each]]
labels = np.zeros(len(points), dtype=int)
rounds = 0
while True:
    rounds += 1
    now = distances(middles).argmin(axis=1)
    if (now == labels).all():
        break
    labels = now
    middles = np.stack([points[labels == i].mean(axis=0) for i in range(k)])

spread = distances(middles).min(axis=1).sum()
print("rounds:", rounds, "within clusters:", round(spread, 2))
print(middles[middles[:, 0].argsort()].round(2).tolist())

figure, axes = plt.subplots()
for i in range(k):
    cluster = points[labels == i]
    axes.scatter(cluster[:, 0], cluster[:, 1], s=18, label=f"cluster {i + 1}")
axes.scatter(middles[:, 0], middles[:, 1], marker="*", s=180, color="black", label="middles")
axes.set(title="k-means", xlabel="x", ylabel="y")
axes.legend()
figure.savefig("kmeans.svg")
