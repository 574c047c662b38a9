"""Remedies: what to write where a check failed, by the words of its finding."""

from __future__ import annotations

import re

_IN_PLACE = "change it in place, as in `self.mean.copy_(value)` or `self.mean.lerp_(value, 0.01)`"
_BUFFER = f'write `self.register_buffer("mean", torch.zeros(()))` in `__init__`, and {_IN_PLACE}'
_TENSOR = "keep it a tensor: `torch.where(a > b, x, y)` in place of a branch, and no `.item()`, `float()` or `print`"
_RNG = "write `torch.randn(n, self.z_dim, generator=rng)`"
_FIXED = "draw by a generator of its own: `torch.Generator().manual_seed(0)`"
_FINITE = "keep divisors, roots and logarithms away from 0, as in `value.clamp(min=1e-8)`"

# Words of a finding, and the remedy; the first that fits is taken. A finding with `must` that names what is wanted
# is its own remedy, and stands here only where the code is not plain from it.
REMEDIES: tuple[tuple[str, str], ...] = (
    (r"was rebound", "write `self.{buffer}.copy_(value)`, or `self.{buffer}.lerp_(value, 0.01)` of a mean"),
    (r"must live in buffers", _BUFFER),
    (r"differ from the same steps played eagerly", f"keep no tensor of one turn for another; of a state, {_BUFFER}"),
    (r"picks by a mask|assigns tensors by a mask", "multiply by the mask: `(value * mask).sum() / mask.sum()`"),
    (r"has a shape that depends on values", "keep shapes fixed: `topk(k)` in place of a selection by value"),
    (r"copies a tensor to the host", "compute with torch alone: no `numpy()`, `tolist()` or `cpu()` in a turn"),
    (r"never wait for the device.*(from the host|torch\.tensor)", "make the tensor once, as a buffer in `__init__`"),
    (r"never wait for the device", _TENSOR),
    (r"latents for (the same|another) rng", _RNG),
    (r"sample_z", _RNG),
    (
        r"no gradient reaches the sample|gradient of the sample is zero",
        "compute on `x` itself: no `detach()`, `round()`",
    ),
    (r"no gradient reaches", "use it in `forward`, freeze it by `requires_grad_(False)`, or leave it out"),
    (r"must lie in \[-1, 1\]", "end with `nn.Tanh()`"),
    (r"said as much in either", "write `.squeeze(1)` before what is `(B, 1)` meets what is `(B,)`"),
    (r"play (gives no|makes)", "return samples `(B, ...)`, of as many rows as `row` has"),
    (r"play writes to the field", 'copy before you change it: `row["x"].clone()`'),
    (r"condition gives other", "let `condition` give what `play` gives second"),
    (r"rest gives other", "let `rest` give what `target` gives, of one shape and dtype"),
    (r"its deal", "write it as a function of the position, as `Shuffled` is"),
    (r"not in its offered", "name it there"),
    (
        r"picture draws samples only|a picture shows|bytes of a PNG",
        "return bytes of a PNG, or None in either case",
    ),
    (r"arrays (names|gives)", "give arrays by name, with a row for each sample"),
    (r"as_images gives", "give `(N, C, H, W)` uint8, or None"),
    (r"write (takes|does not|leaves)|its ending", "write the `endings`, such as `.csv`, and return False for others"),
    (r"side by side", "write `torch.cat([head.flatten(1) for head in heads], dim=1)`"),
    (r"in which there is no number", "let every image have a verdict: small ones may leave no patch"),
    (r"does not begin with the batch", "give one row for each sample"),
    (r"torch\.float64|torch\.float16|torch\.bfloat16", "end with `.float()`"),
    (r"not finite", _FINITE),
    (r"gives a tensor of shape .* without dimensions", "end with `.mean()`"),
    (r"must give a tensor without dimensions", "give the tensor itself: no `.item()`, no `float()`"),
    (r"gives torch\.\w+, and must give floating point", "end with `.float()`"),
    (r"does not give samples of the shape and dtype", "give a tensor like `x`: pad, and keep the dtype"),
    (r"gives a turn of the other player|must give a turn", "end with `return turn`, or with `turn.replace(...)`"),
    (r"which its outputs declare", "give it in `forward`, or take it out of `outputs`"),
    (r"which its outputs do not declare", "add it to `outputs`"),
    (r"(outputs|reads) is .* frozenset", 'write `frozenset({"logits"})`'),
    (r"gives a \w+, and must give a dict of tensors", 'write `return {"logits": logits}`'),
    (r"the shape is .* and must be", "make the last layer give `channels` maps of `image_size`; see `halvings`"),
    (r"loaded its state_dict gives other values", f"keep all that it needs in parameters and buffers: {_BUFFER}"),
    (r"two calls in evaluation mode differ", "draw nothing where `self.training` is false"),
    (r"steps from the same seed differ", "draw with torch (`torch.randn`), and read no clock, `random` or numpy"),
    (r"steps leave the .* as it was", 'let the loss depend on `turn.on_fake["logits"]`, and detach nothing of it'),
    (r"turn moves the", "leave the other player's weights alone: in `after_step`, look at `turn.player`"),
    (r"fakes must be detached", "take `turn.fake` as it is, and the scores of `turn.on_fake`"),
    (r"what was saved cannot be read", f"let the state be tensors: {_BUFFER}"),
    (r"favour no side|mirror_symmetric", "leave `mirror_symmetric` out, or pad and stride alike on both sides"),
    (r"no registered discriminator gives all", "name what a discriminator's `outputs` has (`ganzoo show`), or add one"),
    (r"refuses all data", "raise RecipeError for data that do not fit, and take some of these"),
    (r"needs the parameter", "give it a default, or register a recipe that gives it"),
    (r"is not a subclass of ganzoo\.interfaces", "derive the class from it"),
    (r"abstract class", "write the methods that it names"),
    (
        r"Expected all tensors to be on the same device",
        "make it where the samples are, as in `torch.rand(n, device=x.device)`, or as a buffer in `__init__`",
    ),
    (
        r"differentiates a network's output",
        "write `second_order = True`, and the engine plays such turns in float32, and does not compile them",
    ),
    (r"'Turn' object has no attribute", 'take scores as `turn.on_real["logits"]` and `turn.on_fake["logits"]`'),
    (
        r"cannot import \S+: ModuleNotFoundError",
        "make the module that it names importable: install it, or correct the name, in the target or in an import",
    ),
    (
        r"cannot import|(module|type object) '\S+' has no attribute",
        'let the target be `module:Class`, as in `f"{__name__}.loss:MyLoss"`',
    ),
    (r"two readings differ", "draw by `np.random.default_rng(0)`"),
    (r"there are no images", "let `read` give one at least"),
    (r"there are classes and no labels", "give `labels`, or leave `classes` out"),
    (r"the labels go from", "let labels be indices into `classes`, from 0"),
    (r"held-out images have another", "let `read` and `read_held_out` decode alike"),
    (r"held-out images are trained on", "leave them out of what `read` gives"),
    (r"files have the same name", "give each file a name of its own"),
    (r"can be downloaded but not checked", "`sha256sum FILE` gives it"),
    (r"which its extractor .* does not give", "take the metric out of `metrics`, or name another extractor"),
    (r"and its extractor .* sees", "name an extractor of such data, or set `metrics = ()`"),
    (r"no \w+ named", "write a name that `ganzoo list KIND` shows, as `ganzoo list losses` does"),
    (
        r"names no file to fetch",
        "put it into the package's data, set `weights = File(...)`, or leave `weights_path` out",
    ),
    (r"weights_path does not give the path", "begin with `return given or ...`"),
    (r"changes the images that it is given", "work on a copy: `images.float()`"),
    (r"depend on the images' shape", "resize first, as by `torch.nn.functional.interpolate`"),
    (r"carries gradients", "compute under `torch.no_grad()`"),
    (r"see the same images differently", "draw nothing in `forward`, and take all values from the weights"),
    (r"it refuses, and must see any", "resize images, and repeat grey ones: `images.expand(-1, 3, -1, -1)`"),
    (r"it gives .* and must give .* since its modes", "give these keys, or correct `modes` and `classifies`"),
    (r"(number|summary|picture) the second time", _FIXED),
    (r"summarise does not give a dict|summary is no dict", 'write `return {"mean": features.mean(0)}`'),
    (r"compare gives a", "end with `float(...)`"),
    (r"is said to be better", 'set `better` to the other of "lower" and "higher"'),
    (r"was saved and loaded", "keep tensors alone, in the dtype that `compare` needs"),
    (r"gathered (in|out of) order|for the same images gathered", "sum in float64, and use `places`, not the order"),
    (r"random halves", "leave `spread` out, and it is estimated"),
    (r"picture gives", "give the bytes of a PNG, or None"),
    (r"is not a name inside a folder", "leave folders out of `File.name`"),
    (r"in log\.txt of its first folder", 'start it with `stderr=(task.folders[0] / "log.txt").open("ab")`'),
    (r"when the generator is closed", "put `process.terminate()` and `wait()` into a `finally`, then copy its folder"),
    (r"nothing ends within", "yield `Ended(number, code)` when the process of a task has ended"),
    (r"a process exited with", "yield `Ended(number, process.returncode)`"),
    (r"a process told", "yield `TaskEvent(number, json.loads(line))` for each line of its standard output"),
    (r"left a file in its folder", "copy the folder back before `Ended` is yielded"),
    (r"that told something has ended", "yield what it told before `Ended`"),
    (r"resources gives a", "give None, or `Resources(...)`"),
    (r"names a file of weights", "derive it from `PublishedExtractor`, or leave `weights` out"),
    (r"in the run's folder, which is the run's own", "write to a file of its own name there"),
    (r"it registers nothing", "call `register` in a hook"),
    (r"it changes .*, which all parts share", "put it back before the method ends, as by `try` and `finally`"),
    (r"its import changes", "set it in the part's methods, and put it back: every process of a user feels it"),
    (r"plays eagerly", "remove what it names, or accept slower steps"),
    (r"breaks CUDA's rules|steps are never replayed", f"use tensors that stay where they are; {_TENSOR}"),
)


def with_remedy(detail: str) -> str:
    """Return a finding's detail with what to do at its end, where that is known and not said yet."""
    for said, remedy in REMEDIES:
        if re.search(said, detail):
            buffer = re.search(r"buffer '(?:\w+\.)*(\w+)' of", detail)
            remedy = remedy.replace("{buffer}", buffer[1] if buffer else "mean")
            return detail if remedy in detail else f"{detail}; {remedy}"
    return detail
