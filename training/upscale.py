"""storybook-upscale: drawings at twice their size, with clean edges.

    nice -n 10 python upscale.py --minutes 15   # trains, on one core; goes on where it was stopped
    python upscale.py --check                   # PSNR on 200 drawings never trained on, beside bicubic
    python upscale.py --export                  # → ../presets/models/storybook-upscale

The scenes are vectors, so the larger picture is exact. The network starts as
bicubic enlargement, written as a convolution with four results per pixel, and
learns what is missing (Shi et al. 2016, sub-pixel convolution).
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

import scenes
from common import STATE, load, train_alone
from degrade import Degradation
from depth import to_pictures

CHECKPOINT = STATE / "upscale.pt"
TARGET = Path(__file__).parent.parent / "presets" / "models" / "storybook-upscale"
CONFIG = {"_class_name": "Upscaler", "scale": 2, "channels": 40, "layers": 4}
LEAK = 0.1
PEAK_RATE, WARM_UP_STEPS = 1e-3, 30  # at 3e-3 it does not learn
CROP, BATCH = 40, 16  # of the small picture
POOL, STEPS_PER_PAIR = 128, 3  # pairs in memory; one is redrawn every three steps
# How the small picture of a pair comes about, and how often.
WAYS = {"area": 0.5, "bicubic": 0.15, "drawn": 0.2, "degraded": 0.05, "autoencoder": 0.1}
LARGER = 0.2  # share of pairs at twice the size again, as in a second enlargement
CANDIDATES = 4  # crops of which the liveliest is taken: most of a drawing is plain
FLOOR = 1e-3  # mean square of a good crop: with a smaller one plain crops, which need nothing, rule the steps
FIRST_SCENE = 30_000_000
TEST_SCENES = range(9_200_000, 9_200_200)
RECONSTRUCTED_SCENES = 40  # so many of them through the autoencoder, which is slow
BICUBIC = -0.75  # the kernel's parameter, as in torch


def bicubic_taps():
    """Weights of the five pixels around one for the two that take its place."""
    def weight(distance):
        x = abs(distance)
        if x <= 1:
            return (BICUBIC + 2) * x**3 - (BICUBIC + 3) * x**2 + 1
        return BICUBIC * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0

    return torch.tensor([[weight(tap - at) for tap in range(-2, 3)] for at in (-0.25, 0.25)])


class Upscaler(nn.Module):
    """Pictures (n, 3, h, w) from 0 to 1 → (n, 3, 2h, 2w), not clamped."""

    def __init__(self, channels, layers, **_):
        super().__init__()
        self.base = nn.Conv2d(3, 12, 5)
        self.conv_in = nn.Conv2d(3, channels, 5, padding=2)
        self.convs = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(layers))
        self.conv_out = nn.Conv2d(channels, 12, 3, padding=1)
        with torch.no_grad():
            self.conv_out.weight.mul_(0.1)
            self.conv_out.bias.zero_()
            self.base.weight.zero_()
            self.base.bias.zero_()
            taps = bicubic_taps()
            for colour in range(3):
                for dy in range(2):
                    for dx in range(2):
                        self.base.weight[4 * colour + 2 * dy + dx, colour] = taps[dy][:, None] * taps[dx][None, :]

    def forward(self, pictures):
        x = F.leaky_relu(self.conv_in(pictures - 0.5), LEAK)
        for conv in self.convs:
            x = F.leaky_relu(conv(x), LEAK)
        base = self.base(F.pad(pictures, (2, 2, 2, 2), mode="replicate"))
        return F.pixel_shuffle(base + self.conv_out(x), 2)


def reduced(large, way):
    """A picture (1, 3, h, w) at half its size."""
    if way == "area":
        return F.avg_pool2d(large, 2)
    return F.interpolate(large, scale_factor=0.5, mode="bicubic", antialias=True).clamp(0, 1)


def rounded(pictures):
    """As 8 bits hold them: that is how frames are kept."""
    return (pictures * 255).round() / 255


def draw(scene, side):
    return to_pictures(scenes.draw(scene, side, side)[None])


class Pairs:
    """A pool of small pictures and their large originals, renewed one at a time."""

    def __init__(self, first):
        self.next, self.batches = first, 0
        self.degradation = Degradation()
        self.rng = np.random.default_rng(first)
        self.pool = [self.draw() for _ in range(POOL)]

    def draw(self):
        self.next += 1
        rng = self.rng
        even = scenes.FIRST_EVEN + 2_000_000 + self.next % 1_000_000
        scene = scenes.random_scene(self.next if self.next % 2 else even)
        way = scenes.pick(rng, WAYS)
        if rng.random() < LARGER and way in ("area", "bicubic"):
            y, x = rng.integers(0, 513, 2)
            large = draw(scene, 1024)[:, :, y:y + 512, x:x + 512]
        else:
            large = draw(scene, 512)
        if way in ("area", "bicubic"):
            return rounded(reduced(large, way)), large
        small = draw(scene, 256)
        if way == "degraded":
            small = self.degradation.change(small, rng, 0.0, tint=0.0)
        elif way == "autoencoder":
            small = self.degradation.reconstruct(small, rng.uniform(0, 0.15))
        return rounded(small), large

    def batch(self):
        rng = self.rng
        self.batches += 1
        if self.batches % STEPS_PER_PAIR == 0:
            self.pool[rng.integers(POOL)] = self.draw()
        small, large = [], []
        for _ in range(BATCH):
            one, two = self.pool[rng.integers(POOL)]
            corners = rng.integers(0, 257 - CROP, (CANDIDATES, 2))
            y, x = max(corners, key=lambda corner: one[:, :, corner[0]:corner[0] + CROP, corner[1]:corner[1] + CROP].var().item())
            small.append(one[:, :, y:y + CROP, x:x + CROP])
            large.append(two[:, :, 2 * y:2 * (y + CROP), 2 * x:2 * (x + CROP)])
        return torch.cat(small), torch.cat(large)


def distance(made, wanted):
    """Mean logarithm of each crop's mean square. Plain means are ruled by the pairs that went through the autoencoder, whose
    errors are thirty times larger and mostly beyond repair."""
    return (((made - wanted).square().mean((1, 2, 3)) + FLOOR).log()).mean()


def psnr(made, wanted):
    return -10 * torch.log10((made.clamp(0, 1) - wanted).square().mean()).item()


@torch.no_grad()
def compare(network, seeds, degradation=None):
    """Mean PSNR of bicubic enlargement and of the network on the test drawings, reduced by area or through the autoencoder."""
    values = []
    for seed in seeds:
        large = draw(scenes.random_scene(seed), 512)
        small = rounded(reduced(large, "area") if degradation is None else degradation.reconstruct(draw(scenes.random_scene(seed), 256)))
        values.append((psnr(F.interpolate(small, scale_factor=2, mode="bicubic"), large), psnr(network(small), large)))
    return np.mean(values, 0)


def train(minutes):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = Upscaler(**CONFIG).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), PEAK_RATE, betas=(0.9, 0.99))

    def start(_, next_scene):
        pairs = Pairs(next_scene)

        def loss_at(_):
            small, large = pairs.batch()
            return distance(network(small.to(memory_format=torch.channels_last)), large), pairs.next

        return loss_at

    train_alone(network, optimizer, CHECKPOINT, minutes, PEAK_RATE, WARM_UP_STEPS, FIRST_SCENE, start)


def trained():
    network = Upscaler(**CONFIG)
    network.load_state_dict(load(CHECKPOINT)["network"])
    return network.eval()


def check():
    network = trained()
    for name, seeds, degradation in (("drawings", TEST_SCENES, None),
                                     ("through the autoencoder", TEST_SCENES[:RECONSTRUCTED_SCENES], Degradation())):
        bicubic, ours = compare(network, seeds, degradation)
        print(f"{name}: bicubic {bicubic:.2f} dB, network {ours:.2f} dB, {ours - bicubic:+.2f} dB on {len(seeds)} pictures", flush=True)


def export(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    part = folder / "diffusion_pytorch_model.part"
    save_file({name: tensor.half().contiguous() for name, tensor in trained().state_dict().items()}, part, {"format": "pt"})
    part.chmod(0o644)
    part.replace(folder / "diffusion_pytorch_model.safetensors")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, help="train until this much processor time is spent")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--export", action="store_true")
    options = parser.parse_args()
    if options.minutes:
        train(options.minutes)
    if options.check:
        check()
    if options.export:
        export(TARGET)


if __name__ == "__main__":
    main()
