"""The pixel work of a frame in OpenCV and NumPy, as a Python animation script does it: the peer of pixels.mjs.

Reads rounds from stdin (one line each: a name), runs the work of that name once and prints its milliseconds, so that both sides take turns
within the same second.
"""

import sys
import time

import cv2
import numpy as np

SIZE = 512
picture, reference, depth, noise_seed = (np.load(sys.argv[1])[name] for name in ("picture", "reference", "depth", "seed"))
cv2.setNumThreads(int(sys.argv[2]))


def warp_3d(image):
    """Deforum's anim_frame_warp_3d on pixels: offsets of world points under a moved camera, bicubic."""
    angle = np.radians(np.array([0.5, -0.8, 0.3]))
    cx, cy, cz = np.cos(angle)
    sx, sy, sz = np.sin(angle)
    rotation = (np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]]) @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
                @ np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])).astype(np.float32)
    shift = np.array([0.02, -0.01, -0.05], np.float32)
    focal = np.float32(1 / np.tan(np.radians(35)))
    line = np.linspace(-1, 1, SIZE, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    world = np.stack([x, y, depth], -1) @ rotation + shift
    half = np.float32(SIZE / 2)
    map_x = np.arange(SIZE, dtype=np.float32)[None, :] - focal * half * (world[..., 0] / world[..., 2] - x / depth)
    map_y = np.arange(SIZE, dtype=np.float32)[:, None] - focal * half * (world[..., 1] / world[..., 2] - y / depth)
    return cv2.remap(image, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def warp_2d(image):
    matrix = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), 1, 1.02)
    return cv2.warpPerspective(image, np.vstack([matrix, [0, 0, 1]]), (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def match_channel(source, wanted):
    """skimage.exposure.match_histograms of one channel."""
    _, inverse, counts = np.unique(source.ravel(), return_inverse=True, return_counts=True)
    values, wanted_counts = np.unique(wanted.ravel(), return_counts=True)
    quantiles = np.cumsum(counts) / source.size
    wanted_quantiles = np.cumsum(wanted_counts) / wanted.size
    return np.interp(quantiles, wanted_quantiles, values)[inverse].reshape(source.shape)


def match_lab(image):
    source, wanted = (cv2.cvtColor(frame, cv2.COLOR_RGB2LAB) for frame in (image, reference))
    matched = np.stack([match_channel(source[..., i], wanted[..., i]) for i in range(3)], -1)
    return cv2.cvtColor(matched.astype(image.dtype), cv2.COLOR_LAB2RGB)


def perlin_noise(image):
    """Deforum's add_noise with Perlin noise of four octaves on an 8×8 lattice, in the picture's own size."""
    random = np.random.default_rng(int(noise_seed))
    grain = random.standard_normal((SIZE, SIZE, 3), dtype=np.float32)
    field = np.zeros((SIZE, SIZE), np.float32)
    for octave in range(4):
        cells = 8 << octave
        angles = 2 * np.pi * random.random((cells + 1, cells + 1), dtype=np.float32)
        gradients = np.stack([np.cos(angles), np.sin(angles)], -1)
        step = SIZE // cells
        place = (np.arange(SIZE, dtype=np.float32) % step) / step
        v, u = np.meshgrid(place, place, indexing="ij")
        fade = lambda t: t * t * t * (t * (t * 6 - 15) + 10)
        corner = lambda row, column: gradients[row:row + cells, column:column + cells].repeat(step, 0).repeat(step, 1)
        dots = [[corner(r, c)[..., 0] * (v - r) + corner(r, c)[..., 1] * (u - c) for c in (0, 1)] for r in (0, 1)]
        top, bottom = (dots[0][c] + fade(v) * (dots[1][c] - dots[0][c]) for c in (0, 1))
        field += np.float32(np.sqrt(2) * 0.5**octave) * (top + fade(u) * (bottom - top))
    grain *= ((field + 1) / 2)[..., None]
    noise = np.clip(0.5 + 0.5 * grain, 0, 1)
    return image * np.float32(0.94) + noise * np.float32(0.06)


def sharpen(image):
    """Deforum's unsharp_mask."""
    blurred = cv2.GaussianBlur(image, (5, 5), 1.0)
    return np.clip(np.float32(1.35) * image - np.float32(0.35) * blurred, 0, 1)


def farneback(image):
    gray = [cv2.cvtColor((frame * 255).astype(np.uint8), cv2.COLOR_RGB2GRAY) for frame in (image, moved)]
    return cv2.calcOpticalFlowFarneback(gray[0], gray[1], None, 0.5, 5, 21, 5, 7, 1.2, 0)


def frame(image):
    return perlin_noise(sharpen(match_lab(warp_3d(image))))


moved = warp_2d(picture)
WORK = {
    "warp 3D": warp_3d,
    "warp 2D": warp_2d,
    "warp 2D, copied": warp_2d,
    "color match LAB": match_lab,
    "Perlin noise": perlin_noise,
    "sharpen": sharpen,
    "Farnebäck flow": farneback,
    "whole frame": frame,
}
print(f"OpenCV {cv2.__version__}, NumPy {np.__version__}, Python {sys.version.split()[0]}", flush=True)
# Written anew before each turn, as by the step before; in memory that stays, because fresh pages would cost as much as a warp.
image = picture.copy()
for line in sys.stdin:
    work = WORK[line.strip()]
    np.copyto(image, picture)
    began = time.perf_counter()
    work(image)
    print(1000 * (time.perf_counter() - began), flush=True)
