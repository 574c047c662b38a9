import torch

from ganzoo.layers import input_gradient


def test_each_sample_has_the_gradient_of_its_own_output():
    """Of f(x) = sum of x^3 the gradient is 3 x^2, and the gradient of its sum 6 x."""
    x = torch.tensor([[1.0, 2.0], [-3.0, 0.5]], dtype=torch.float64, requires_grad=True)
    found = input_gradient(x.pow(3).sum(dim=1), x)
    torch.testing.assert_close(found, 3 * x.detach() ** 2, rtol=1e-12, atol=0)
    (again,) = torch.autograd.grad(found.sum(), x)
    torch.testing.assert_close(again, 6 * x.detach(), rtol=1e-12, atol=0)
