"""Principal components: flowers of three kinds in four measures, seen from where they differ most."""
import sys
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

each = int(sys.argv[1]) if len(sys.argv) > 1 else 60
names = ["short", "middle", "long"]
means = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]])
mix = np.array([[0.35, 0.25, 0.2, 0.05], [0, 0.25, 0.05, 0.05], [0, 0, 0.3, 0.1], [0, 0, 0, 0.15]])
data = np.concatenate([means[i] + np.random.default_rng(20 + i).standard_normal((each, 4)) @ mix for i in range(3)])

centered = data - data.mean(axis=0)
values, vectors = np.linalg.eigh(centered.T @ centered / (len(data) - 1))
order = values.argsort()[::-1]
share = values[order] / values.sum()
scores = centered @ vectors[:, order[:2]]
# The sign of a direction means nothing: the first measure points to the right.
scores = scores * np.sign(vectors[0, order[:2]])

print("share of the variance:", share.round(3).tolist())

figure, (left, right) = plt.subplots(1, 2, figsize=(9.4, 4))
for i, name in enumerate(names):
    part = scores[i * each:(i + 1) * each]
    left.scatter(part[:, 0], part[:, 1], label=name, s=18)
left.set(title="Flowers", xlabel="First component", ylabel="Second component")
left.legend()
right.bar([f"PC {i + 1}" for i in range(4)], 100 * share)
right.set(title="Share of the variance", ylabel="Share (%)")
figure.tight_layout()
figure.savefig("pca.svg")
