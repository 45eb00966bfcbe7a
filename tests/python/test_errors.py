"""What wrong calls are told, word for word, and which built-in exceptions they are."""

import builtins

import numpy as np
import pytest

import ricci


def call(equation, *shapes, **options):
    return lambda: ricci.einsum(equation, *[np.zeros(s) for s in shapes], **options)


MISTAKES = {
    "two arrows": (
        call("ij->ji->ij", (2, 3)),
        """the equation has 2 arrows
    ij->ji->ij
      ^^  ^^
  write one '->', between the operands' terms and the output""",
        (None, None, 6),
    ),
    "a digit": (
        call("i1,j->ij", (2, 3), (3,)),
        """'1' is not a letter
    i1,j->ij
     ^
  a label is one letter, or a name in braces, as {x1}""",
        (None, None, 1),
    ),
    "two ellipses": (
        call("...i...->i", (2, 3, 4)),
        """the term '...i...' has 2 ellipses
    ...i...->i
    ^^^ ^^^
  write '...' once in a term, and give the other axes labels""",
        (0, None, 4),
    ),
    "ellipses that do not broadcast": (
        call("...i,...i->i", (2, 3), (4, 3)),
        """the axes under '...' do not broadcast: 2 in operand 1 but 4 in operand 2
    ...i,...i->i
    ^^^  ^^^
  operand 1: shape (2, 3), '...' = (2,)   (first bound here)
  operand 2: shape (4, 3), '...' = (4,)
  ellipses align at their last axes, which must be equal, or 1""",
        (1, "...", 5),
    ),
    "unknown output label": (
        call("ij->ik", (2, 3)),
        """label 'k' is in the output but in no operand
    ij->ik
         ^
  operand 1: shape (2, 3)
  give its extent to broadcast along it, as sizes={'k': 5}, or drop it""",
        (None, "k", 5),
    ),
    "size mismatch": (
        call("ij,jk->ik", (2, 3), (4, 5)),
        """label 'j' is 3 in operand 1 but 4 in operand 2
    ij,jk->ik
     ^ ^
  operand 1: shape (2, 3), j = 3   (first bound here)
  operand 2: shape (4, 5), j = 4
  to multiply along equal axes only, check the shapes; size 1 would broadcast""",
        (1, "j", 3),
    ),
    "too few operands": (
        call("ij,jk,kl->il", (2, 3), (3, 4)),
        """the equation has 3 terms but 2 operands were given
    ij,jk,kl->il
          ^^
  operand 1: shape (2, 3)
  operand 2: shape (3, 4)
  give one operand for each term; a scalar's term is empty""",
        (2, None, 6),
    ),
    "too many operands": (
        call("ij->ji", (2, 3), (3, 4)),
        """the equation has 1 term but 2 operands were given
    ij->ji
      ^
  operand 1: shape (2, 3)
  operand 2: shape (3, 4)
  write one term for each operand, parted by ','; a scalar's term is empty""",
        (1, None, 2),
    ),
    "too few labels": (
        call("ij,jk->ik", (2, 3), (3, 4, 5)),
        """operand 2 has 3 axes but its term 'jk' has 2 labels
    ij,jk->ik
       ^^
  operand 2: shape (3, 4, 5)
  write one label for each axis, or '...' for the axes without names""",
        (1, None, 3),
    ),
    "too many labels": (
        call("...ij,jk->ik", (2,), (3, 4)),
        """operand 1 has 1 axis but its term '...ij' has 2 labels beside the '...'
    ...ij,jk->ik
    ^^^^^
  operand 1: shape (2,)
  drop labels, or give the operand more axes; extent 1 broadcasts""",
        (0, None, 0),
    ),
    "unequal diagonal": (
        call("k,iji->j", (5,), (2, 4, 3)),
        """label 'i' is 2 and 3 in operand 2
    k,iji->j
      ^ ^
  operand 2: shape (2, 4, 3), i = 2 and 3
  a diagonal needs equal axes: check the shape, or use two labels""",
        (1, "i", 2),
    ),
    "half an arrow": (
        call("ij-ji", (2, 3)),
        """'-' without '>'
    ij-ji
      ^
  write '->' between the operands' terms and the output""",
        (None, None, 2),
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name):
    wrong, text, site = MISTAKES[name]
    with pytest.raises(ricci.EinsumError) as caught:
        wrong()
    assert str(caught.value) == text
    assert (caught.value.operand, caught.value.label, caught.value.position) == site
    assert isinstance(caught.value, ValueError)


CLASSES = {
    "EinsumError": ValueError,
    "ShapeError": ValueError,
    "IndexError": builtins.IndexError,
    "DTypeError": TypeError,
    "GradError": RuntimeError,
    "DataError": ValueError,
    "DeviceError": RuntimeError,
    "MemoryError": builtins.MemoryError,
    "BudgetError": builtins.MemoryError,
}


@pytest.mark.parametrize("name", CLASSES)
def test_classes(name):
    error = getattr(ricci, name)
    assert issubclass(error, ricci.Error)
    assert issubclass(error, CLASSES[name])
    assert error.__module__ == "ricci"
    assert (error().operand, error().label, error().position) == (None, None, None)


RAISED = [
    (ricci.IndexError, lambda: ricci.ones(3)[5]),
    (ricci.IndexError, lambda: ricci.ones(3)[0, 0]),
    (ricci.ShapeError, lambda: ricci.ones(2, 3) + ricci.ones(4)),
    (ricci.ShapeError, lambda: ricci.ones(2).sum(axis=3)),
    (ricci.ShapeError, lambda: ricci.tensor([[1], [1, 2]])),
    (ricci.ShapeError, lambda: ricci.tensor([1, [2]])),
    (ricci.ShapeError, lambda: ricci.ones(2, 3).reshape(4)),
    (ricci.ShapeError, lambda: ricci.ones(-1)),
    (ricci.ShapeError, lambda: ricci.empty(2**40, 2**40)),
    (ricci.ShapeError, lambda: ricci.ones(0).max()),
    (ricci.ShapeError, lambda: bool(ricci.ones(2))),
    (ricci.ShapeError, lambda: ricci.ones(2).item()),
    (ricci.DTypeError, lambda: ricci.tensor("abc")),
    (ricci.DTypeError, lambda: ricci.tensor(None)),
    (ricci.DTypeError, lambda: ricci.tensor([1, "a"])),
    (ricci.DTypeError, lambda: ricci.tensor({"a": 1})),
    (ricci.DTypeError, lambda: ricci.maximum(ricci.tensor(1j), 0)),
    (ricci.DTypeError, lambda: ricci.zeros(2.5)),
    (ricci.DTypeError, lambda: ricci.rand(2, dtype="int64")),
    (ricci.DTypeError, lambda: ricci.einsum("i->", np.ones(2), out=[1.0])),
    (ricci.DTypeError, lambda: ricci.ones(2).to(None)),
    (ricci.GradError, lambda: ricci.tensor([1, 2], requires_grad=True)),
    (ricci.GradError, lambda: ricci.ones(2).backward()),
    (ricci.GradError, lambda: ricci.grad(ricci.ones(2, requires_grad=True) * 2, [np.ones(2)])),
    (ricci.GradError, lambda: ricci.vjp(lambda x: 3, ricci.ones(2))),
    (ricci.DeviceError, lambda: ricci.ones(2, device="abacus")),
    (ricci.DataError, lambda: ricci.load("nowhere.npy")),
    (ricci.DataError, lambda: ricci.save("x.docx", ricci.ones(2))),
    (ricci.EinsumError, lambda: ricci.einsum()),
    (ricci.EinsumError, lambda: ricci.einsum(np.ones(2))),
    (ricci.EinsumError, lambda: ricci.einsum(np.ones(2), np.ones(2))),
    (ricci.EinsumError, lambda: ricci.einsum("i->")),
    (ricci.EinsumError, lambda: ricci.einsum("i->", np.ones(2), semiring="tropical")),
    (ricci.EinsumError, lambda: ricci.einsum("i->", np.ones(2), optimize=3)),
    (ricci.EinsumError, lambda: ricci.einsum("i->", np.ones(2), sizes=[2])),
    (ricci.EinsumError, lambda: ricci.einsum("i->", np.ones(2), beta=1.0)),
    (ricci.EinsumError, lambda: ricci.einsum("\ud800->", np.ones(2))),
    (ricci.EinsumError, lambda: ricci.einsum("i->", np.ones(2), optimize="best")),
    (ricci.EinsumError, lambda: ricci.einsum("ij,jk", np.ones((1, 1)), np.ones((1, 1)), optimize=[(0, 5)])),
    (ricci.EinsumError, lambda: ricci.path(["ab"], "a", {"a": 2})),
    (ricci.Error, lambda: ricci.set_num_threads(0)),
    (ricci.MemoryError, lambda: ricci.empty(2**50)),
    (TypeError, lambda: ricci.einsum("i->", np.ones(2), nonsense=1)),
    (TypeError, lambda: ricci.ones(2) + "a"),
    (TypeError, lambda: ricci.ones(2) < None),
    (TypeError, lambda: len(ricci.ones())),
    (TypeError, lambda: iter(ricci.ones())),
    (TypeError, lambda: [1, 2][ricci.tensor(1.0)]),
    (ricci.Error, lambda: ricci.einsum("i->", ricci.Tensor.__new__(ricci.Tensor))),
]


@pytest.mark.parametrize("k", range(len(RAISED)))
def test_raised(k):
    error, wrong = RAISED[k]
    with pytest.raises(error):
        wrong()


def test_an_unknown_method_names_the_known_ones():
    with pytest.raises(ricci.EinsumError, match=r"(?s)best.*auto.*greedy.*optimal"):
        ricci.einsum("ij,jk", np.ones((2, 3)), np.ones((3, 4)), optimize="best")


def test_a_mask_is_told_what_to_do():
    x = ricci.arange(3.0)
    for mask in (x > 1, np.array([True, False, True]), [True, False, True], True):
        with pytest.raises(ricci.IndexError, match="bool"):
            x[mask]


def test_errors_in_callbacks_come_through():
    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        ricci.vjp(f, ricci.ones(2))
    with pytest.raises(KeyError, match="mine"):
        ricci.jvp(f, [ricci.ones(2)], [ricci.ones(2)])
    assert ricci.recording()


def test_a_list_that_holds_itself():
    knot = []
    knot.append(knot)
    with pytest.raises(ricci.ShapeError, match="deep"):
        ricci.tensor(knot)


@pytest.mark.filterwarnings("ignore:nanobind")
def test_a_tensor_that_was_never_initialised():
    raw = ricci.Tensor.__new__(ricci.Tensor)
    with pytest.raises(TypeError):
        raw + 1
    with pytest.raises(TypeError):
        raw.shape  # noqa: B018
    with pytest.raises(ricci.Error, match="never initialised"):
        ricci.ones(2) + raw
    with pytest.raises(BufferError):
        memoryview(raw)
    for wrong in (
        lambda: ricci.einsum("i->", [1.0], optimize=ricci.Plan.__new__(ricci.Plan)),
        lambda: ricci.zeros(1, dtype=ricci.dtype.__new__(ricci.dtype)),
        lambda: setattr(ricci.nn.Module(), "child", ricci.nn.Module.__new__(ricci.nn.Module)),
    ):
        with pytest.raises((RuntimeError, ricci.Error)):
            wrong()
