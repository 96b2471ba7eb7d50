"""storybook-depth: how near each pixel of a drawing is.

    nice -n 10 python depth.py --minutes 15     # trains, on one core; goes on where it was stopped
    python depth.py --check                     # the order of 1,000 pairs of points of drawings never trained on
    python depth.py --export                    # → ../presets/models/storybook-depth

The drawings are our own, so their depth is exact (`scenes.draw_depth`). The
network is a small U: it folds 4×4 pixels into channels, looks at the picture at
a quarter, an eighth, a sixteenth and a thirty-second of its size, and unfolds
one number per pixel, the nearness from 0 (the sky) to 1.
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

CHECKPOINT = STATE / "depth.pt"
TARGET = Path(__file__).parent.parent / "presets" / "models" / "storybook-depth"
CONFIG = {"_class_name": "DepthEstimator", "patch_size": 4, "block_out_channels": [32, 48, 80, 112], "mid_layers": 2}
PEAK_RATE, WARM_UP_STEPS = 2.5e-3, 30
PIXELS_PER_STEP = 5 * 256 * 256
SIZES = ((128, 128), (192, 192), (256, 256), (320, 192), (448, 256))  # width, height
SHARES = (0.3, 0.25, 0.25, 0.1, 0.1)
LAST_SHARES = (0.1, 0.15, 0.5, 0.05, 0.2)
LAST_PART = 0.6  # from here on LAST_SHARES, and some pictures that went through the autoencoder
RECONSTRUCTED = 0.12
# Numbers of the pictures this stage draws, away from the other stages'.
FIRST_SCENE = 20_000_000
TEST_SCENES = range(9_100_000, 9_100_200)
PAIRS_EACH = 5
RECONSTRUCTED_SCENES = 40  # so many of them through the autoencoder, which is slow
LAYER_STEP = 0.04  # layers differ by more than this, so points that differ by less are of one layer


def convolution(inside, outside, kernel=3, stride=1):
    """The norm is merged into the convolution by `folded`."""
    return nn.Sequential(nn.Conv2d(inside, outside, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outside))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.conv2 = convolution(channels, channels), convolution(channels, channels)

    def forward(self, x):
        return F.relu(x + self.conv2(F.relu(self.conv1(x))))


class DepthEstimator(nn.Module):
    """Pictures (n, 3, h, w) from 0 to 1 → nearness (n, 1, h, w); sides are multiples of 32."""

    def __init__(self, patch_size, block_out_channels, mid_layers, **_):
        super().__init__()
        widths, self.patch = block_out_channels, patch_size
        self.conv_in = convolution(3 * patch_size**2, widths[0])
        self.down_blocks = nn.ModuleList(
            nn.ModuleDict({"resnet": Residual(narrow), "downsampler": convolution(narrow, wide, stride=2)})
            for narrow, wide in zip(widths, widths[1:]))
        self.mid_block = nn.ModuleList(Residual(widths[-1]) for _ in range(mid_layers))
        self.up_blocks = nn.ModuleList(
            nn.ModuleDict({"conv": convolution(wide, narrow, kernel=1), "resnet": Residual(narrow)})
            for narrow, wide in reversed(list(zip(widths, widths[1:]))))
        self.conv_out = nn.Conv2d(widths[0], patch_size**2, 3, padding=1)

    def forward(self, pictures):
        x = F.relu(self.conv_in(F.pixel_unshuffle(pictures, self.patch)))
        skips = []
        for block in self.down_blocks:
            x = block["resnet"](x)
            skips.append(x)
            x = F.relu(block["downsampler"](x))
        for block in self.mid_block:
            x = block(x)
        for block in self.up_blocks:
            x = block["resnet"](skips.pop() + F.interpolate(block["conv"](x), scale_factor=2, mode="nearest"))
        return F.pixel_shuffle(torch.sigmoid(self.conv_out(x)), self.patch)


def folded(network):
    """The weights with every norm merged into the convolution before it: `conv_in.weight`, `conv_in.bias`, …"""
    state = {}
    for name, module in network.named_modules():
        if isinstance(module, nn.Sequential):
            conv, norm = module
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            state[f"{name}.weight"] = conv.weight * scale[:, None, None, None]
            state[f"{name}.bias"] = norm.bias - norm.running_mean * scale
    state["conv_out.weight"], state["conv_out.bias"] = network.conv_out.weight, network.conv_out.bias
    return {name: tensor.detach().half().contiguous() for name, tensor in state.items()}


def to_pictures(drawn):
    """Bytes (n, h, w, 3) → floats (n, 3, h, w) from 0 to 1."""
    return torch.from_numpy(np.ascontiguousarray(drawn)).permute(0, 3, 1, 2).float().div(255)


def draw_batch(seeds, width, height):
    drawn = [scenes.random_scene(seed) for seed in seeds]
    pictures = to_pictures(np.stack([scenes.draw(scene, width, height) for scene in drawn]))
    near = torch.from_numpy(np.stack([scenes.draw_depth(scene, width, height) for scene in drawn]))[:, None]
    return pictures, near


def scene_number(index):
    """Every other scene is one of the evenly shared ones: rare subjects have a depth too."""
    return FIRST_SCENE + index if index % 2 else scenes.FIRST_EVEN + 1_000_000 + index


def distance(made, wanted):
    """L1, at full and at an eighth of the size, and L1 of the gradients."""
    loss = F.l1_loss(made, wanted) + F.l1_loss(F.avg_pool2d(made, 8), F.avg_pool2d(wanted, 8))
    for axis in (2, 3):
        loss = loss + 0.5 * F.l1_loss(made.diff(dim=axis), wanted.diff(dim=axis))
    return loss


@torch.no_grad()
def ordered_share(network, seeds, change=lambda pictures: pictures):
    """Share of pairs of points of different layers whose order is right, and the mean error of nearness."""
    rng = np.random.default_rng(0)
    right, total, errors = 0, 0, []
    for seed in seeds:
        picture, near = draw_batch([seed], 256, 256)
        made = network(change(picture))
        errors.append(F.l1_loss(made, near).item())
        made, near = made.flatten(), near.flatten()
        found = 0
        while found < PAIRS_EACH:
            one, other = rng.integers(0, len(near), 2)
            if abs(near[one] - near[other]) > LAYER_STEP:
                found += 1
                right += ((made[one] - made[other]) * (near[one] - near[other]) > 0).item()
        total += found
    return right / total, float(np.mean(errors))


def train(minutes):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = DepthEstimator(**CONFIG).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), PEAK_RATE, betas=(0.9, 0.99), weight_decay=1e-3)

    def start(step, next_scene):
        rng = np.random.default_rng(step)
        degradation = Degradation()

        def loss_at(progress):
            nonlocal next_scene
            last = progress >= LAST_PART
            width, height = SIZES[rng.choice(len(SIZES), p=LAST_SHARES if last else SHARES)]
            count = max(1, PIXELS_PER_STEP // (width * height))
            pictures, near = draw_batch([scene_number(next_scene + i) for i in range(count)], width, height)
            next_scene += count
            pictures = degradation(pictures, rng, RECONSTRUCTED if last else 0).to(memory_format=torch.channels_last)
            return distance(network(pictures), near), next_scene

        return loss_at

    train_alone(network, optimizer, CHECKPOINT, minutes, PEAK_RATE, WARM_UP_STEPS, 0, start)


def trained():
    network = DepthEstimator(**CONFIG)
    network.load_state_dict(load(CHECKPOINT)["network"])
    return network.eval()


def check():
    network = trained()
    for name, seeds, change in (("drawings", TEST_SCENES, lambda pictures: pictures),
                                ("through the autoencoder", TEST_SCENES[:RECONSTRUCTED_SCENES], Degradation().reconstruct)):
        share, error = ordered_share(network, seeds, change)
        print(f"{name}: {share:.1%} of {PAIRS_EACH * len(seeds)} pairs in order, mean error {error:.3f}", flush=True)


def export(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    part = folder / "diffusion_pytorch_model.part"
    save_file(folded(trained()), part, {"format": "pt"})
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
