"""What the depth and upscaling networks see: drawings as the diffusion model gives them: softer, noisier, off in colour, or through the autoencoder."""

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL

import vae as autoencoder
from common import load

CHANGED_SHARE = 0.5
MOST_BLUR, MOST_NOISE, MOST_TINT, MOST_LATENT_NOISE = 1.0, 0.03, 0.12, 0.25


class Degradation:
    def __init__(self):
        self.vae = AutoencoderKL(**autoencoder.CONFIG)
        self.vae.load_state_dict(load(autoencoder.CHECKPOINT)["vae"])
        self.vae.eval().requires_grad_(False)

    def __call__(self, pictures, rng, reconstructed, tint=MOST_TINT):
        """Pictures (n, 3, h, w) from 0 to 1: of each, a share of `reconstructed` through the autoencoder, half of the
        rest blurred, noisy and tinted, the others as they are."""
        return torch.cat([self.change(picture, rng, reconstructed, tint) for picture in pictures.split(1)])

    def change(self, picture, rng, reconstructed, tint):
        if rng.random() < reconstructed:
            return self.reconstruct(picture, rng.uniform(0, MOST_LATENT_NOISE))
        if rng.random() >= CHANGED_SHARE:
            return picture
        gain = 1 + torch.from_numpy(rng.uniform(-tint, tint, (1, 3, 1, 1))).float()
        picture = blur(picture * gain, rng.uniform(0.2, MOST_BLUR))
        return (picture + rng.uniform(0, MOST_NOISE) * torch.randn_like(picture)).clamp(0, 1)

    @torch.no_grad()
    def reconstruct(self, picture, latent_noise=0.0):
        """Through the autoencoder; with noise on the latents, what a hasty sampler leaves behind."""
        latents = self.vae.encode(picture * 2 - 1).latent_dist.mean
        latents = latents + latent_noise * torch.randn_like(latents)
        return self.vae.decode(latents).sample.div(2).add(0.5).clamp(0, 1)


def blur(pictures, sigma):
    """Gaussian, edge pixels repeated."""
    steps = torch.arange(-2, 3).float()
    kernel = torch.exp(-(steps**2) / (2 * sigma**2))
    kernel = (kernel / kernel.sum()).view(1, 1, 1, 5).repeat(3, 1, 1, 1)
    pictures = F.conv2d(F.pad(pictures, (2, 2, 0, 0), mode="replicate"), kernel, groups=3)
    return F.conv2d(F.pad(pictures, (0, 0, 2, 2), mode="replicate"), kernel.transpose(2, 3), groups=3)
