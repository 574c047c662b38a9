"""Arithmetic on lists of tensors."""

import torch

from ganzoo.layers import multiply_each


def test_each_tensor_is_multiplied_by_its_own_factor_and_so_is_its_gradient():
    a, b = torch.tensor([1.0, -2.0], requires_grad=True), torch.tensor([[3.0]], dtype=torch.float64, requires_grad=True)
    x, y = multiply_each([a, b], [0.5, -4.0])
    assert x.tolist() == [0.5, -1.0] and y.tolist() == [[-12.0]]
    assert (x.dtype, y.dtype) == (torch.float32, torch.float64)
    of_a, of_b = torch.autograd.grad(x.sum().double() + y.sum(), [a, b])
    assert of_a.tolist() == [0.5, 0.5] and of_b.tolist() == [[-4.0]]
