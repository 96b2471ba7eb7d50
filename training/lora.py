"""Low-rank branches beside the layers of a network, and the file they are kept in.

A branch adds `weight * alpha / rank * up(down(x))` to what a layer gives (Hu et
al. 2021); for a convolution `down` has its kernel, stride and padding, and `up`
is 1×1 (LoCon). The network's own weights stay as they are.
"""

import json
from collections import Counter

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import parametrize

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out")
CONVOLUTIONS = ("conv_in", "conv1", "conv2", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv", "conv_out")
TEXT = ("q_proj", "k_proj", "v_proj", "out_proj", "mlp.fc1", "mlp.fc2")
MOST_TAGS = 60  # words that the file counts


class Branch(nn.Module):
    """The branch of one layer; starts without effect. Trained as a change of the layer's weight, which is the same and costs less."""

    def __init__(self, layer, rank, scale):
        super().__init__()
        self.scale, self.weight = scale, 1.0
        outputs, inputs, *kernel = layer.weight.shape
        self.down = nn.Parameter(torch.empty(rank, inputs, *kernel))
        self.up = nn.Parameter(torch.zeros(outputs, rank, *(1 for _ in kernel)))
        nn.init.kaiming_uniform_(self.down, a=5**0.5)
        parametrize.register_parametrization(layer, "weight", self, unsafe=True)
        layer.parametrizations.weight.original.requires_grad_(False)

    def forward(self, weight):
        change = self.up.flatten(1) @ self.down.flatten(1)
        return weight + self.weight * self.scale * change.view_as(weight)


class Lora:
    """The branches of a model: `unet` and, if the text encoder learns too, `text`, by the layers' paths."""

    def __init__(self, unet, text, rank, alpha, convolutions, with_text):
        self.rank, self.alpha = rank, alpha
        self.unet = self.attach(unet, ATTENTION + (CONVOLUTIONS if convolutions else ()))
        self.text = self.attach(text, TEXT) if with_text else {}

    def attach(self, network, endings):
        layers = {path: layer for path, layer in network.named_modules()
                  if isinstance(layer, (nn.Linear, nn.Conv2d)) and path.endswith(tuple("." + end for end in endings) + endings)}
        return {path: Branch(layer, min(self.rank, *layer.weight.shape[:2]), self.alpha / self.rank) for path, layer in layers.items()}

    def branches(self):
        return [*self.unet.values(), *self.text.values()]

    def parameters(self):
        return [parameter for branch in self.branches() for parameter in (branch.down, branch.up)]

    def set_weight(self, weight):
        for branch in self.branches():
            branch.weight = weight

    def tensors(self, names):
        """The tensors of the file, half precision, in kohya's names or in those of diffusers (PEFT)."""
        tensors = {}
        for part, branches in (("unet", self.unet), ("text", self.text)):
            for path, branch in branches.items():
                down, up = (matrix.detach().half().contiguous() for matrix in (branch.down, branch.up))
                rank = len(down)
                alpha = branch.scale * rank
                if names == "kohya":
                    prefix = {"unet": "lora_unet_", "text": "lora_te_"}[part] + text_model(part, path).replace(".", "_")
                    tensors |= {f"{prefix}.lora_down.weight": down, f"{prefix}.lora_up.weight": up,
                                f"{prefix}.alpha": torch.tensor(alpha, dtype=torch.float16)}
                else:  # these names have no alpha: it goes into a matrix
                    prefix = {"unet": "unet.", "text": "text_encoder."}[part] + text_model(part, path)
                    tensors |= {f"{prefix}.lora_A.weight": down, f"{prefix}.lora_B.weight": (up.float() * branch.scale).half()}
        return tensors

    def save(self, path, names, title, captions):
        metadata = {
            "format": "pt",
            "ss_network_module": "networks.lora",
            "ss_network_dim": str(self.rank),
            "ss_network_alpha": str(self.alpha),
            "ss_base_model_version": "storybook",
            "ss_output_name": path.stem,
            "ss_tag_frequency": json.dumps({path.stem: dict(count_words(captions))}),
            "modelspec.sai_model_spec": "1.0.0",
            "modelspec.architecture": "storybook/lora",
            "modelspec.title": title,
        }
        save_file(self.tensors(names), path, metadata)


def text_model(part, path):
    """Newer releases of transformers leave out the outer module's name, which files have."""
    return path if part == "unet" or path.startswith("text_model.") else "text_model." + path


def count_words(captions):
    return Counter(word.strip(",.") for text in captions for word in text.split()).most_common(MOST_TAGS)


def save_word(path, word, vectors, title):
    """A textual inversion as diffusers keeps it: one row per token that the word stands for."""
    save_file({word: vectors.detach().half().contiguous()}, path, {"format": "pt", "modelspec.title": title})
