"""What wrong equations and arguments are told, and which built-in exceptions that is."""

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
    "a sign": (
        call("i#,j->ij", (2, 3), (3,)),
        """'#' is not a letter
    i#,j->ij
     ^
  a label is one letter or digit, or a name in braces, as {x1}""",
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
    x, mask = ricci.ones(3, 3), np.array([True, False, True])
    for key in (True, (mask, 0), (mask, mask), (..., mask), (mask, [0, 1])):
        with pytest.raises(ricci.IndexError, match="bool"):
            x[key]
    with pytest.raises(ricci.IndexError, match="where"):
        x[mask] = 0.0


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


X = ricci.ones(2, 3)


SPELLINGS = [
    lambda: ricci.dot(ricci.ones(2), ricci.ones(3)),
    lambda: ricci.bmm(ricci.ones(2, 3, 4), ricci.ones(2, 5, 4)),
    lambda: ricci.bmm(ricci.ones(2, 3, 4), ricci.ones(3, 4, 4)),
    lambda: ricci.matmul(ricci.ones(2, 3, 4), ricci.ones(5, 4, 4)),
    lambda: ricci.bilinear(ricci.ones(5, 2), ricci.ones(5, 3), ricci.ones(4, 2, 2)),
    lambda: ricci.bilinear(ricci.ones(5, 2), ricci.ones(6, 2), ricci.ones(4, 2, 2)),
    lambda: ricci.bilinear(ricci.ones(5, 2), ricci.ones(5, 2), ricci.ones(4, 2, 2), ricci.ones(3)),
    lambda: ricci.tensordot(ricci.ones(2, 3), ricci.ones(3, 2), ([0], [0])),
    lambda: ricci.tensordot(ricci.ones(2, 3), ricci.ones(3, 2), 3),
    lambda: ricci.eye(3, -5),
    lambda: ricci.reshape(X, (4, -1)),
    lambda: ricci.squeeze(X, 0),
    lambda: ricci.flatten(X, 1, 0),
    lambda: X.transpose(0, 2),
    lambda: X.transpose(1),
]


@pytest.mark.parametrize("wrong", SPELLINGS, ids=range(len(SPELLINGS)))
def test_what_takes_no_equation_raises_shape_errors(wrong):
    with pytest.raises(ricci.ShapeError):
        wrong()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: ricci.full(3, 300, "int8"),
        lambda: ricci.full(3, float("nan"), "int64"),
        lambda: ricci.full(3, 1e30, "int64"),
        lambda: ricci.full(3, 1j, "float32"),
        lambda: ricci.full_like(ricci.ones(2, dtype="uint8"), -1),
        lambda: ricci.ones(3, dtype="int8") + 300,
        lambda: ricci.ones(3, dtype="int8").__setitem__(0, 300),
        lambda: ricci.einsum("i->", np.ones(3, "int8"), alpha=300),
        lambda: ricci.einsum("i->", np.ones(3, "int64"), alpha=float("nan")),
        lambda: ricci.einsum("i->", np.ones(3, "int64"), alpha=1e30),
        lambda: ricci.einsum("i->", np.ones(3, "int64"), out=np.array(0), beta=float("inf")),
    ],
)
def test_a_number_that_does_not_fit_names_its_dtype(wrong):
    with pytest.raises(ricci.DTypeError, match=r"u?int\d|float32"):
        wrong()


def test_an_empty_list_of_leaves_is_not_all_of_them():
    x = ricci.ones(2, requires_grad=True)
    with pytest.raises(ricci.GradError, match="empty"):
        (x * x).backward(inputs=[])
    assert x.grad is None


def test_a_path_through_negative_sizes_is_refused():
    with pytest.raises(ricci.EinsumError, match="'b' has the size -3"):
        ricci.path(["ab", "bc"], "ac", {"a": 2, "b": -3, "c": 4})


def test_an_empty_axis_has_no_positions():
    with pytest.raises(ricci.IndexError, match="the axis is empty"):
        ricci.zeros(0)[0]
    with pytest.raises(ricci.IndexError, match="extent 0; it has no positions"):
        ricci.take(ricci.zeros(0), [0])


def test_a_device_that_is_not_there():
    with pytest.raises(ricci.DeviceError, match="no device 'cuda'"):
        ricci.ones(2, device="cuda")
