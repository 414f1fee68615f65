"""Types and lint of the web application: `python -m service.web_check`.

With --types it only writes src/api/schema.d.ts into console/web, for editors.
"""

import json
import shutil
import sys
from pathlib import Path

from console.openapi import document
from console.routes import ALL
from service.errors import SetupError
from service.output import say
from service.provision.node import Node, find_node
from service.provision.web import SOURCES, workshop

SCHEMA = Path("src/api/schema.d.ts")


def main() -> None:
    """Exits with 1 and the faults where there are any."""
    node = find_node(offline=False, say=say)
    with workshop(node, offline=False, say=say) as folder:
        _write_types(node, folder)
        if "--types" in sys.argv:
            shutil.copyfile(folder / SCHEMA, SOURCES / SCHEMA)
            return
        try:
            _tool(node, folder, "typescript/bin/tsc", "--noEmit")
            _tool(node, folder, "eslint/bin/eslint.js", ".", "--max-warnings", "0")
        except SetupError as error:
            sys.exit(error.reason.replace("; ", "\n"))


def _write_types(node: Node, folder: Path) -> None:
    """The types of the API as it is declared now."""
    (folder / "openapi.json").write_text(json.dumps(document(ALL)), encoding="utf-8")
    _tool(node, folder, "openapi-typescript/bin/cli.js", "openapi.json", "-o", str(SCHEMA))


def _tool(node: Node, folder: Path, script: str, *arguments: str) -> None:
    node.run(script, folder / "node_modules" / script, arguments, folder)


if __name__ == "__main__":
    main()
