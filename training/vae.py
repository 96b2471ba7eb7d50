"""Stage 1: the autoencoder between pictures and latents (8 times smaller, 4 channels).

    nice -n 10 torchrun --nproc-per-node 2 vae.py --minutes 16
    torchrun --nproc-per-node 2 vae.py --minutes 4 --decoder-only     # polish
    python vae.py --check                                             # the exported one, on 200 held-out drawings

A random start wastes most of a short budget, so the network starts as a linear
codec: the encoder computes the principal components of 8×8 patches, the decoder
enlarges their mean colours smoothly, and all residual branches are zero.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL

import scenes
from common import STATE, STEPS_BETWEEN_AVERAGES, Team, cosine, load, save

CHECKPOINT = STATE / "vae.pt"
CONFIG = dict(
    in_channels=3, out_channels=3, latent_channels=4, layers_per_block=1,
    block_out_channels=(16, 32, 64, 96), norm_num_groups=1, mid_block_add_attention=False,
    down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    act_fn="silu", sample_size=256, scaling_factor=1.0,
)
PEAK_RATE = 1.2e-3
POLISH_RATE = 5e-4
WARM_UP_STEPS = 20
KL_WEIGHT = 1e-3
POOL = 768  # pictures in memory per process; one is redrawn at every step
# Share of the time, side of the crops, batch: small crops first, for many updates.
CROPS = ((0.35, 64, 16), (0.7, 96, 8), (1.0, 160, 4))
# The first number of the pictures this stage draws, away from the other stages'.
FIRST_SCENE = 10_000_000
TEST_SCENES = range(9_000_000, 9_000_048)
CHECK_SCENES = range(9_000_000, 9_000_200)
EXPORTED = Path(__file__).parent.parent / "presets" / "models" / "storybook"


def to_tensor(pictures):
    """Bytes (n, h, w, 3) → floats (n, 3, h, w) from -1 to 1."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float().div(127.5).sub(1)


def blocks(pictures):
    """2×2 pixels of (n, c, h, w) folded into channels, ordered (c, dy, dx)."""
    return F.pixel_unshuffle(pictures, 2)


def principal(samples, count):
    """The first principal directions (count, c) of samples (n, c), and the mean."""
    mean = samples.mean(0)
    _, _, directions = torch.linalg.svd(samples - mean, full_matrices=False)
    return directions[:count], mean


def fill(conv, matrix, taps, bias=None):
    """Sets a convolution to a matrix (out, in) spread over the kernel's `taps`."""
    conv.weight.zero_()
    for (dy, dx), part in zip(taps, matrix):
        conv.weight[: part.shape[0], : part.shape[1], dy, dx] = part
    conv.bias.zero_()
    if bias is not None:
        conv.bias[: len(bias)] = bias


FOUR_TAPS = [(0, 0), (0, 1), (1, 0), (1, 1)]
CENTRE = [(1, 1)]
POINT = [(0, 0)]
# A group norm over all channels divides by the deviation of the whole picture. Channels
# with these constant values dominate it, which makes the division the same for any picture.
ANCHOR = 3.0


def anchors(count):
    return torch.tensor([ANCHOR if i % 2 else -ANCHOR for i in range(count)])


@torch.no_grad()
def start_linear(vae, pictures):
    """The linear codec described above. silu(x) - silu(-x) = x carries values through the last activations."""
    for name, module in vae.named_modules():
        if name.endswith("conv2"):
            module.weight.zero_()
            module.bias.zero_()
        if name.endswith("conv_shortcut"):
            fill(module, [torch.eye(module.out_channels, module.in_channels)], POINT)
    eye = torch.eye

    encoder = vae.encoder
    fill(encoder.conv_in, [eye(3)], CENTRE)
    level = pictures
    for index, kept in ((0, 12), (1, 32), (2, 64)):
        folded = blocks(level)
        samples = folded.permute(0, 2, 3, 1).reshape(-1, folded.shape[1])
        samples = samples[torch.randperm(len(samples))[:40_000]]
        directions, mean = principal(samples, kept)
        spread = ((samples - mean) @ directions.T).std(0)
        # The last level is normalised; the latents take its first four components.
        scale = 1 / spread if index == 2 else torch.ones(kept)
        if index == 2:
            scale[4:] *= 0.3
        matrix = directions * scale[:, None]
        bias = -(matrix @ mean)
        split = matrix.view(kept, level.shape[1], 4)
        fill(encoder.down_blocks[index].downsamplers[0].conv, [split[:, :, t] for t in range(4)], FOUR_TAPS, bias)
        level = torch.einsum("oc,nchw->nohw", matrix, folded) + bias[:, None, None]
    shortcut = torch.zeros(96, 64)
    shortcut[0:4, 0:4], shortcut[4:8, 0:4], shortcut[8:68, 4:64] = eye(4), -eye(4), eye(60)
    bias = torch.cat([torch.zeros(68), anchors(28)])
    fill(encoder.down_blocks[3].resnets[0].conv_shortcut, [shortcut], POINT, bias)
    deviation = ((8 + 60 * 0.09 + 28 * ANCHOR**2) / 96) ** 0.5
    out = torch.zeros(8, 96)
    out[0:4, 0:4], out[0:4, 4:8] = deviation * eye(4), -deviation * eye(4)
    fill(encoder.conv_out, [out], CENTRE, torch.tensor([0.0] * 4 + [-5.0] * 4))
    fill(vae.quant_conv, [eye(8)], POINT)
    fill(vae.post_quant_conv, [eye(4)], POINT)

    latents = level[:, :4].permute(0, 2, 3, 1).reshape(-1, 4)
    colours = F.avg_pool2d(pictures, 8).permute(0, 2, 3, 1).reshape(-1, 3)
    with_one = torch.cat([latents, torch.ones(len(latents), 1)], 1)
    solution = torch.linalg.lstsq(with_one, colours).solution
    decoder = vae.decoder
    decoder.conv_in.weight[:3].zero_()
    decoder.conv_in.weight[:3, :, 1, 1] = solution[:4].T
    decoder.conv_in.bias[:3] = solution[4]
    tent = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
    for block in decoder.up_blocks[:3]:
        conv = block.upsamplers[0].conv
        conv.weight.zero_()
        conv.bias.zero_()
        for channel in range(conv.out_channels):
            conv.weight[channel, channel] = tent
    shortcut = torch.zeros(16, 32)
    shortcut[0:3, 0:3], shortcut[3:6, 0:3] = eye(3), -eye(3)
    fill(decoder.up_blocks[3].resnets[0].conv_shortcut, [shortcut], POINT, torch.cat([torch.zeros(6), anchors(10)]))
    deviation = ((6 * colours.var().item() + 10 * ANCHOR**2) / 16) ** 0.5
    fill(decoder.conv_out, [torch.cat([deviation * eye(3), -deviation * eye(3), torch.zeros(3, 10)], 1)], CENTRE)


class Crops:
    """A pool of pictures of which crops are taken, renewed one picture at a time."""

    def __init__(self, rank):
        self.rng = np.random.default_rng(rank)
        self.next = FIRST_SCENE + rank * 1_000_000
        self.pictures = np.stack([self.draw() for _ in range(POOL)])

    def draw(self):
        self.next += 1
        return scenes.draw(scenes.random_scene(self.next))

    def batch(self, side, count):
        self.pictures[self.rng.integers(POOL)] = self.draw()
        crops = np.empty((count, side, side, 3), dtype=np.uint8)
        for i in range(count):
            y, x = self.rng.integers(0, 257 - side, 2)
            crops[i] = self.pictures[self.rng.integers(POOL), y:y + side, x:x + side]
        return to_tensor(crops)


def distance(made, wanted):
    """L1 + half of: MSE, the difference of gradients, L1 at half and quarter size."""
    loss = F.l1_loss(made, wanted) + 0.5 * F.mse_loss(made, wanted)
    for axis in (2, 3):
        loss = loss + 0.5 * F.l1_loss(made.diff(dim=axis), wanted.diff(dim=axis))
    for factor in (2, 4):
        loss = loss + 0.25 * F.l1_loss(F.avg_pool2d(made, factor), F.avg_pool2d(wanted, factor))
    return loss


@torch.no_grad()
def psnrs(vae, seeds):
    """Of each scene, whole, from the posterior's mean."""
    values = []
    for start in range(0, len(seeds), 8):
        pictures = to_tensor(np.stack([scenes.draw(scenes.random_scene(seed)) for seed in seeds[start:start + 8]]))
        made = vae.decode(vae.encode(pictures).latent_dist.mean).sample.clamp(-1, 1)
        values += (-10 * torch.log10(((made - pictures) / 2).square().mean((1, 2, 3)))).tolist()
    return values


def psnr(vae):
    """The mean on pictures never trained on."""
    return float(np.mean(psnrs(vae, TEST_SCENES)))


def check(folder):
    """Prints how well a finished model gets pictures back that it was never trained on."""
    torch.set_num_threads(1)
    vae = AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=torch.float32, low_cpu_mem_usage=False).eval()
    values = np.array(psnrs(vae, CHECK_SCENES))
    worst = CHECK_SCENES[int(values.argmin())]
    print(f"{len(values)} drawings: mean {values.mean():.2f} dB, worst {values.min():.2f} dB (scene {worst})")
    settings = np.array([scenes.random_scene(seed).setting for seed in CHECK_SCENES])
    print(", ".join(f"{setting} {values[settings == setting].mean():.1f}" for setting in scenes.SETTINGS))


@torch.no_grad()
def normalise(vae, pictures):
    """Folds the latents' mean and deviation into the two 1×1 convolutions around them."""
    latents = torch.cat([vae.encode(part).latent_dist.mean for part in pictures.split(8)])
    mean, deviation = latents.mean((0, 2, 3)), latents.std((0, 2, 3))
    quant, post = vae.quant_conv, vae.post_quant_conv
    quant.weight[:4] /= deviation[:, None, None, None]
    quant.bias[:4] = (quant.bias[:4] - mean) / deviation
    quant.bias[4:] -= 2 * deviation.log()
    post.bias += (post.weight[:, :, 0, 0] @ mean)
    post.weight *= deviation[None, :, None, None]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, help="wall time of the stage")
    parser.add_argument("--check", type=Path, nargs="?", const=EXPORTED, metavar="MODEL", help="measure a finished model instead")
    parser.add_argument("--decoder-only", action="store_true", help="go on with the decoder of the finished autoencoder")
    options = parser.parse_args()
    if options.check:
        return check(options.check)
    if options.minutes is None:
        parser.error("--minutes or --check is needed")

    team = Team()
    torch.manual_seed(0)
    vae = AutoencoderKL(**CONFIG)
    crops = Crops(team.rank + 10 * options.decoder_only)
    schedule = CROPS
    if options.decoder_only:
        vae.load_state_dict(load(CHECKPOINT)["vae"])
        vae.encoder.requires_grad_(False)
        vae.quant_conv.requires_grad_(False)
        schedule = CROPS[2:]
    else:
        start_linear(vae, to_tensor(crops.pictures[:128]))
        team.copy_first(vae)
    vae.to(memory_format=torch.channels_last)
    if team.rank == 0:
        team.log(f"{sum(p.numel() for p in vae.parameters())} parameters, start {psnr(vae):.2f} dB")
    torch.manual_seed(team.rank)
    peak = POLISH_RATE if options.decoder_only else PEAK_RATE
    optimizer = torch.optim.AdamW([p for p in vae.parameters() if p.requires_grad], peak, betas=(0.9, 0.99), weight_decay=1e-4)

    start, step, progress, running = time.time(), 0, 0.0, 0.0
    while progress < 1:
        side, count = next((side, count) for share, side, count in schedule if progress < share)
        for group in optimizer.param_groups:
            group["lr"] = peak * max(cosine(progress), 0.02) * min(1.0, (step + 1) / WARM_UP_STEPS)
        pictures = crops.batch(side, count).to(memory_format=torch.channels_last)
        posterior = vae.encode(pictures).latent_dist
        loss = distance(vae.decode(posterior.sample()).sample, pictures)
        if not options.decoder_only:
            kl = 0.5 * (posterior.mean.square() + posterior.var - 1 - posterior.logvar).mean()
            loss = loss + KL_WEIGHT * kl
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        running = loss.item() if step == 0 else 0.99 * running + 0.01 * loss.item()
        step += 1
        if step % STEPS_BETWEEN_AVERAGES == 0:
            team.average(vae)
            progress = team.agree((time.time() - start) / (60 * options.minutes))
        if step % 400 == 0 and team.rank == 0:
            team.log(f"step {step}, {progress:.0%}, crops {side}, loss {running:.4f}, {psnr(vae):.2f} dB")
    team.average(vae)
    if team.rank == 0:
        if not options.decoder_only:
            normalise(vae, to_tensor(crops.pictures[:256]))
        save(CHECKPOINT, {"vae": vae.state_dict()})
        team.log(f"done after {step} steps: {psnr(vae):.2f} dB")


if __name__ == "__main__":
    main()
