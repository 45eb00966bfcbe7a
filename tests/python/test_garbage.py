"""Cycles through Python and C++ are collected, and nothing that can still be reached is."""

import copy
import gc
import threading
import weakref

import numpy as np
import pytest

import ricci

COUNT = 200
SIZE = 4096


class Witness:
    """Something that a cycle holds and that can be watched."""


def holding(*things):
    """A hook that holds these and changes nothing."""

    def hook(g):
        assert things

    return hook


def leaf():
    return ricci.ones(SIZE, requires_grad=True)


def hook_of_a_leaf(witness):
    x = leaf()
    x.register_hook(holding(x, witness))


def hook_of_a_node(witness):
    y = leaf() * 2.0
    y.register_hook(holding(y, witness))


def hook_of_a_node_that_is_used_further(witness):
    y = leaf() * 2.0
    loss = (y * y).sum()
    y.register_hook(holding(y, loss, witness))


def hook_of_a_leaf_that_holds_the_loss(witness):
    x = leaf()
    loss = (x * x).sum()
    x.register_hook(holding(x, loss, witness))


def hook_that_holds_its_handle(witness):
    x = leaf()
    handles = []
    handles.append(x.register_hook(holding(x, handles, witness)))


def hook_of_two_handles_of_one_tensor(witness):
    x = leaf()
    twin = copy.copy(x)
    x.register_hook(holding(twin, x, witness))


def hooks_of_tensors_that_hold_each_other(witness):
    x, y = leaf(), leaf()
    z = x * y
    x.register_hook(holding(y, witness))
    y.register_hook(holding(z, witness))
    z.register_hook(holding(x, witness))


def gradient_that_is_recorded(witness):
    x = leaf()
    (x * x * x).sum().backward(create_graph=True)
    witness.x = x


def gradient_that_is_recorded_and_held(witness):
    x = leaf()
    (x * x * x).sum().backward(create_graph=True)
    witness.held = x, x.grad
    witness.me = witness


class Holding(ricci.Function):
    @staticmethod
    def forward(ctx, x, what):
        ctx.x, ctx.what = x, what
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        return 2.0 * ctx.saved_tensors[0] * g, None


def rule_whose_context_holds_its_result(witness):
    x = leaf()
    box = [witness]
    box.append(Holding.apply(x, box))


def rule_whose_class_holds_its_result(witness):
    class Local(Holding):
        pass

    Local.held = witness, Local.apply(leaf(), None)


def rule_in_a_recorded_gradient(witness):
    x = leaf()
    Holding.apply(x, [x, witness]).sum().backward(create_graph=True)


def rule_of_a_gradient_whose_context_holds_the_leaf(witness):
    x = leaf()
    x.register_hook(lambda g: Holding.apply(g, [x, witness]))
    (x * x).sum().backward(create_graph=True)


def checkpoint_that_holds_its_result(witness):
    box = [witness]

    def f(x):
        return (box, x * x)[1]

    box.append(ricci.checkpoint(f, leaf()))


def attribute_of_itself(witness):
    class Kind(ricci.nn.Parameter):
        pass

    t = Kind(ricci.ones(SIZE))
    t.me, t.witness = t, witness


def attribute_of_itself_of_a_tensor(witness):
    class Kind(ricci.Tensor):
        pass

    t = Kind(np.ones(SIZE))
    t.me, t.witness = t, witness


def hook_of_a_parameter_that_holds_the_module(witness):
    m = ricci.nn.Linear(64, 64)
    m.weight.register_hook(holding(m, witness))


def hook_of_a_parameter_deep_in_a_module(witness):
    m = ricci.nn.Sequential(ricci.nn.Linear(32, 32), ricci.nn.Sequential(ricci.nn.Linear(32, 32)))
    m[1][0].bias.register_hook(holding(m, witness))


def hook_of_a_parameter_of_an_optimiser(witness):
    m = ricci.nn.Linear(64, 64)
    optimizer = ricci.optim.Adam(m.parameters())
    m(ricci.ones(1, 64)).sum().backward()
    optimizer.step()
    m.weight.register_hook(holding(m, optimizer, witness))


def module_that_holds_what_it_computed(witness):
    class Net(ricci.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = ricci.nn.Linear(64, 64)
            self.witness = witness

        def forward(self, x):
            self.last = ricci.checkpoint(self.inner, x)
            self.last.register_hook(self.seen)
            return self.last

        def inner(self, x):
            return self.layer(x)

        def seen(self, g):
            self.gradient = g

    Net()(leaf().reshape(-1, 64)).sum().backward()


def optimiser_that_keeps_its_groups(witness):
    class Own(ricci.optim.SGD):
        pass

    optimizer = Own([leaf()], lr=0.1)
    optimizer.groups, optimizer.witness = optimizer.param_groups, witness


CYCLES = [
    hook_of_a_leaf,
    hook_of_a_node,
    hook_of_a_node_that_is_used_further,
    hook_of_a_leaf_that_holds_the_loss,
    hook_that_holds_its_handle,
    hook_of_two_handles_of_one_tensor,
    hooks_of_tensors_that_hold_each_other,
    gradient_that_is_recorded,
    gradient_that_is_recorded_and_held,
    rule_whose_context_holds_its_result,
    rule_whose_class_holds_its_result,
    rule_in_a_recorded_gradient,
    rule_of_a_gradient_whose_context_holds_the_leaf,
    checkpoint_that_holds_its_result,
    attribute_of_itself,
    attribute_of_itself_of_a_tensor,
    hook_of_a_parameter_that_holds_the_module,
    hook_of_a_parameter_deep_in_a_module,
    hook_of_a_parameter_of_an_optimiser,
    module_that_holds_what_it_computed,
    optimiser_that_keeps_its_groups,
]


@pytest.mark.parametrize("make", CYCLES, ids=lambda f: f.__name__)
def test_a_cycle_is_collected(make):
    make(Witness())  # what is kept from a first call on
    collect()
    before = ricci.memory.live_bytes()
    gone = []
    for _ in range(COUNT):
        witness = Witness()
        gone.append(weakref.ref(witness))
        make(witness)
        del witness
    collect()
    assert sum(w() is not None for w in gone) == 0
    assert ricci.memory.live_bytes() == before


@pytest.mark.parametrize("make", [hook_of_a_leaf, checkpoint_that_holds_its_result], ids=lambda f: f.__name__)
def test_cycles_go_while_a_program_runs(make):
    """The collector comes by itself, after some hundreds of objects; nothing asks for it here."""
    collect()
    before, most = ricci.memory.live_bytes(), 0
    for _ in range(3000):
        make(Witness())
        most = max(most, ricci.memory.live_bytes() - before)
    assert most < 1000 * 4 * SIZE
    collect()


def collect():
    for _ in range(3):  # what a first one breaks may have been part of another
        gc.collect()


# What somebody still reaches stays whole, however little of it he holds.


def calls_of(calls):
    return lambda g: calls.append(g.tolist())


def test_a_hook_that_only_the_tape_reaches_runs():
    calls = []
    x = ricci.ones(2, requires_grad=True)
    x.register_hook(calls_of(calls))
    y = x * 3.0
    y.register_hook(calls_of(calls))
    z = y.sum()
    del x, y
    collect()
    z.backward()
    assert calls == [[1.0, 1.0], [3.0, 3.0]]


def cyclic_hook(t, calls, *others):
    """A hook whose closure holds its tensor."""
    t.register_hook(lambda g: (t, others, calls.append(g.tolist()))[2])


def test_a_hook_in_a_cycle_runs_while_the_tape_is_held():
    calls = []
    x = ricci.ones(2, requires_grad=True)
    y = x * 3.0
    cyclic_hook(x, calls)
    cyclic_hook(y, calls)
    z = y.sum()
    del x, y
    collect()
    z.backward()
    assert calls == [[1.0, 1.0], [3.0, 3.0]]


@pytest.mark.parametrize("kept", range(2))
def test_a_hook_in_a_cycle_runs_while_one_of_two_handles_is_held(kept):
    calls = []
    x = ricci.ones(2, requires_grad=True)
    handles = [x, copy.copy(x)]
    cyclic_hook(x, calls)
    handles = [handles[kept]]
    del x
    collect()
    handles[0].sum().backward()
    assert calls == [[1.0, 1.0]]


def test_a_hook_of_a_parameter_runs_while_only_the_parameter_is_held():
    calls = []

    class Net(ricci.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = ricci.nn.Linear(2, 1)
            self.layer.weight.register_hook(self.seen)

        def seen(self, g):
            calls.append(g.shape)

    weight = Net().layer.weight
    collect()
    weight.sum().backward()
    assert calls == [(1, 2)]
    gone = weakref.ref(weight)
    del weight
    collect()
    assert gone() is None


def test_a_hook_of_a_parameter_runs_while_only_the_optimiser_is_held():
    calls = []
    m = ricci.nn.Linear(2, 1)
    cyclic_hook(m.weight, calls, m)
    optimizer = ricci.optim.SGD(m.parameters(), lr=0.1)
    del m
    collect()
    optimizer.param_groups[0]["params"][0].sum().backward()
    assert calls == [[[1.0, 1.0]]]


def test_a_recorded_gradient_is_differentiated_after_its_leaf_is_let_go():
    calls = []
    x, w = ricci.tensor([2.0], requires_grad=True), ricci.tensor([5.0], requires_grad=True)
    cyclic_hook(x, calls)
    (x * x * x * w).sum().backward(create_graph=True)
    g = x.grad
    del x
    collect()
    ricci.tensor([1.0], requires_grad=True).sum().backward(create_graph=True)
    w.grad = None
    g.sum().backward()
    assert w.grad.tolist() == [12.0]
    assert calls == [[60.0], [60.0]]


def test_recorded_gradients_stay_while_their_leaves_are_held():
    xs = [ricci.tensor([2.0], requires_grad=True) for _ in range(10)]
    for x in xs:
        (x * x * x).sum().backward(create_graph=True)
        collect()
    assert [x.grad.tolist() for x in xs] == [[12.0]] * 10
    first = xs[0].grad
    xs[0].grad = None
    first.sum().backward()
    assert xs[0].grad.tolist() == [12.0]


def test_recorded_gradients_go_without_the_collector():
    """What is counted alone never makes Python's collector run."""
    collect()
    gc.disable()
    try:
        before, live = ricci.memory.live_bytes(), []
        for _ in range(50):
            x = leaf()
            (x * x * x).sum().backward(create_graph=True)
            del x
            live.append(ricci.memory.live_bytes() - before)
        assert max(live) <= 2 * live[0]
    finally:
        gc.enable()
    collect()
    assert ricci.memory.live_bytes() == before


def test_a_rule_and_a_checkpoint_in_a_cycle_run_while_their_result_is_held():
    def result(x):
        box = []
        box.append(ricci.checkpoint(lambda x: Holding.apply(x, box), x))
        return box[0].sum()

    x = ricci.tensor([3.0], requires_grad=True)
    z = result(x)
    collect()
    z.backward()
    assert x.grad.tolist() == [6.0]


def test_a_finaliser_may_bring_a_tensor_back():
    saved, calls = [], []

    class Phoenix:
        def __del__(self):
            saved.append(copy.copy(self.x))

    def make(phoenix):
        phoenix.x = ricci.ones(2, requires_grad=True)
        cyclic_hook(phoenix.x, calls, phoenix)

    make(Phoenix())
    collect()
    (x,) = saved
    x.sum().backward()
    assert calls == [[1.0, 1.0]]


def test_what_other_threads_compute_with_stays():
    """Each thread holds of its tape and its hooks no more than the result, while the collector runs all the time."""
    wrong, done = [], threading.Event()

    def work():
        for _ in range(100):
            calls = []
            x = ricci.ones(64, 64, requires_grad=True)
            y = x @ x
            cyclic_hook(x, calls)
            cyclic_hook(y, calls)
            z = (y @ y).sum()
            del x, y
            z.backward(create_graph=True)
            if len(calls) != 2:
                wrong.append(calls)

    def collect_always():
        while not done.is_set():
            gc.collect()

    threads = [threading.Thread(target=work) for _ in range(3)]
    collector = threading.Thread(target=collect_always)
    for thread in [*threads, collector]:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    collector.join()
    assert not wrong


def test_a_collection_inside_a_hook_takes_nothing():
    calls = []
    x = ricci.ones(2, requires_grad=True)
    y = x * 2.0

    def hook(g):
        collect()
        calls.append((x.tolist(), y.tolist()))

    x.register_hook(hook)
    y.register_hook(hook)
    z = y.sum()
    z.backward()
    assert calls == [([1.0, 1.0], [2.0, 2.0])] * 2


def test_a_long_tape_below_a_cycle():
    def make(witness):
        x = y = ricci.ones(1, requires_grad=True)
        for _ in range(20000):
            y = y + 1.0
        x.register_hook(holding(y, witness))
        return x, weakref.ref(witness)

    x, gone = make(Witness())
    collect()
    assert gone() is not None
    del x
    collect()
    assert gone() is None
