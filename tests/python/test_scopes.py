"""With-statements that are left on another thread or in another order: a typed error or no harm, never a crash."""

import concurrent.futures
import threading

import pytest

import ricci

SCOPES = {"no_grad": ricci.no_grad, "detect_anomaly": ricci.detect_anomaly}


def on_another_thread(f):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(f).result()


@pytest.mark.parametrize("name", SCOPES)
def test_leaving_on_another_thread(name):
    def steps(scope):
        with scope:
            yield
        yield

    def run():
        scope = SCOPES[name]()
        entered = steps(scope)
        next(entered)
        with pytest.raises(ricci.Error, match=rf"^{name}\(\) was entered on another thread"):
            on_another_thread(lambda: next(entered))
        return ricci.recording()

    assert on_another_thread(run) == (name != "no_grad")  # where it was entered it still holds
    assert ricci.recording()
    x = ricci.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("name", SCOPES)
def test_leaving_what_was_never_entered(name):
    scope = SCOPES[name]()
    with pytest.raises(ricci.Error, match=rf"^{name}\(\) is left without being entered"):
        scope.__exit__(None, None, None)
    with scope:
        pass
    with pytest.raises(ricci.Error, match="left without being entered"):
        scope.__exit__(None, None, None)


@pytest.mark.parametrize("name", SCOPES)
def test_a_scope_that_is_dropped_on_another_thread(name):
    def run():
        for _ in range(100):
            scope = [SCOPES[name]().__enter__()]
            on_another_thread(scope.clear)
            (ricci.tensor([1.0], requires_grad=True) * 2).sum()

    on_another_thread(run)  # such scopes hold until their thread ends


def test_leaving_in_another_order():
    first, second = ricci.no_grad(), ricci.no_grad()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not ricci.recording()
    second.__exit__(None, None, None)
    assert ricci.recording()


def test_anomalies_left_in_another_order():
    x = ricci.tensor([0.0], requires_grad=True)
    first, second = ricci.detect_anomaly(), ricci.detect_anomaly()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    del first
    with pytest.raises(ricci.GradError, match="sqrt"):
        ricci.sqrt(x).sum().backward()
    second.__exit__(None, None, None)
    del second
    ricci.sqrt(x).sum().backward()


def test_a_scope_left_after_the_backward_in_whose_hook_it_was_entered():
    scopes = []

    def hook(gradient):
        scopes.append(ricci.no_grad().__enter__())

    x = ricci.tensor([1.0], requires_grad=True)
    y = x * 2
    y.register_hook(hook)
    y.sum().backward()
    assert not ricci.recording()
    scopes.pop().__exit__(None, None, None)
    assert ricci.recording()


def test_one_scope_as_the_decorator_of_a_function_on_many_threads():
    both = threading.Barrier(2)

    @ricci.no_grad()
    def f():
        both.wait()
        inside = ricci.recording()
        both.wait()
        return inside

    def run(first):
        inside = f()
        both.wait()
        return inside, ricci.recording()

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, [True, False])) == [(False, True)] * 2


def test_a_hook_s_handle_is_left_anywhere():
    x = ricci.tensor([1.0], requires_grad=True)
    handle = x.register_hook(lambda g: g * 10)
    handle.__enter__()
    on_another_thread(lambda: handle.__exit__(None, None, None))
    handle.__exit__(None, None, None)
    x.sum().backward()
    assert x.grad.tolist() == [1.0]
