"""What a call that fits no signature is told, word for word, and a call of what was never initialised."""

import inspect
import pickle

import pytest

import ricci


@pytest.mark.filterwarnings("ignore:nanobind")
def test_a_tensor_that_was_never_initialised():
    raw = ricci.Tensor.__new__(ricci.Tensor)
    with pytest.raises(ricci.Error, match="never initialised"):
        ricci.ones(2) + raw
    with pytest.raises(BufferError):
        memoryview(raw)
    for wrong in (
        lambda: raw + 1,
        lambda: 1 - raw,
        lambda: raw == 1,
        lambda: raw @ raw,
        lambda: raw.shape,
        lambda: raw.sum(),
        lambda: ricci.einsum("i->", [1.0], optimize=ricci.Plan.__new__(ricci.Plan)),
        lambda: ricci.Plan.__new__(ricci.Plan).flops,
        lambda: ricci.Plan.__new__(ricci.Plan)([1.0]),
        lambda: ricci.Step.__new__(ricci.Step).values,
        lambda: ricci.zeros(1, dtype=ricci.dtype.__new__(ricci.dtype)),
        lambda: ricci.Network.__new__(ricci.Network).operands,
        lambda: ricci.save_network("n.safetensors", ricci.Network.__new__(ricci.Network)),
        lambda: setattr(ricci.nn.Module(), "child", ricci.nn.Module.__new__(ricci.nn.Module)),
        lambda: ricci.nn.Module.__new__(ricci.nn.Module).state_dict(),
        lambda: ricci.nn.Module.__new__(ricci.nn.Module)(1),
    ):
        with pytest.raises(ricci.Error, match="never initialised"):
            wrong()


X = ricci.ones(2, 3)

WRONG_CALLS = [
    (lambda: ricci.softmax(X, dim=-1), "softmax() has no argument 'dim'; did you mean 'axis'?\n  it knows: x, axis"),
    (lambda: X.sum(keepdim=True), "Tensor.sum() has no argument 'keepdim'; did you mean 'keepdims'?"),
    (lambda: ricci.zeros(3, devise="cpu"), "zeros() has no argument 'devise'; did you mean 'device'?"),
    (lambda: ricci.einsum("ij->", X, nonsense=1), "einsum() has no argument 'nonsense'\n  it knows: out, alpha, beta, "),
    (lambda: ricci.Tensor(data=3, dtyp="int8"), "Tensor() has no argument 'dtyp'; did you mean 'dtype'?"),
    (lambda: ricci.exp(input=X), "exp() has no argument 'input'; did you mean 'x'?"),
    (lambda: ricci.Tensor(), "Tensor() needs the argument 'data'\n  it takes (data: TensorLike, dtype: "),
    (lambda: ricci.Tensor(1, 2, 3, 4, 5, 6), "Tensor() takes 4 arguments by place, not 6"),
    (lambda: X.unsqueeze(), "Tensor.unsqueeze() needs the argument 'axis'\n  it takes (axis: int)"),
    (lambda: ricci.softmax(X, 1, 2), "softmax() takes 2 arguments by place, not 3"),
    (lambda: ricci.softmax(X, x=1), "softmax() got 'x' twice"),
    (lambda: ricci.softmax(X, "rows"), "softmax() can't be called with (Tensor, str)\n  it takes (x: TensorLike, axis: "),
    (lambda: X.softmax(axis="rows"), "Tensor.softmax() can't be called with (axis=str)\n  it takes (axis: int = -1)"),
    (lambda: ricci.plan("ij->", X)(X, into=1), "Plan.__call__() has no argument 'into'\n  it knows: out"),
    (lambda: setattr(X, "requires_grad", "yes"), "an attribute of Tensor can't be set to an object of type str\n"),
    (lambda: X * "a", "a Tensor can't be multiplied by a str"),
    (lambda: "a" * X, "a Tensor can't be multiplied by a str"),
    (lambda: X.to("cuda"), "to(): 'cuda' is neither a device of this build (cpu, reference) nor a dtype"),
    (lambda: ricci.nn.Module().to("cuda"), "to(): 'cuda' is neither a device of this build"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG_CALLS, ids=range(len(WRONG_CALLS)))
def test_a_wrong_call_says_what_the_function_takes(wrong, message):
    with pytest.raises(TypeError) as caught:
        wrong()
    assert str(caught.value).startswith(message)


CLASSES = [
    value
    for module in (ricci, ricci.nn, ricci.optim)
    for value in vars(module).values()
    if inspect.isclass(value) and type(value.__init__) is type(ricci.Tensor.__init__)
]


@pytest.mark.parametrize("called", CLASSES, ids=lambda called: called.__name__)
def test_a_class_says_what_it_takes(called):
    with pytest.raises(TypeError, match=rf"^{called.__name__}\(\) has no argument 'nonsense'"):
        called(nonsense=1)


def test_functions_and_methods_are_pickled_by_name():
    for f in (ricci.softmax, ricci.Tensor.sum, ricci.Plan.from_json, ricci.nn.functional.gelu):
        assert pickle.loads(pickle.dumps(f)) is f
    assert pickle.loads(pickle.dumps(X.sum))().item() == 6


def test_a_keyword_that_is_no_text_is_refused_too():
    with pytest.raises(TypeError, match="softmax"):
        ricci.softmax(X, **{"\ud800": 1})


def test_a_callback_may_raise_what_a_wrong_call_raises():
    def f(x):
        raise TypeError("mine")

    with pytest.raises(TypeError, match="^mine$"):
        ricci.vjp(f, X)
