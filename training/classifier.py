"""The judge of `npm run bench:storybook`: a small network that names what a picture shows.

    python classifier.py --minutes 2            # minutes of processor time, on one core

It learns from drawings, of which every fact is known, and judges what the diffusion model
paints. Painted pictures are softer, their colours are a little off, and feedback turns and
enlarges them; so a part of the drawings goes through the autoencoder with noise on its
latents, and all of them are turned, blurred and recoloured at random. Subjects stand in
all places here, also where the training set of the model never puts them, so that
the judge cannot conclude the subject from its surroundings.

Four facts are judged: subject (flying and swooping superheroes are one), setting, light
and the colour of the subject. Neon cities and space are always dark and storms have a
light of their own (`OWN_LIGHT`), so there the light follows from the setting and
the bench does not count it.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from safetensors.torch import save_file
from torch import nn

import scenes
import vae as autoencoder
from common import STATE, cosine, load, save

TARGET = Path(__file__).parent.parent / "bench" / "storybook" / "classifier"
CLASSES = {
    "subject": ["superhero", "dragon", "rocket", "balloon", "castle", "bird", "none"],
    "setting": list(scenes.SETTINGS),
    "light": [*scenes.LIGHTS, "storm"],
    "colour": list(scenes.COLOURS),
}
SIDE, REDUCTION = 64, 4  # of the pictures it sees: means of 4×4 pixels
WIDTHS = (32, 48, 72, 96)  # of its convolutions; all but the last halve the picture
POOL = STATE / "classifier.pt"  # the pictures, kept so that the learning can be repeated
BATCH = 32
PEAK_RATE = 3e-3
# The first numbers of the pictures this stage draws, away from the other stages'.
FIRST_SCENE, FIRST_TEST = 20_000_000, 21_000_000
DRAWN, DECODED = 3072, 128  # pictures to learn from
TESTED, TESTED_DECODED = 512, 64
UNKNOWN = -100  # the label that cross_entropy passes over


def any_scene(seed):
    """A scene of that number in which every subject, place, light and colour is as likely as any other."""
    rng = np.random.default_rng([seed, 2])
    subject = list(scenes.SUBJECTS)[rng.integers(len(scenes.SUBJECTS))]
    setting = list(scenes.SETTINGS)[rng.integers(len(scenes.SETTINGS))]
    light = scenes.OWN_LIGHT.get(setting) or list(scenes.LIGHTS)[rng.integers(len(scenes.LIGHTS))]
    colours = list(scenes.SUBJECT_COLOURS[subject])
    return scenes.Scene(subject, colours[rng.integers(len(colours))], setting, light, seed)


def labels(scene):
    """The number of each fact's class; a landscape alone has no colour."""
    subject = "superhero" if scene.subject in ("hero", "swoop") else scene.subject
    colour = UNKNOWN if subject == "none" else CLASSES["colour"].index(scene.colour)
    return [CLASSES["subject"].index(subject), CLASSES["setting"].index(scene.setting),
            CLASSES["light"].index(scene.light), colour]


def draw(first, count):
    """Drawings (count, 3, 256, 256) of -1 to 1, and their labels (count, 4)."""
    chosen = [any_scene(first + i) for i in range(count)]
    pictures = np.stack([scenes.draw(scene) for scene in chosen])
    return autoencoder.to_tensor(pictures), torch.tensor([labels(scene) for scene in chosen])


@torch.no_grad()
def through_autoencoder(vae, pictures, generator):
    """What the decoder makes of their latents, with up to 0.5 of noise that is rough or smooth."""
    parts = []
    for part in pictures.split(8):
        latents = vae.encode(part).latent_dist.mean
        noise = torch.randn(latents.shape, generator=generator)
        smooth = F.avg_pool2d(noise, 5, 1, 2, count_include_pad=False) * 3
        amount, share = torch.rand((2, len(part), 1, 1, 1), generator=generator)
        latents = latents + 0.5 * amount * (share.sqrt() * noise + (1 - share).sqrt() * smooth)
        parts.append(vae.decode(latents).sample.clamp(-1, 1))
    return torch.cat(parts)


def reduce(pictures):
    """The size it sees, as bytes, which is how the pool is kept."""
    return F.avg_pool2d(pictures, REDUCTION).add(1).mul(127.5).round().to(torch.uint8)


def to_floats(pool):
    return pool.float().div(127.5).sub(1)


def disturb(pictures):
    """Each picture turned, moved, enlarged, recoloured, blurred and made grainy, all by chance."""
    count = len(pictures)

    def between(low, high, *shape):
        return torch.empty(count, *shape).uniform_(low, high)

    turn, size = between(-0.3, 0.3), torch.exp(between(-0.25, 0.25))
    matrix = torch.stack([torch.stack([turn.cos() * size, -turn.sin() * size, between(-0.15, 0.15)], 1),
                          torch.stack([turn.sin() * size, turn.cos() * size, between(-0.15, 0.15)], 1)], 1)
    grid = F.affine_grid(matrix, pictures.shape, align_corners=False)
    pictures = F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
    blurred = F.avg_pool2d(F.avg_pool2d(pictures, 3, 1, 1, count_include_pad=False), 3, 1, 1, count_include_pad=False)
    amount = (between(-1.0, 1.0, 1, 1, 1)).clamp(min=0)
    pictures = pictures + amount * (blurred - pictures)
    grey = pictures.mean(1, keepdim=True)
    pictures = grey + (pictures - grey) * between(0.75, 1.25, 1, 1, 1)
    pictures = pictures * between(0.88, 1.1, 3, 1, 1) + between(-0.08, 0.08, 3, 1, 1)
    pictures = pictures + between(-0.05, 0.08, 1, 1, 1).clamp(min=0) * torch.randn_like(pictures)
    return pictures.clamp(-1, 1)


class Judge(nn.Module):
    """Five convolutions, the mean over the picture, and one linear layer for all facts."""

    def __init__(self):
        super().__init__()
        inputs = (3, *WIDTHS[:-1])
        self.convolutions = nn.ModuleList(
            nn.Conv2d(a, b, 3, 1 if i == len(WIDTHS) - 1 else 2, 1, bias=False)
            for i, (a, b) in enumerate(zip(inputs, WIDTHS)))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in WIDTHS)
        self.facts = nn.Linear(WIDTHS[-1], sum(map(len, CLASSES.values())))

    def forward(self, pictures):
        for convolution, norm in zip(self.convolutions, self.norms):
            pictures = norm(convolution(pictures)).relu()
        return self.facts(pictures.mean((2, 3))).split([len(names) for names in CLASSES.values()], 1)

    def export(self, folder):
        """Writes weights in half precision, the norms folded into the convolutions, and what they are."""
        tensors = {"facts.weight": self.facts.weight, "facts.bias": self.facts.bias}
        for i, (convolution, norm) in enumerate(zip(self.convolutions, self.norms)):
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            tensors[f"convolutions.{i}.weight"] = convolution.weight * scale[:, None, None, None]
            tensors[f"convolutions.{i}.bias"] = norm.bias - norm.running_mean * scale
        folder.mkdir(parents=True, exist_ok=True)
        halves = {name: tensor.detach().half().contiguous() for name, tensor in tensors.items()}
        save_file(halves, folder / "model.safetensors", {"format": "pt"})
        config = {"side": SIDE, "reduction": REDUCTION, "widths": WIDTHS, "classes": CLASSES}
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


@torch.no_grad()
def accuracy(judge, pool, wanted, disturbed=False):
    """The share of right answers per fact; not known is not asked."""
    judge.eval()
    right, asked = torch.zeros(len(CLASSES)), torch.zeros(len(CLASSES))
    for pictures, answers in zip(pool.split(BATCH), wanted.split(BATCH)):
        pictures = to_floats(pictures)
        for fact, scores in enumerate(judge(disturb(pictures) if disturbed else pictures)):
            known = answers[:, fact] != UNKNOWN
            right[fact] += (scores.argmax(1) == answers[:, fact])[known].sum()
            asked[fact] += known.sum()
    judge.train()
    return ", ".join(f"{fact} {share:.1%}" for fact, share in zip(CLASSES, (right / asked).tolist()))


def draw_pool():
    """Pictures to learn from and held-out ones, with their labels; the last ones to learn from have gone through the autoencoder."""
    generator = torch.Generator().manual_seed(0)
    vae = AutoencoderKL(**autoencoder.CONFIG).eval()
    vae.load_state_dict(load(autoencoder.CHECKPOINT)["vae"])
    pool, answers = [], []
    for start in range(0, DRAWN + DECODED, 128):
        pictures, wanted = draw(FIRST_SCENE + start, 128)
        pool.append(reduce(pictures if start < DRAWN else through_autoencoder(vae, pictures, generator)))
        answers.append(wanted)
    test, test_wanted = draw(FIRST_TEST, TESTED)
    return {"pictures": torch.cat(pool), "answers": torch.cat(answers), "test": reduce(test), "test answers": test_wanted,
            "test decoded": reduce(through_autoencoder(vae, test[:TESTED_DECODED], generator))}


def log(*words):
    print(f"{time.process_time() / 60:.1f} min", *words, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=2, help="processor time of the learning, drawing not counted")
    parser.add_argument("--to", type=Path, default=TARGET)
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(0)
    if not POOL.exists():
        save(POOL, draw_pool())
    pool, wanted, test, test_wanted, test_decoded = load(POOL).values()
    log(f"{len(pool)} pictures to learn from, {len(test)} held out")

    judge = Judge().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(judge.parameters(), PEAK_RATE, weight_decay=0.02)
    start, step, progress, running = time.process_time(), 0, 0.0, 0.0
    while progress < 1:
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * max(cosine(progress), 0.01)
        chosen = torch.randint(len(pool), (BATCH,))
        scores = judge(disturb(to_floats(pool[chosen])).to(memory_format=torch.channels_last))
        loss = sum(F.cross_entropy(score, wanted[chosen, fact]) for fact, score in enumerate(scores))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        running = loss.item() if step == 0 else 0.98 * running + 0.02 * loss.item()
        step += 1
        progress = (time.process_time() - start) / (60 * options.minutes)
        if step % 250 == 0:
            log(f"step {step}, {progress:.0%}, loss {running:.3f}, held out: {accuracy(judge, test[:256], test_wanted[:256])}")
    log(f"done after {step} steps; held-out drawings: {accuracy(judge, test, test_wanted)}")
    log(f"the same, disturbed: {accuracy(judge, test, test_wanted, disturbed=True)}")
    log(f"the same, through the noisy autoencoder: {accuracy(judge, test_decoded, test_wanted[:TESTED_DECODED])}")
    judge.eval().export(options.to)
    log(f"{options.to}: {sum(parameter.numel() for parameter in judge.parameters())} parameters")


if __name__ == "__main__":
    main()
