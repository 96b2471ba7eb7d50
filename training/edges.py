"""The edges of the training pictures, drawn and found once: what the ControlNet is shown.

    python edges.py --set square --count 4096
    python edges.py --set even --count 4096

Edges are those of Canny's algorithm as OpenCV has it, on all three colours and
without blurring, which is also what `animate` does (src/control/canny.ts). The
thresholds vary from scene to scene, so that the model copes with sparse edges and
with busy ones. Shards are numbered as those of latents.py, one bit per pixel.
"""

import argparse
import time

import cv2
import numpy as np

import scenes
from common import STATE
from latents import FIRST_SCENE, SHARD

FOLDER = STATE / "controlnet"
SIZE = 256
LOW, HIGH = 100, 200  # OpenCV's and everybody's usual thresholds


def find_edges(picture, low=LOW, high=HIGH):
    """Bytes (height, width, 3) → booleans (height, width)."""
    return cv2.Canny(picture, low, high) > 0


def of_scene(seed):
    """The edges of a scene, with thresholds around the usual ones."""
    rng = np.random.default_rng([seed, 2])
    low = rng.uniform(0.5, 1.3) * LOW
    return find_edges(scenes.draw(scenes.random_scene(seed), SIZE, SIZE), low, 2 * low)


def shard_path(name, shard):
    return FOLDER / f"edges-{name}-{shard:04d}.npy"


def unpack(packed):
    """Packed rows (n, 256, 32) → floats (n, 3, 256, 256), 0 or 1, as the ControlNet takes them."""
    bits = np.unpackbits(packed, axis=-1).astype(np.float32)
    return np.repeat(bits[:, None], 3, axis=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", choices=("square", "even"), required=True)
    parser.add_argument("--count", type=int, required=True, help="scenes in all")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    for shard in range(options.count // SHARD):
        path = shard_path(options.set, shard)
        if path.exists():
            continue
        first = FIRST_SCENE[options.set] + shard * SHARD
        part = path.with_suffix(".part.npy")
        np.save(part, np.packbits(np.stack([of_scene(seed) for seed in range(first, first + SHARD)]), axis=-1))
        part.rename(path)
        print(time.strftime("%H:%M:%S"), options.set, "shard", shard, flush=True)


if __name__ == "__main__":
    main()
