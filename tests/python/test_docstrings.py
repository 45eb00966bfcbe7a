"""Every public name has a docstring, and every example in one runs."""

import doctest
import inspect

import numpy as np
import pytest

import ricci

MODULES = {
    "ricci": ricci,
    "ricci.memory": ricci.memory,
    "ricci.nn": ricci.nn,
    "ricci.nn.functional": ricci.nn.functional,
    "ricci.nn.init": ricci.nn.init,
    "ricci.optim": ricci.optim,
    "ricci.errors": ricci.errors,
}


def public():
    for prefix, module in MODULES.items():
        names = getattr(module, "__all__", [n for n in vars(module) if n[0].isupper()])
        for name in names:
            value = getattr(module, name)
            if inspect.ismodule(value) or not callable(value):
                continue
            yield f"{prefix}.{name}", value, not inspect.isclass(value)
            if inspect.isclass(value) and not issubclass(value, Exception):
                for member, method in vars(value).items():
                    if not member.startswith("_"):
                        yield f"{prefix}.{name}.{member}", method, False


NAMES = {name: (value, is_function) for name, value, is_function in public()}


@pytest.mark.parametrize("name", NAMES)
def test_docstring(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    value, is_function = NAMES[name]
    text = value.__doc__
    assert text and len(text) > 10
    test = doctest.DocTestParser().get_doctest(text, {"ricci": ricci, "np": np}, name, None, 0)
    assert test.examples or not is_function, f"{name} has no example"
    failures = []
    doctest.DocTestRunner().run(test, out=failures.append)
    assert not failures, "".join(failures)


def test_the_package_itself():
    assert doctest.testmod(ricci).failed == 0
    assert ricci.__version__ == "0.1.0"
