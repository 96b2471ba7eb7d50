"""Anyone's pictures and captions as training data.

A folder of pictures with `name.txt` beside `name.png`; without the text the
file's name is the caption (`red-dragon_at night.jpg`: "red dragon at night"). Or
a table of titles, as one has for thumbnails: a CSV file with the columns `file`
and `title`, files relative to the table.
"""

import csv
import re
from pathlib import Path

import numpy as np
import torch
from PIL import Image

KINDS = (".png", ".jpg", ".jpeg", ".webp")


def list_pictures(source):
    """Pairs of file and caption."""
    source = Path(source)
    pairs = from_table(source) if source.suffix == ".csv" else from_folder(source)
    if not pairs:
        raise SystemExit(f"{source}: found no pictures; expected {', '.join(KINDS)}, or a .csv with the columns file and title")
    return pairs


def from_table(table):
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    if rows and not {"file", "title"} <= rows[0].keys():
        raise SystemExit(f"{table}: expected the columns file and title, found {', '.join(rows[0])}")
    return [(table.parent / row["file"], row["title"].strip()) for row in rows]


def from_folder(folder):
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS)
    return [(path, caption_of(path)) for path in files]


def caption_of(path):
    text = path.with_suffix(".txt")
    if text.exists():
        return " ".join(text.read_text(encoding="utf-8").split())
    return re.sub(r"[-_\s]+", " ", path.stem).strip().lower()


def read_picture(path, size):
    """The middle of the picture, square, `(3, size, size)` from -1 to 1."""
    with Image.open(path) as image:
        image = image.convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 127.5 - 1


@torch.no_grad()
def encode_all(vae, pairs, size, store):
    """The latents of all pictures `(n, 4, size/8, size/8)`, scaled; kept in `store` for the next start."""
    names = [str(path) for path, _ in pairs]
    encoder = sum(parameter.double().sum().item() for parameter in vae.encoder.parameters())
    if store.exists():
        kept = torch.load(store, weights_only=True)
        if (kept["names"], kept["size"], kept["encoder"]) == (names, size, encoder):
            return kept["latents"].float()
    parts = []
    for start in range(0, len(pairs), 8):
        batch = torch.stack([read_picture(path, size) for path, _ in pairs[start:start + 8]])
        parts.append(vae.encode(batch).latent_dist.mean * vae.config.scaling_factor)
    latents = torch.cat(parts)
    torch.save({"names": names, "size": size, "encoder": encoder, "latents": latents.half()}, store)
    return latents
