"""A ControlNet of the storybook model: the picture follows given edges.

    python edges.py --set square --count 4096
    python edges.py --set even --count 4096
    python controlnet.py train --base ../presets/models/storybook --core-minutes 20
    python controlnet.py export --to state/controlnet/storybook-edges
    python controlnet.py measure --base ../presets/models/storybook --sheet state/controlnet/sheet.png

The network is diffusers' ControlNetModel: the UNet's way down and middle once
more, started from the UNet's weights where it has them, with zero convolutions
at its ends, so that at first it changes nothing (Zhang et al. 2023). Attention
is left out at the lowest level and in the middle: at 4×4 there are no edges to
be seen, and those two hold half of the weights. The base model stays frozen.

Training goes on from state/controlnet/checkpoint.pt; with another --base too,
which is how the ControlNet follows a base model that has learnt more. Time is
the processor's, not the clock's, so that a busy machine changes nothing.
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from diffusers import ControlNetModel, DDIMScheduler, StableDiffusionControlNetPipeline, StableDiffusionPipeline, UNet2DConditionModel
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPTextModel

import edges
import scenes
from captions import caption
from common import cosine, load, save
from latents import FIRST_SCENE, SHARD
from latents import shard_path as latents_path
from tokenizer import Words
from unet import STEPS, TEXT_WIDTH, UNET_CONFIG, signal_levels

CHECKPOINT = edges.FOLDER / "checkpoint.pt"
CONFIG = dict(
    in_channels=4, conditioning_channels=3, layers_per_block=1, block_out_channels=UNET_CONFIG["block_out_channels"],
    down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    mid_block_type="UNetMidBlock2D", cross_attention_dim=TEXT_WIDTH, attention_head_dim=UNET_CONFIG["attention_head_dim"],
    norm_num_groups=UNET_CONFIG["norm_num_groups"], conditioning_embedding_out_channels=(4, 8, 16, 32),
)
BATCH = 8  # many small steps: the ends and the reader of the picture start from nothing
FRESH = ("controlnet_",)  # what no weights of the UNet start, and learns faster
FRESH_FACTOR = 4.0
# Timesteps are u^LEAN of a uniform u: more of the noisy ones, where it is decided what goes where.
LEAN = 0.6
WATCHED = 16  # scenes not trained on, whose loss is printed beside that of the base model alone
# More than the base model was trained with: without words, what the edges show has to be told by the edges.
CAPTION_DROPOUT = 0.3
WARM_UP_STEPS = 40
SAVE_SECONDS = 120

FIRST_HELD_OUT = 900_000  # scenes of no training set
HELD_OUT = 48
TOLERANCE = 2  # pixels between an edge asked for and one drawn
DRAW_STEPS, GUIDANCE = 12, 3.0


def build(unet):
    """The ControlNet with the weights of the UNet that it shares."""
    network = ControlNetModel(**CONFIG)
    own = network.state_dict()
    shared = {name: value for name, value in unet.state_dict().items() if name in own and own[name].shape == value.shape}
    network.load_state_dict(shared, strict=False)
    return network


def load_base(folder):
    unet = UNet2DConditionModel.from_pretrained(folder, subfolder="unet", torch_dtype=torch.float32)
    text = CLIPTextModel.from_pretrained(folder, subfolder="text_encoder", torch_dtype=torch.float32)
    return unet.eval().requires_grad_(False), text.eval().requires_grad_(False)


class Examples:
    """Random latents with their edges and captions."""

    def __init__(self, words, rng):
        self.words, self.rng, self.order = words, rng, []
        shards = [(name, int(path.stem[-4:]), path) for name in ("square", "even")
                  for path in sorted(edges.FOLDER.glob(f"edges-{name}-*.npy"))]
        shards = [shard for shard in shards if latents_path(*shard[:2]).exists()]
        if not shards:
            raise FileNotFoundError("no edges with latents: run latents.py and edges.py first")
        self.latents = torch.from_numpy(np.concatenate([np.load(latents_path(name, shard)) for name, shard, _ in shards]))
        self.edges = np.concatenate([np.load(path) for _, _, path in shards])
        self.scenes = [scenes.random_scene(FIRST_SCENE[name] + shard * SHARD + i) for name, shard, _ in shards for i in range(SHARD)]
        self.count = len(self.scenes)

    def hold_out(self, count):
        """The last scenes, which are trained on no more."""
        self.count = len(self.scenes) - count
        return self.batch(list(range(self.count, len(self.scenes))))

    def __call__(self, count):
        if len(self.order) < count:
            self.order = self.rng.permutation(self.count).tolist()
        chosen, self.order = self.order[:count], self.order[count:]
        return self.batch(chosen)

    def batch(self, chosen):
        texts = ["" if self.rng.random() < CAPTION_DROPOUT else caption(self.scenes[i], self.rng) for i in chosen]
        return self.latents[chosen].float(), torch.from_numpy(edges.unpack(self.edges[chosen])), self.words(texts)


def controlled_loss(network, unet, text, batch, levels, rng):
    """The velocity error of the base model under the ControlNet, one timestep from each of `count` strata."""
    clean, picture, ids = batch
    count = len(clean)
    strata = (torch.arange(count) + torch.from_numpy(rng.random(count)).float()) / count
    steps = (strata**LEAN * STEPS).long().clamp(max=STEPS - 1)
    signal = levels[steps].sqrt()[:, None, None, None]
    noise_level = (1 - levels[steps]).sqrt()[:, None, None, None]
    noise = torch.randn_like(clean)
    noisy = (signal * clean + noise_level * noise).to(memory_format=torch.channels_last)
    hidden = text(ids).last_hidden_state
    down, middle = None, None
    if network is not None:
        down, middle = network(noisy, steps, hidden, picture.to(memory_format=torch.channels_last), return_dict=False)
    made = unet(noisy, steps, hidden, down_block_additional_residuals=down, mid_block_additional_residual=middle).sample
    return F.mse_loss(made, signal * noise - noise_level * clean)


def train(options):
    torch.set_num_threads(1)
    unet, text = load_base(options.base)
    network = build(unet)
    parts = {1.0: [], FRESH_FACTOR: []}
    for name, parameter in network.named_parameters():
        parts[FRESH_FACTOR if name.startswith(FRESH) else 1.0].append(parameter)
    optimizer = torch.optim.AdamW([{"params": part, "factor": factor} for factor, part in parts.items()],
                                  options.rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    step = 0
    if CHECKPOINT.exists():
        checkpoint = load(CHECKPOINT)
        network.load_state_dict(checkpoint["network"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        step = checkpoint["step"]
    network.to(memory_format=torch.channels_last)
    unet.to(memory_format=torch.channels_last)
    print(sum(p.numel() for p in network.parameters()), "parameters, step", step, flush=True)
    torch.manual_seed(step)
    rng = np.random.default_rng(step)
    examples = Examples(Words(), rng)
    levels = signal_levels()

    watched = examples.hold_out(WATCHED)

    def watch(controlled):
        """The loss on the watched scenes, with the same noise each time."""
        state = torch.get_rng_state()
        torch.manual_seed(1)
        with torch.no_grad():
            loss = controlled_loss(network if controlled else None, unet, text, watched, levels, np.random.default_rng(1)).item()
        torch.set_rng_state(state)
        return loss

    print(f"watched scenes: {watch(False):.4f} alone, {watch(True):.4f} with the ControlNet", flush=True)

    def checkpoint():
        save(CHECKPOINT, {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "step": step})

    start, progress, saved, losses = time.process_time(), 0.0, time.time(), []
    while progress < 1:
        warm = min(1.0, (len(losses) + 1) / WARM_UP_STEPS)
        for group in optimizer.param_groups:
            group["lr"] = group["factor"] * warm * (options.last_rate + (options.rate - options.last_rate) * cosine(progress))
        loss = controlled_loss(network, unet, text, examples(BATCH), levels, rng)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        step += 1
        progress = (time.process_time() - start) / (60 * options.core_minutes)
        if time.time() - saved > SAVE_SECONDS:
            saved = time.time()
            checkpoint()
        if step % 25 == 0:
            seen = f", watched {watch(True):.4f}" if step % 100 == 0 else ""
            print(time.strftime("%H:%M:%S"), f"step {step}, {progress:.0%}, loss {np.mean(losses[-100:]):.4f}{seen}", flush=True)
    checkpoint()
    print("done at step", step, flush=True)


def export(options):
    """The trained ControlNet as a folder in the layout of diffusers, half precision."""
    network = ControlNetModel(**CONFIG)
    network.load_state_dict(load(CHECKPOINT)["network"])
    options.to.mkdir(parents=True, exist_ok=True)
    network.save_config(options.to)
    part = options.to / "new.part"
    save_file({name: value.half().contiguous() for name, value in network.state_dict().items()}, part, {"format": "pt"})
    part.replace(options.to / "diffusion_pytorch_model.safetensors")
    config = options.to / "config.json"
    config.write_text(json.dumps({key: value for key, value in json.loads(config.read_text()).items()
                                  if key != "_name_or_path"}, indent=2) + "\n")
    print(options.to, sum(path.stat().st_size for path in options.to.iterdir()) / 1e6, "MB")


def edge_score(asked, drawn):
    """F-score of two edge maps: an edge counts as met when the other map has one within TOLERANCE pixels."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * TOLERANCE + 1, 2 * TOLERANCE + 1))
    near_asked, near_drawn = (cv2.dilate(edge.astype(np.uint8), kernel) > 0 for edge in (asked, drawn))
    recall = (asked & near_drawn).sum() / max(asked.sum(), 1)
    precision = (drawn & near_asked).sum() / max(drawn.sum(), 1)
    return 2 * precision * recall / max(precision + recall, 1e-9)


def other_prompt(scene):
    """The scene in another colour and under another light, as far as it has them."""
    colours = [colour for colour in scenes.SUBJECT_COLOURS[scene.subject] if colour != scene.colour]
    colour = colours[scene.seed % len(colours)] if colours else scene.colour
    light = scene.light if scene.setting in scenes.OWN_LIGHT else {"day": "night", "sunset": "day", "night": "sunset"}[scene.light]
    changed = scenes.Scene(scene.subject, colour, scene.setting, light, scene.seed)
    return caption(changed, np.random.default_rng([scene.seed, 3]))


@torch.no_grad()
def measure(options):
    """Edge agreement on held-out scenes, with the ControlNet and without, and a sheet to look at."""
    torch.set_num_threads(1)
    network = ControlNetModel.from_pretrained(options.network, torch_dtype=torch.float32)
    parts = dict(torch_dtype=torch.float32, safety_checker=None)
    controlled = StableDiffusionControlNetPipeline.from_pretrained(options.base, controlnet=network, **parts)
    alone = StableDiffusionPipeline.from_pretrained(options.base, **parts)
    for pipeline in (controlled, alone):
        pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config, timestep_spacing="trailing")
        pipeline.set_progress_bar_config(disable=True)
    settings = dict(num_inference_steps=DRAW_STEPS, guidance_scale=GUIDANCE, height=edges.SIZE, width=edges.SIZE)
    scores, rows = {"told as it is": [], "told otherwise": [], "told otherwise, without": [], "chance": []}, []
    maps = []
    first = FIRST_HELD_OUT + options.first
    for seed in range(first, first + options.count):
        scene = scenes.random_scene(seed)
        drawing = scenes.draw(scene, edges.SIZE, edges.SIZE)
        asked = edges.find_edges(drawing)
        picture = Image.fromarray(np.repeat((asked * 255).astype(np.uint8)[:, :, None], 3, 2))
        told = caption(scene, np.random.default_rng([seed, 3]))
        noise = lambda: torch.Generator().manual_seed(seed)
        same = controlled(told, picture, generator=noise(), **settings).images[0]
        other = controlled(other_prompt(scene), picture, generator=noise(), **settings).images[0]
        without = alone(other_prompt(scene), generator=noise(), **settings).images[0]
        for name, image in (("told as it is", same), ("told otherwise", other), ("told otherwise, without", without)):
            scores[name].append(edge_score(asked, edges.find_edges(np.asarray(image))))
        if maps:
            scores["chance"].append(edge_score(asked, maps[-1]))
        maps.append(asked)
        rows.append([Image.fromarray(drawing), picture, same, other, without])
        print(seed - FIRST_HELD_OUT, other_prompt(scene), {name: round(values[-1], 3) for name, values in scores.items() if values}, flush=True)
    for name, values in scores.items():
        print(f"{name}: F {np.mean(values):.3f} ± {np.std(values) / len(values) ** 0.5:.3f} over {len(values)}")
    if options.sheet:
        side = 160
        sheet = Image.new("RGB", (5 * side * 2, side * -(-len(rows) // 2)))
        for index, row in enumerate(rows):
            for column, image in enumerate(row):
                sheet.paste(image.resize((side, side), Image.Resampling.LANCZOS), (side * (column + 5 * (index % 2)), side * (index // 2)))
        sheet.save(options.sheet)


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    trained = commands.add_parser("train")
    trained.add_argument("--base", type=Path, required=True, help="folder of the model to control")
    trained.add_argument("--core-minutes", type=float, required=True, help="processor time")
    trained.add_argument("--rate", type=float, default=6e-4, help="learning rate at the start")
    trained.add_argument("--last-rate", type=float, default=2e-5, help="learning rate at the end")
    trained.set_defaults(run=train)
    exported = commands.add_parser("export")
    exported.add_argument("--to", type=Path, required=True)
    exported.set_defaults(run=export)
    measured = commands.add_parser("measure")
    measured.add_argument("--base", type=Path, required=True)
    measured.add_argument("--network", type=Path, default=edges.FOLDER / "storybook-edges")
    measured.add_argument("--first", type=int, default=0, help="of the held-out scenes")
    measured.add_argument("--count", type=int, default=HELD_OUT)
    measured.add_argument("--sheet", type=Path)
    measured.set_defaults(run=measure)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
