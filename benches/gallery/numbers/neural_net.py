"""A neural net from scratch: two layers that learn which of two spirals a point lies on."""
import sys
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 400
each = 100
hidden = 24


def normal(*shape, seed):
    return np.random.default_rng(seed).standard_normal(shape)


angle = np.linspace(0.5, 3.2, each) * np.pi


def spiral(turn, seed):
    path = np.stack([angle * np.cos(angle + turn) / 10, angle * np.sin(angle + turn) / 10], axis=1)
    return path + 0.02 * normal(each, 2, seed=seed)


points = np.concatenate([spiral(0, 1), spiral(np.pi, 2)])
target = np.concatenate([np.zeros(each), np.ones(each)]).reshape(-1, 1)

# Weights of the layers, with what is needed to learn: Adam's averages.
weights = [
    normal(2, hidden, seed=3), np.zeros((1, hidden)), 0.5 * normal(hidden, hidden, seed=4), np.zeros((1, hidden)),
    0.5 * normal(hidden, 1, seed=5), np.zeros((1, 1)),
]
first = [w * 0 for w in weights]
second = [w * 0 for w in weights]


def forward(x):
    a = np.tanh(x @ weights[0] + weights[1])
    b = np.tanh(a @ weights[2] + weights[3])
    return a, b, 1 / (1 + np.exp(-(b @ weights[4] + weights[5])))


losses = []
for round_ in range(1, rounds + 1):
    a, b, guess = forward(points)
    losses.append(-(target * np.log(guess + 1e-12) + (1 - target) * np.log(1 - guess + 1e-12)).mean())
    # Backwards through the layers.
    d3 = (guess - target) / len(points)
    d2 = (d3 @ weights[4].T) * (1 - b**2)
    d1 = (d2 @ weights[2].T) * (1 - a**2)
    slopes = [
        points.T @ d1, d1.sum(axis=0, keepdims=True), a.T @ d2, d2.sum(axis=0, keepdims=True),
        b.T @ d3, d3.sum(axis=0, keepdims=True),
    ]
    for i, slope in enumerate(slopes):
        first[i] = 0.9 * first[i] + 0.1 * slope
        second[i] = 0.999 * second[i] + 0.001 * slope**2
        weights[i] -= 0.01 * (first[i] / (1 - 0.9**round_)) / (np.sqrt(second[i] / (1 - 0.999**round_)) + 1e-8)

right = ((forward(points)[2] > 0.5) == (target > 0.5)).mean()
print("loss:", round(losses[0], 2), "to", round(losses[-1], 3), "right:", round(100 * right, 1), "%")

side = np.linspace(-1.2, 1.2, 60)
gx, gy = np.meshgrid(side, side)
field = forward(np.stack([gx.ravel(), gy.ravel()], axis=1))[2].reshape(60, 60)
figure, (left, below) = plt.subplots(1, 2, figsize=(9.4, 4.2))
left.contourf(side, side, field, levels=[0, 0.1, 0.3, 0.5, 0.7, 0.9, 1], cmap="RdBu_r", alpha=0.6)
left.scatter(points[:each, 0], points[:each, 1], color="#001122", s=10)
left.scatter(points[each:, 0], points[each:, 1], color="#660000", s=10)
left.set(title="Two spirals")
below.semilogy(losses)
below.set(title="Learning", xlabel="Round", ylabel="Cross entropy")
figure.tight_layout()
figure.savefig("neural_net.svg")
