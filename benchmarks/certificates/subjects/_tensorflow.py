"""Networks written for TensorFlow 1, in double precision and with our weights, run by TensorFlow 2.

``tf.contrib`` and ``tf.layers``, which TensorFlow 2 no longer has, are replaced where these networks call them.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor, nn

from ..formula import spread
from ..networks import PREFIX, Reshaped, named_values, need_each_once

RAN = (
    "with TensorFlow 2.21 and its interface of version 1, on a CPU in float64; tf.contrib's batch normalisation and "
    "tf.layers' pooling, which TensorFlow 2 does not have, and operations with channels first, which a CPU does not "
    "have, are there by their formulas"
)


@contextmanager
def tensorflow_1() -> Iterator[Any]:
    """Give TensorFlow 1's interface, also to modules that are imported within; variables are float64."""
    import tensorflow

    tf = tensorflow.compat.v1
    shim = type(sys)("tensorflow")
    vars(shim).update(vars(tf))
    layers = type(sys)("layers")
    layers.xavier_initializer = tf.glorot_uniform_initializer
    layers.batch_norm = lambda x, **how: _batch_norm(tf, x, **how)
    shim.contrib = type(sys)("contrib")
    shim.contrib.layers = layers
    shim.layers = type(sys)("layers")
    shim.Variable = lambda value, **how: tf.Variable(np.asarray(value, np.float64), **how)
    shim.layers.max_pooling2d = lambda inputs, pool_size, strides: tf.nn.max_pool2d(inputs, pool_size, strides, "VALID")
    shim.nn = _channels_first(tf)
    scope = tf.variable_scope("", custom_getter=_double)
    with patch.dict(sys.modules, tensorflow=shim), tf.Graph().as_default(), scope:
        yield shim


def _channels_first(tf: Any) -> Any:
    """Give operations on images, of which a CPU has those with channels last only."""
    nn = type(sys)("nn")
    vars(nn).update(vars(tf.nn))

    def conv2d(input: Any, filter: Any, strides: list[int], padding: str, data_format: str = "NHWC") -> Any:
        if data_format == "NHWC":
            return tf.nn.conv2d(input, filter, strides, padding)
        last = tf.nn.conv2d(tf.transpose(input, [0, 2, 3, 1]), filter, [1, *strides[2:], 1], padding)
        return tf.transpose(last, [0, 3, 1, 2])

    def fused_batch_norm(x: Any, scale: Any, offset: Any, epsilon: float, data_format: str) -> tuple[Any, Any, Any]:
        mean, variance = tf.nn.moments(x, [0, 2, 3], keep_dims=True)
        gains, shifts = (it[None, :, None, None] for it in (scale, offset))
        return tf.nn.batch_normalization(x, mean, variance, shifts, gains, epsilon), mean, variance

    nn.conv2d, nn.fused_batch_norm = conv2d, fused_batch_norm
    return nn


def _double(getter: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return getter(*args, **kwargs | {"dtype": "float64"})


def _batch_norm(tf: Any, x: Any, *, epsilon: float, scope: str, scale: bool, is_training: bool, decay: float) -> Any:
    """Normalise by the statistics of the batch, the channels being last."""
    assert scale and is_training
    with tf.variable_scope(scope):
        mean, variance = tf.nn.moments(x, [0, 1, 2])
        gamma = tf.get_variable("gamma", [x.shape[-1]], initializer=tf.ones_initializer())
        beta = tf.get_variable("beta", [x.shape[-1]], initializer=tf.zeros_initializer())
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, epsilon)


def values(
    tf: Any,
    case: str,
    ours: nn.Module,
    output: Any,
    inputs: Mapping[str, Any],
    names: Callable[[str], str | None],
    to_theirs: Reshaped,
    to_ours: Reshaped,
) -> dict[str, Tensor | int]:
    """Give what ``network_values`` gives of ours: output, gradients, number of parameters.

    Args:
        tf: TensorFlow 1's interface.
        case: name of the network, with its setting; ends each name of a quantity.
        ours: with its weights; a normalised one's are those before normalisation.
        output: that their network makes of the inputs.
        inputs: constants that the output depends on, by name.
        names: our name of each variable of theirs, or none if batch normalisation undoes what it adds.
        to_theirs: ``(our name, parameter) -> theirs``.
        to_ours: ``(our name or an input's, gradient) -> in our layout``.
    """
    mine = dict(ours.named_parameters())
    called = [(names(it.name.removesuffix(":0")), it) for it in tf.trainable_variables()]
    variables = {_known(name, mine): it for name, it in called if name is not None}
    need_each_once(list(variables), list(mine))
    given = [*inputs.values(), *variables.values()]
    direction = spread("direction", to_ours("output", torch.zeros(output.shape.as_list())).shape)
    gradients = tf.gradients(tf.reduce_sum(output * to_theirs("output", direction).numpy()), given)
    gradients = [tf.convert_to_tensor(it) for it in gradients]  # a table's is sparse
    assigned = [it.assign(to_theirs(name, mine[name].detach()).numpy()) for name, it in variables.items()]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(assigned)
        session.run([_converged(tf, session, it) for it in tf.global_variables() if it.name.endswith("/u:0")])
        value, found = session.run([output, gradients])
    numbers = sum(int(np.prod(it.shape.as_list())) for it in variables.values())
    turned = [to_ours(name, torch.as_tensor(it)) for name, it in zip([*inputs, *variables], found, strict=True)]
    result = named_values(
        case, numbers, to_ours("output", torch.from_numpy(value)), dict(zip(inputs, turned, strict=False))
    )
    of_variables = zip(variables, turned[len(inputs) :], strict=True)
    return result | {f"{PREFIX}{name}, {case}": gradient for name, gradient in of_variables}


def _known(name: str, mine: Mapping[str, Any]) -> str:
    return name if name in mine else name.replace("weight", "parametrizations.weight.original")


def _converged(tf: Any, session: Any, vector: Any) -> Any:
    """Set the singular vector of a layer to that of its weight."""
    scope = vector.name.removesuffix("u:0")
    (weight,) = (it for it in tf.trainable_variables() if it.name in (f"{scope}{k}:0" for k in _WEIGHTS))
    matrix = session.run(weight)
    matrix = matrix.T if "embedding" in weight.name else matrix.reshape(-1, matrix.shape[-1])
    return vector.assign(np.linalg.svd(matrix, full_matrices=False)[2][:1])


_WEIGHTS = ("w", "Matrix", "embedding_map")
