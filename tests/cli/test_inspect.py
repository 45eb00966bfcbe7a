"""ricci inspect: arrays and network files."""

import json
import unittest

from arrays import Array, naive_einsum, npy
from case import Case


class Inspect(Case):
    def test_files(self):
        self.write("a.npy", Array((2, 3)))
        out, _ = self.ricci("inspect", "a.npy")
        self.assertIn("float64", out.decode())
        self.assertIn("(2, 3)", out.decode())
        out, _ = self.ricci("inspect", "a.npy", "--json")
        self.assertEqual(json.loads(out)["arrays"], [{"dtype": "float64", "shape": [2, 3]}])

    def network(self, equation, shapes, **metadata):
        """A network file made by hand: the format is public."""
        header, data = {}, b""
        for i, shape in enumerate(shapes):
            array = Array(shape, seed=30 + i)
            body = npy(shape, array.values)
            body = body[len(body) - 8 * len(array.values):] if array.values else b""
            header[str(i)] = {"dtype": "F64", "shape": list(shape), "data_offsets": [len(data), len(data) + len(body)]}
            data += body
        header["__metadata__"] = {"format": "ricci-network", "version": "1", "equation": equation,
                                  "operands": json.dumps([str(i) for i in range(len(shapes))]), **metadata}
        text = json.dumps(header).encode()
        (self.root / "n.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)

    def test_a_network(self):
        self.network("ij,jk,k->i", [(2, 3), (3, 4), (4,)], name="three", comment="by hand")
        out, _ = self.ricci("inspect", "n.safetensors")
        for text in ("three", "by hand", "ij,jk,k->i", "float64", "(2, 3)"):
            self.assertIn(text, out.decode())
        out, _ = self.ricci("inspect", "n.safetensors", "--json")
        found = json.loads(out)
        self.assertEqual((found["labels"], found["result"], len(found["operands"])), (3, [2], 3))
        self.assertTrue(any("absorbs" in text for text in found["simplifications"]))
        out, _ = self.ricci("run", "n.safetensors", "--json")
        arrays = [Array(shape, seed=30 + i) for i, shape in enumerate([(2, 3), (3, 4), (4,)])]
        self.assert_close(json.loads(out)["values"], naive_einsum("ij,jk,k->i", arrays).values, 1e-13)
        self.ricci("plan", "n.safetensors")
        self.ricci("grad", "n.safetensors", "--wrt", "2")
        _, error = self.ricci("run", "n.safetensors", "n.safetensors:0", status=2)
        self.assertIn("network", error)

    def test_a_tensor_used_twice_is_listed_once(self):
        self.network("ij,jk->ik", [(3, 3)], operands='["0", "0"]')
        out, _ = self.ricci("inspect", "n.safetensors")
        self.assertIn("2 (1 tensor in 72 B)", out.decode())
        self.assertEqual(out.decode().count("(3, 3)"), 2)  # the result and the tensor
        self.assertIn("2 times", out.decode())

    def test_a_network_that_does_not_fit(self):
        self.network("ij,jk->ik", [(2, 3), (4, 5)])
        for command in ("run", "inspect", "plan"):
            _, error = self.ricci(command, "n.safetensors", status=3)
            self.assertIn("does not fit its tensors", error)


if __name__ == "__main__":
    unittest.main()
