"""Who is measured: each engine makes its operands from NumPy arrays and gives a call that contracts them. An engine
that is not installed is named and skipped."""

import importlib


class Engine:
    """`module` is imported when the engine is made; ImportError says that it is missing."""

    name = module = ""
    takes_out = False
    dtypes = ("float32", "float64", "complex64", "complex128")

    def __init__(self, threads):
        self.library = importlib.import_module(self.module)
        self.set_threads(threads)

    @property
    def version(self):
        return getattr(self.library, "__version__", "")

    def set_threads(self, threads):
        """Most read the environment, which tools/bench sets; all are held to as many processors."""

    def operand(self, array):
        return array

    def array(self, result):
        """The result as a NumPy array."""
        return result

    def call(self, case, operands, out):
        """A function of no arguments that runs the case once and gives the result, in memory of its own."""
        raise NotImplementedError


class Ricci(Engine):
    name, module, takes_out = "Ricci", "ricci", True

    def set_threads(self, threads):
        self.library.set_num_threads(threads)

    def operand(self, array):
        return self.library.tensor(array)

    def array(self, result):
        return result.numpy()

    def predicted(self, case):
        if case.reused:
            return None
        return self.library.plan(case.equation, *case.shapes, dtype=case.dtype).predicted_seconds

    def call(self, case, operands, out):
        einsum, equation = self.library.einsum, case.equation
        if out is not None:
            return lambda: einsum(equation, *operands, out=out)
        if len(operands) == 1:
            return lambda: einsum(equation, *operands).contiguous()
        return lambda: einsum(equation, *operands)


class NumPy(Engine):
    name, module, takes_out = "NumPy", "numpy", True

    def call(self, case, operands, out):
        np, equation = self.library, case.equation
        if equation == "ij,jk->ik" and out is None:
            return lambda: np.matmul(*operands)
        if out is not None:
            return lambda: np.einsum(equation, *operands, out=out, optimize=True)
        return lambda: np.ascontiguousarray(np.einsum(equation, *operands, optimize=True))


class Torch(Engine):
    name, module = "torch", "torch"

    def set_threads(self, threads):
        self.library.set_num_threads(threads)
        self.library.set_grad_enabled(False)

    def operand(self, array):
        return self.library.from_numpy(array)

    def array(self, result):
        return result.numpy()

    def call(self, case, operands, out):
        einsum, equation = self.library.einsum, case.equation
        return lambda: einsum(equation, *operands).contiguous()


class Tblis(Engine):
    name, module, takes_out = "TBLIS", "pytblis", True

    def set_threads(self, threads):
        self.library.set_num_threads(threads)

    def call(self, case, operands, out):
        einsum, equation = self.library.einsum, case.equation
        if len(operands) == 1:
            return None
        return lambda: einsum(equation, *operands, out=out)


class Sesum(Engine):
    name, module = "sesum", "sesum.sr"

    def call(self, case, operands, out):
        sesum, equation = self.library.sesum, case.equation
        return None if len(operands) == 1 else lambda: sesum(equation, *operands)


class Jax(Engine):
    name, module = "JAX", "jax"

    def set_threads(self, threads):
        self.library.config.update("jax_enable_x64", True)

    def operand(self, array):
        return self.library.numpy.asarray(array)

    def array(self, result):
        return importlib.import_module("numpy").asarray(result)

    def call(self, case, operands, out):
        jnp, equation = self.library.numpy, case.equation
        compiled = self.library.jit(lambda *xs: jnp.einsum(equation, *xs, precision="highest"))
        return lambda: compiled(*operands).block_until_ready()


RIVALS = (NumPy, Torch, Tblis, Sesum, Jax)


def make_engines(threads):
    """Ricci and the rivals that are there, and a line about each that is not."""
    engines, missing = [Ricci(threads)], []
    for rival in RIVALS:
        try:
            engines.append(rival(threads))
        except ImportError as error:
            missing.append(f"{rival.name} is skipped: {error}")
    return engines, missing
