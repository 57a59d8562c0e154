"""
Run CORScanner against a server on loopback: `python corscanner.py PORT HOST [its options]`.

The scanner is run as it comes. Three things around it are changed, so that nothing leaves this
machine: requests to HOST go to PORT in plain HTTP (as if a proxy had ended TLS in front), requests
to anything else fail, and its library for domain names reads the list that it ships with.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit


def main(port: str, host: str) -> None:
    """
    Put the changes in place, and hand over.
    """
    scanner = import_module("CORScanner.cors_scan")
    check = import_module("common.corscheck")
    tldextract = import_module("tldextract")
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    get = check.requests.get

    def get_here(url: str, *, headers: dict[str, str], **options: Any) -> Any:
        parts = urlsplit(url)
        if parts.netloc != host:
            raise RuntimeError(f"a request to {url}, which is not on this machine")
        here = f"http://127.0.0.1:{int(port)}{parts.path}"
        options["allow_redirects"] = False
        answer = get(here, headers={**headers, "Host": host}, **options)
        answer.url = url
        return answer

    check.requests.get = get_here
    scanner.main()


if __name__ == "__main__":
    given = sys.argv[1:3]
    del sys.argv[1:3]
    main(*given)
