/**
 * Names what a picture of the storybook world shows. A small convolutional network, trained on drawings by training/classifier.py; its
 * weights and widths lie in classifier/.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { toImageTensor } from "../../dist/diffusion/image-tensor.js";
import { convolution, dim, linear, reshape } from "../../dist/models/layers.js";
import { GraphBuilder, weightsFolder } from "../../dist/models/onnx-graph.js";
import { openSession } from "../../dist/models/session.js";
import { openWeights } from "../../dist/models/weights.js";
import { toFloatImage } from "../../dist/tensor/image.js";

const FOLDER = fileURLToPath(new URL("classifier/", import.meta.url));

/**
 * @returns `size`, the side of the pictures it takes; `judge(byteImage)`, which promises `{ subject: { name, share }, setting, light, color }`
 *   with the likeliest class of each and its share of the probability; and `release()`
 */
export async function openClassifier({ threads = 0 } = {}) {
  const { side, reduction, widths, classes } = JSON.parse(await readFile(`${FOLDER}config.json`, "utf8"));
  const weights = await openWeights(FOLDER, "model");
  const size = reduction * side;
  const graph = build(weights, { side, reduction, widths }, Object.values(classes).flat().length);
  const session = await openSession("classifier", graph, weightsFolder(weights.path), {
    provider: "cpu",
    threads,
  });
  return {
    size,
    async judge(image) {
      if (image.width !== size || image.height !== size) {
        throw new RangeError(`expected a picture of ${size}x${size}, found ${image.width}x${image.height}`);
      }
      const { scores } = await session.run({ picture: toImageTensor(toFloatImage(image)) });
      return likeliest(scores.data, classes);
    },
    release: () => session.release(),
  };
}

/** The network of training/classifier.py: means of squares of pixels, convolutions of which all but the last halve the picture, mean, linear. */
function build(weights, { side, reduction, widths }, classCount) {
  const graph = new GraphBuilder("classifier");
  const network = { graph, weights };
  const picture = graph.input("picture", [1, 3, side * reduction, side * reduction]);
  let x = graph.node("AveragePool", [picture], [1, 3, side, side], {
    name: "reduced",
    attributes: { kernel_shape: { ints: [reduction, reduction] }, strides: { ints: [reduction, reduction] } },
  });
  for (const [index, outChannels] of widths.entries()) {
    const stride = index < widths.length - 1 ? 2 : 1;
    x = convolution(network, `convolutions.${index}`, x, { outChannels, kernel: 3, stride });
    x = graph.node("Relu", [x], x.dims, { name: `activations.${index}` });
  }
  const mean = graph.node("GlobalAveragePool", [x], [1, dim(x, 1), 1, 1], { name: "mean" });
  const facts = linear(network, "facts", reshape(network, "row", mean, [1, dim(x, 1)]), classCount);
  graph.output(graph.node("Identity", [facts], facts.dims, { name: "scores" }));
  return graph.toBytes();
}

function likeliest(scores, classes) {
  let first = 0;
  const verdicts = Object.entries(classes).map(([fact, names]) => {
    const own = scores.subarray(first, (first += names.length));
    const best = own.indexOf(Math.max(...own));
    const sum = own.reduce((total, score) => total + Math.exp(score - own[best]), 0);
    return [fact === "colour" ? "color" : fact, { name: names[best], share: 1 / sum }];
  });
  return Object.fromEntries(verdicts);
}
