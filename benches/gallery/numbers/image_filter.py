"""A picture, blurred by convolution, and its edges by Sobel's operator."""
import sys
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from scipy.signal import convolve2d

n = int(sys.argv[1]) if len(sys.argv) > 1 else 96

# Discs and stripes.
x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n))
r = np.sqrt(x**2 + y**2)
picture = np.where(r < 0.45, 1.0, np.where((r > 0.6) & (r < 0.8), 0.6, 0.1 * np.sin(20 * x) + 0.15))
picture = picture + 0.15 * np.random.default_rng(3).standard_normal((n, n))

bell = np.exp(-np.linspace(-2, 2, 7) ** 2 / 2)
kernel = bell[:, None] * bell[None, :]
smooth = convolve2d(picture, kernel / kernel.sum(), mode="valid")
sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
edges = np.sqrt(convolve2d(smooth, sobel, mode="valid") ** 2 + convolve2d(smooth, sobel.T, mode="valid") ** 2)

print("noise before:", round(picture[:8, :8].std(), 3), "after:", round(smooth[:8, :8].std(), 3))
print("strongest edge:", round(edges.max(), 2), "size:", list(edges.shape))

figure, panels = plt.subplots(1, 3, figsize=(10, 3.6))
for axes, image, title in zip(panels, [picture, smooth, edges], ["Picture", "Blurred", "Edges"]):
    axes.imshow(image, cmap="gray")
    axes.set(title=title)
figure.tight_layout()
figure.savefig("image_filter.svg")
