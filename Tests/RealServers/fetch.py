"""fetch.py NAME VERSION FOLDER: the source archive of a package of PyPI, checked against the index's own checksum.

`pip download` runs the package's build to learn what it needs, which is not wanted here.
"""

import hashlib
import html
import os
import re
import sys
import urllib.parse
import urllib.request

name, version, folder = sys.argv[1:]
index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + f"/{name}/"
with urllib.request.urlopen(index) as page:
    links = re.findall(r'<a[^>]*href="([^"]+)"', page.read().decode())
wanted = name.replace("-", "_") + f"-{version}.tar.gz"
for link in map(html.unescape, links):
    address, _, checksum = urllib.parse.urljoin(index, link).partition("#sha256=")
    if address.rsplit("/", 1)[-1] == wanted:
        break
else:
    sys.exit(f"fetch: {index} has no {wanted}")
with urllib.request.urlopen(address) as archive:
    content = archive.read()
if checksum and hashlib.sha256(content).hexdigest() != checksum:
    sys.exit(f"fetch: {wanted} is not what {index} says")
with open(os.path.join(folder, wanted), "wb") as file:
    file.write(content)
