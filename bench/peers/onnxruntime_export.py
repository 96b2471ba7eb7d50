"""One network of a model, exported by torch.onnx and run by onnxruntime; exports it first where that was not done."""

import os

import onnxruntime
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file

from peer import arguments, measure

INPUTS = {"unet": ["sample", "timestep", "encoder_hidden_states"], "decoder": ["latents"]}


class Decoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latents):
        return self.vae.decode(latents, return_dict=False)[0]


def export(options, file):
    tensors = load_file(options.inputs)
    if options.network == "decoder":
        module = Decoder(AutoencoderKL.from_pretrained(options.model / "vae"))
    else:
        module = UNet2DConditionModel.from_pretrained(options.model / "unet")
    file.parent.mkdir(parents=True, exist_ok=True)
    inputs = INPUTS[options.network]
    with torch.no_grad():
        torch.onnx.export(
            module.eval(), tuple(tensors[name] for name in inputs), file, input_names=inputs, dynamo=True, external_data=True)


def load(file, options):
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(str(file), settings, providers=["CPUExecutionProvider"])
    return lambda tensors: session.run(None, {name: tensors[name].numpy() for name in INPUTS[options.network]})[0]


options = arguments(__doc__)
file = options.export / options.network / "model.onnx"
if not file.exists():
    # In a process of its own, so that its memory does not count as the peer's.
    if os.fork() == 0:
        export(options, file)
        os._exit(0)
    _, status = os.wait()
    if status != 0:
        raise SystemExit("the export failed")
measure(options, lambda: load(file, options))
