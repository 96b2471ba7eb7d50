"""Stage 2: the latents of the training pictures, drawn and encoded once.

    torchrun --nproc-per-node 2 latents.py --set square --count 8192
    torchrun --nproc-per-node 2 latents.py --set even --count 6144
    torchrun --nproc-per-node 2 latents.py --set wide --count 1024

Scene number n is in shard n // SHARD; finished shards are kept, so a larger
count later only adds the missing ones.
"""

import argparse

import numpy as np
import torch
from diffusers import AutoencoderKL

import scenes
import vae as autoencoder
from common import STATE, Team, load

FOLDER = STATE / "latents"
SHARD = 256
SIZES = {"square": (256, 256), "even": (256, 256), "wide": (384, 216)}  # width, height of the pictures
FIRST_SCENE = {"square": 0, "even": scenes.FIRST_EVEN, "wide": scenes.FIRST_WIDE}


def shard_path(name, shard):
    return FOLDER / f"{name}-{shard:04d}.npy"


def encode(vae, name, shard):
    first = FIRST_SCENE[name] + shard * SHARD
    parts = []
    for start in range(first, first + SHARD, 8):
        pictures = np.stack([scenes.draw(scenes.random_scene(seed), *SIZES[name]) for seed in range(start, start + 8)])
        parts.append(vae.encode(autoencoder.to_tensor(pictures)).latent_dist.mean)
    return torch.cat(parts).half().numpy()


def load_all(*names):
    """The latents (n, 4, h, w) of all finished shards of these sets, which share one size, and their scenes."""
    paths = [path for name in names for path in sorted(FOLDER.glob(f"{name}-*.npy"))]
    if not paths:
        raise FileNotFoundError(f"no latents of {', '.join(names)}: run latents.py first")
    firsts = [FIRST_SCENE[path.stem[:-5]] + int(path.stem[-4:]) * SHARD for path in paths]
    seeds = [first + i for first in firsts for i in range(SHARD)]
    return torch.from_numpy(np.concatenate([np.load(path) for path in paths])), [scenes.random_scene(seed) for seed in seeds]


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, required=True, help="scenes in all")
    parser.add_argument("--set", choices=tuple(SIZES), required=True, help="which numbers and size of scenes")
    options = parser.parse_args()

    team = Team()
    FOLDER.mkdir(parents=True, exist_ok=True)
    vae = AutoencoderKL(**autoencoder.CONFIG).eval()
    vae.load_state_dict(load(autoencoder.CHECKPOINT)["vae"])
    vae.to(memory_format=torch.channels_last)
    for shard in range(team.rank, options.count // SHARD, team.size):
        path = shard_path(options.set, shard)
        if not path.exists():
            part = path.with_suffix(".part.npy")
            np.save(part, encode(vae, options.set, shard))
            part.rename(path)
            team.log(f"{options.set} shard {shard}")


if __name__ == "__main__":
    main()
