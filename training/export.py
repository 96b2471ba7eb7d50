"""Stage 5: the trained networks as a model folder in the layout of diffusers, in half precision.

    python export.py                    # → ../presets/models/storybook
    python export.py --to some/folder

Every file is written beside its place and moved there, so that a program that
has the old model mapped into memory is not disturbed.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from safetensors.torch import save_file

import captions
import tokenizer
import unet as diffusion
import vae as autoencoder
from common import load

TARGET = Path(__file__).parent.parent / "presets" / "models" / "storybook"
PIPELINE = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.42.1",
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}
SCHEDULER = {
    "_class_name": "DDIMScheduler",
    "_diffusers_version": "0.42.1",
    "beta_schedule": "scaled_linear",
    "beta_start": diffusion.BETA_START,
    "beta_end": diffusion.BETA_END,
    "num_train_timesteps": diffusion.STEPS,
    "prediction_type": "v_prediction",
    "set_alpha_to_one": False,
    "steps_offset": 1,
    "clip_sample": False,
    "trained_betas": None,
}
# Older and newer releases of transformers disagree on this prefix; files have it.
TEXT_PREFIX = "text_model."


def half(state):
    return {name: tensor.detach().half().contiguous() for name, tensor in state.items()}


def averaged_networks():
    """The UNet and text encoder of the checkpoint, with the averaged weights."""
    unet, text = diffusion.build(tokenizer.Words().size)
    checkpoint = load(diffusion.CHECKPOINT)
    with torch.no_grad():
        for parameter, mean in zip([*unet.parameters(), *text.parameters()], checkpoint["average"]):
            parameter.copy_(mean)
    return unet, text


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")


def write(folder):
    unet, text = averaged_networks()
    vae = AutoencoderKL(**autoencoder.CONFIG)
    vae.load_state_dict(load(autoencoder.CHECKPOINT)["vae"])
    for name, network in (("unet", unet), ("vae", vae)):
        network.save_config(folder / name)
        save_file(half(network.state_dict()), folder / name / "diffusion_pytorch_model.safetensors", {"format": "pt"})
    # Only what the encoder needs: the rest of CLIP's configuration are defaults.
    write_json(folder / "text_encoder" / "config.json", {
        "architectures": ["CLIPTextModel"], "model_type": "clip_text_model", "torch_dtype": "float16",
        **{key: getattr(text.config, key) for key in (
            "vocab_size", "hidden_size", "intermediate_size", "projection_dim", "num_hidden_layers", "num_attention_heads",
            "max_position_embeddings", "hidden_act", "layer_norm_eps", "bos_token_id", "eos_token_id", "pad_token_id")}})
    state = {TEXT_PREFIX + name.removeprefix(TEXT_PREFIX): tensor for name, tensor in half(text.state_dict()).items()
             if not name.endswith("position_ids")}
    save_file(state, folder / "text_encoder" / "model.safetensors", {"format": "pt"})
    shutil.copytree(tokenizer.FOLDER, folder / "tokenizer")
    write_json(folder / "scheduler" / "scheduler_config.json", SCHEDULER)
    write_json(folder / "model_index.json", PIPELINE)
    # What `animate lint` warns by: words outside this list were never seen in training.
    (folder / "vocabulary.txt").write_text("\n".join(captions.vocabulary()) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path, default=TARGET)
    target = parser.parse_args().to
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target) as temporary:
        new = Path(temporary)
        write(new)
        for path in [path for path in new.rglob("*") if path.is_file()]:
            place = target / path.relative_to(new)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.chmod(0o644)
            path.replace(place)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"{target}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
