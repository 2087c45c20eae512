"""The bytes that an app loads for `@beside/client` at its start: minified by esbuild, compressed by gzip."""

import gzip
import subprocess

from tests.client.bundled import CLIENT, ESBUILD, MOST, bundled

MOST_OF_OURS = 13_500  # bytes, without Engine.IO
ENGINE_IO = 'export { Socket } from "engine.io-client"'
PLAIN = ["--bundle", "--minify", "--format=esm", "--target=es2022"]


def test_the_client_is_small(tmp_path):
    bundle = bundled(tmp_path)
    alone = subprocess.run([ESBUILD, *PLAIN], input=ENGINE_IO.encode(), cwd=CLIENT, capture_output=True, check=True)
    transport = len(gzip.compress(alone.stdout, 9))
    ours = {name: size for name, size in bundle.sources.items() if name.startswith("dist/")}
    largest = sorted(ours.items(), key=lambda item: -item[1])
    print(f"{bundle.compressed} bytes, of which Engine.IO {transport}; ours, minified: {largest}")
    assert bundle.compressed <= MOST
    assert bundle.compressed - transport <= MOST_OF_OURS


def test_what_few_apps_use_is_loaded_when_it_is_used(tmp_path):
    names = set(bundled(tmp_path).sources)
    assert {"dist/seal.js", "dist/passkeys.js", "dist/sqlite.js"}.isdisjoint(names)
    assert "dist/beside.js" in names
