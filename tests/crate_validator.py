"""Validate an RO-Crate with roc-validator, offline; run by the tests in an environment of its own.

Usage: python crate_validator.py CRATE [--metadata-only]. The one document that validation would fetch, the context of
RO-Crate 1.1, is put into the validator's cache from the copy that the package rocrate 0.13.0 carries.
"""

import importlib.util
import io
import json
import sys
import tempfile
from pathlib import Path

import requests
import requests_cache
import urllib3
from rocrate_validator import services

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "workflow-run-crate-0.5"


class Packaged(requests.adapters.BaseAdapter):
    """Answers every request with the packaged context."""

    def send(self, request, **_):
        folder = Path(importlib.util.find_spec("rocrate").origin).parent
        raw = urllib3.HTTPResponse(
            io.BytesIO((folder / "data/ro-crate.jsonld").read_bytes()),
            {"Content-Type": "application/ld+json"},
            status=200,
            preload_content=False,
            request_url=request.url,
        )
        return requests.adapters.HTTPAdapter().build_response(request, raw)

    def close(self):
        pass


def main():
    crate, metadata_only = sys.argv[1], "--metadata-only" in sys.argv
    with tempfile.TemporaryDirectory() as folder:
        cache = str(Path(folder) / "cache")
        session = requests_cache.CachedSession(cache, expire_after=-1)
        session.mount("https://", Packaged())
        session.get(CONTEXT, headers={"Accept": "application/ld+json, application/json"})
        session.close()
        settings = services.ValidationSettings(
            rocrate_uri=crate,
            profile_identifier=PROFILE,
            requirement_severity="REQUIRED",
            metadata_only=metadata_only,
            offline=True,
            cache_path=cache,
            skip_availability_check=True,
        )
        result = services.validate(settings)
        issues = [f"{issue.check.identifier}: {issue.message}" for issue in result.get_issues()]
    print(json.dumps({"passed": result.passed(), "issues": issues}))
    sys.exit(not result.passed())


if __name__ == "__main__":
    main()
