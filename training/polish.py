"""Stage 4: the decoder learns to draw clean pictures from latents as the diffusion model leaves them.

    torchrun --nproc-per-node 2 polish.py --minutes 10

The autoencoder has only seen latents of drawings; the diffusion model's are a
little off, and the decoder paints every error as a wobbly edge or a mottled
plane. Here the latents of a drawing are partly noised, denoised again in two
guided steps, and the decoder is asked for the drawing itself. Latents without
errors stay in the mix, so that the autoencoder remains faithful to pictures it
is given. The encoder does not change, and nor do the latents of any other stage.
"""

import argparse
import time

import numpy as np
import torch
from diffusers import AutoencoderKL

import latents
import scenes
import unet as diffusion
import vae as autoencoder
from captions import caption
from common import STEPS_BETWEEN_AVERAGES, Team, cosine, load, save
from export import averaged_networks
from tokenizer import Words

RATE = 5e-4
WARM_UP_STEPS = 20
BATCH = 4
CLEAN = 1  # of the batch, latents as the encoder gives them
CROP = 20  # latents, of 32: 160 pixels
NOISIEST = 350  # of 1000 steps; from noisier ones outlines move, and the decoder would learn to blur
GUIDANCE = (1.0, 4.0)


class Painter:
    """Denoises latents the way a render does, from a random part of the way."""

    def __init__(self, words, rng):
        self.unet, self.text = (network.eval().requires_grad_(False) for network in averaged_networks())
        self.unet.to(memory_format=torch.channels_last)
        self.words, self.rng = words, rng
        self.levels = diffusion.signal_levels()

    @torch.no_grad()
    def __call__(self, clean, texts):
        """Latents (n, 4, h, w), noised to one level and taken back in two DDIM steps (Song et al. 2021, eta 0)."""
        conditioning = self.text(self.words(texts + [""] * len(texts))).last_hidden_state
        guidance = self.rng.uniform(*GUIDANCE)
        first = int(self.rng.integers(60, NOISIEST))
        x = self.levels[first].sqrt() * clean + (1 - self.levels[first]).sqrt() * torch.randn_like(clean)
        for step, following in ((first, first // 2), (first // 2, None)):
            signal, noise = self.levels[step].sqrt(), (1 - self.levels[step]).sqrt()
            told, untold = self.unet(torch.cat([x, x]), step, conditioning).sample.chunk(2)
            velocity = untold + guidance * (told - untold)
            original, error = signal * x - noise * velocity, noise * x + signal * velocity
            if following is None:
                return original
            x = self.levels[following].sqrt() * original + (1 - self.levels[following]).sqrt() * error


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, required=True, help="wall time of the stage")
    options = parser.parse_args()

    team = Team()
    vae = AutoencoderKL(**autoencoder.CONFIG)
    vae.load_state_dict(load(autoencoder.CHECKPOINT)["vae"])
    vae.to(memory_format=torch.channels_last)
    vae.encoder.requires_grad_(False)
    vae.quant_conv.requires_grad_(False)
    seed = int(time.time()) + team.rank
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    encoded, drawn = latents.load_all("square", "even")
    paint = Painter(Words(), rng)
    optimizer = torch.optim.AdamW([p for p in vae.parameters() if p.requires_grad], RATE, betas=(0.9, 0.99), weight_decay=1e-4)
    if team.rank == 0:
        team.log(f"start {autoencoder.psnr(vae):.2f} dB")

    start, step, progress, losses = time.time(), 0, 0.0, []
    while progress < 1:
        for group in optimizer.param_groups:
            group["lr"] = RATE * max(cosine(progress), 0.02) * min(1.0, (step + 1) / WARM_UP_STEPS)
        chosen = rng.integers(len(drawn), size=BATCH)
        pictures = autoencoder.to_tensor(np.stack([scenes.draw(drawn[i]) for i in chosen]))
        given = encoded[chosen].float()
        given[CLEAN:] = paint(given[CLEAN:], [caption(drawn[i], rng) for i in chosen[CLEAN:]])
        y, x = rng.integers(0, 33 - CROP, 2)
        wanted = pictures[:, :, 8 * y:8 * (y + CROP), 8 * x:8 * (x + CROP)]
        made = vae.decode(given[:, :, y:y + CROP, x:x + CROP].contiguous(memory_format=torch.channels_last)).sample
        loss = autoencoder.distance(made, wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        step += 1
        if step % STEPS_BETWEEN_AVERAGES == 0:
            team.average(vae)
            progress = team.agree((time.time() - start) / (60 * options.minutes))
        if step % 40 == 0:
            team.log(f"step {step}, {progress:.0%}, loss {np.mean(losses[-40:]):.4f}")
    team.average(vae)
    if team.rank == 0:
        save(autoencoder.CHECKPOINT, {"vae": vae.state_dict()})
        team.log(f"done after {step} steps: {autoencoder.psnr(vae):.2f} dB")


if __name__ == "__main__":
    main()
