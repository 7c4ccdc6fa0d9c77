"""A signal in noise: its spectrum, and what is left if the weak frequencies are dropped."""
import sys
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np

n = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
t = np.arange(n) / n
clean = np.sin(2 * np.pi * 12 * t) + 0.5 * np.cos(2 * np.pi * 31 * t)
noisy = clean + 0.8 * np.random.default_rng(5).standard_normal(n)

spectrum = np.fft.rfft(noisy)
power = abs(spectrum) ** 2 / n
kept = power > 20 * np.median(power)
filtered = np.fft.irfft(spectrum * kept)


def error(signal):
    return round(float(np.sqrt(((signal - clean) ** 2).mean())), 3)


print("frequencies kept:", np.arange(power.size)[kept].tolist())
print("error before:", error(noisy), "after:", error(filtered))

shown = slice(0, n // 4)
figure, (left, right) = plt.subplots(1, 2, figsize=(9.4, 3.8))
left.plot(t[shown], noisy[shown], label="noisy", linewidth=0.8, alpha=0.5)
left.plot(t[shown], clean[shown], label="clean")
left.plot(t[shown], filtered[shown], "--", label="filtered")
left.set(title="Signal", xlabel="Time (s)")
left.legend()
right.plot(np.arange(power.size)[1:100], power[1:100])
right.axhline(20 * np.median(power), linestyle="--", color="black", linewidth=1)
right.set(title="Spectrum", xlabel="Frequency (Hz)", ylabel="Power")
figure.tight_layout()
figure.savefig("fft_denoising.svg")
