"""Writes a model of full size with random weights in the diffusers layout, for measuring without downloading anything.

    python bench/peers/write_checkpoint.py sd15 /tmp/random-sd15   # 4.3 GB, F32
    python bench/peers/write_checkpoint.py sdxl /tmp/random-sdxl   # 13.9 GB, F32

Shapes and names come from the modules of diffusers and transformers, made on the meta device, so that no weight is ever held in memory; values are
cut from a block of normal numbers and scaled to keep activations in range. The folder is whole: `animate models check` opens it. Needs torch,
diffusers and transformers.
"""

import argparse
import json
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

UNETS = {
    "sd15": {
        "sample_size": 64,
        "cross_attention_dim": 768,
        "attention_head_dim": 8,
    },
    "sdxl": {
        "sample_size": 128,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "attention_head_dim": [5, 10, 20],
        "block_out_channels": [320, 640, 1280],
        "cross_attention_dim": 2048,
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        "projection_class_embeddings_input_dim": 2816,
        "transformer_layers_per_block": [1, 2, 10],
        "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
        "use_linear_projection": True,
    },
}
VAE = {
    "block_out_channels": [128, 256, 512, 512],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "layers_per_block": 2,
}
CLIP = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "projection_dim": 768,
    "vocab_size": 49408,
    "bos_token_id": 49406,
    "eos_token_id": 49407,
}
OPEN_CLIP = CLIP | {
    "hidden_act": "gelu",
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
    "projection_dim": 1280,
}
SCALING = {"sd15": 0.18215, "sdxl": 0.13025}
SCHEDULER = {
    "_class_name": "PNDMScheduler",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "steps_offset": 1,
}
TOKENIZER = Path(__file__).parents[2] / "presets" / "tokenizers" / "clip"
TYPES = {"F32": np.float32, "F16": np.float16}
BLOCK = 1 << 24


def write_weights(file: Path, module: torch.nn.Module, number_format: str, block: np.ndarray) -> None:
    """Streams the module's weights into a safetensors file."""
    dtype = np.dtype(TYPES[number_format])
    header, offset = {}, 0
    tensors = {name: tuple(value.shape) for name, value in module.state_dict().items() if value.is_floating_point()}
    for name, shape in tensors.items():
        size = int(np.prod(shape)) * dtype.itemsize
        header[name] = {"dtype": number_format, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with file.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for name, shape in tensors.items():
            out.write(values(name, shape, block).astype(dtype).tobytes())


def values(name: str, shape: tuple[int, ...], block: np.ndarray) -> np.ndarray:
    count = int(np.prod(shape))
    if len(shape) == 1:
        return np.full(count, 1.0 if name.endswith("weight") else 0.0, np.float32)
    scale = 0.5 / np.sqrt(np.prod(shape[1:]))
    # From another place for each name: the runtime keeps equal weights once.
    return np.resize(np.roll(block, -zlib.crc32(name.encode())), count) * np.float32(scale)


def modules_of(family: str) -> dict[str, torch.nn.Module]:
    with torch.device("meta"):
        modules = {
            "unet": UNet2DConditionModel.from_config(UNETS[family]),
            "vae": AutoencoderKL.from_config(VAE | {"scaling_factor": SCALING[family]}),
            "text_encoder": CLIPTextModel(CLIPTextConfig(**CLIP)),
        }
        if family == "sdxl":
            modules["text_encoder_2"] = CLIPTextModelWithProjection(CLIPTextConfig(**OPEN_CLIP))
    return modules


def write_json(file: Path, content: dict) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2, default=str) + "\n")


def write_small_files(folder: Path, parts: dict[str, torch.nn.Module]) -> None:
    index = {name: ["transformers" if name.startswith("text") else "diffusers", type(module).__name__] for name, module in parts.items()}
    for name in parts:
        if name.startswith("text_encoder"):
            tokenizer = name.replace("text_encoder", "tokenizer")
            index[tokenizer] = ["transformers", "CLIPTokenizer"]
            (folder / tokenizer).mkdir(parents=True, exist_ok=True)
            for file in ("vocab.json", "merges.txt"):
                shutil.copyfile(TOKENIZER / file, folder / tokenizer / file)
    write_json(folder / "model_index.json", index)
    write_json(folder / "scheduler" / "scheduler_config.json", SCHEDULER)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("family", choices=UNETS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--format", choices=TYPES, default="F32")
    arguments = parser.parse_args()
    block = np.random.default_rng(1).standard_normal(BLOCK, dtype=np.float32)
    parts = modules_of(arguments.family)
    write_small_files(arguments.folder, parts)
    for name, module in parts.items():
        is_text = name.startswith("text_encoder")
        config = module.config.to_dict() if is_text else dict(module.config) | {"_class_name": type(module).__name__}
        write_json(arguments.folder / name / "config.json", config)
        file = arguments.folder / name / ("model.safetensors" if is_text else "diffusion_pytorch_model.safetensors")
        write_weights(file, module, arguments.format, block)
        print(name, f"{sum(p.numel() for p in module.parameters()) / 1e6:.1f} million parameters")


if __name__ == "__main__":
    main()
