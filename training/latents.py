"""Stage 2: the latents of the training pictures, drawn and encoded once.

    nice -n 10 torchrun --nproc-per-node 2 latents.py --count 10240
    nice -n 10 torchrun --nproc-per-node 2 latents.py --count 3072 --wide

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
SIZES = {"square": (256, 256), "wide": (384, 216)}  # width, height of the pictures
FIRST_SCENE = {"square": 0, "wide": 5_000_000}


def shard_path(shape, shard):
    return FOLDER / f"{shape}-{shard:04d}.npy"


def encode(vae, shape, shard):
    first = FIRST_SCENE[shape] + shard * SHARD
    parts = []
    for start in range(first, first + SHARD, 8):
        pictures = np.stack([scenes.draw(scenes.random_scene(seed), *SIZES[shape]) for seed in range(start, start + 8)])
        parts.append(vae.encode(autoencoder.to_tensor(pictures)).latent_dist.mean)
    return torch.cat(parts).half().numpy()


def load_all(shape):
    """The latents (n, 4, h, w) of all finished shards and their scenes."""
    paths = sorted(FOLDER.glob(f"{shape}-*.npy"))
    if not paths:
        raise FileNotFoundError(f"no {shape} latents: run latents.py first")
    seeds = [FIRST_SCENE[shape] + int(path.stem[-4:]) * SHARD + i for path in paths for i in range(SHARD)]
    return torch.from_numpy(np.concatenate([np.load(path) for path in paths])), [scenes.random_scene(seed) for seed in seeds]


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, required=True, help="scenes in all")
    parser.add_argument("--wide", action="store_true", help="16:9 instead of square pictures")
    options = parser.parse_args()

    team = Team()
    FOLDER.mkdir(parents=True, exist_ok=True)
    vae = AutoencoderKL(**autoencoder.CONFIG).eval()
    vae.load_state_dict(load(autoencoder.CHECKPOINT)["vae"])
    vae.to(memory_format=torch.channels_last)
    shape = "wide" if options.wide else "square"
    for shard in range(team.rank, options.count // SHARD, team.size):
        path = shard_path(shape, shard)
        if not path.exists():
            part = path.with_suffix(".part.npy")
            np.save(part, encode(vae, shape, shard))
            part.rename(path)
            team.log(f"{shape} shard {shard}")


if __name__ == "__main__":
    main()
