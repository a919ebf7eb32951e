"""All operators. Importing this package declares every one of them: each file is one operator, but those
with an underscore before their name, which hold what several share.
"""

import importlib
import pkgutil

for _file in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    if not _file.startswith("_"):
        importlib.import_module(f"{__name__}.{_file}")
