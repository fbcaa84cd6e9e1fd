"""A bucket of S3 or of anything that speaks as it does. An upload appears when it is complete, never before."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import boto3
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from conto.domain.errors import RuleBroken
from conto.gateways.storage.places import Stored, failed
from conto.gateways.storage.sealed import Source

PART_BYTES = 8 * 1024 * 1024
_FAILURES = (BotoCoreError, ClientError, S3UploadFailedError, ValueError)


class Bucket:
    """Objects in a bucket, below a prefix."""

    def __init__(
        self, *, bucket: str, prefix: str = "", endpoint: str = "", region: str = "", access_key: str, secret_key: str
    ) -> None:
        """Describe the bucket; nothing is asked of it yet.

        Raises: RuleBroken without its name or the key to it.
        """
        if not (bucket and access_key and secret_key):
            raise RuleBroken("backup.bucket_incomplete", "A bucket needs its name, an access key and a secret key.")
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._where = f"s3://{bucket}/{self._prefix}"
        try:
            self._client: Any = boto3.client(
                "s3",
                endpoint_url=endpoint or None,
                region_name=region or "us-east-1",
                aws_access_key_id=access_key,
                aws_secret_access_key=secret_key,
                config=Config(
                    connect_timeout=10,
                    read_timeout=60,
                    retries={"max_attempts": 4, "mode": "standard"},
                    s3={"addressing_style": "path" if endpoint else "auto"},
                    # Others than Amazon refuse the newer checksums; ours are in the file.
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                ),
            )
        except _FAILURES as error:
            raise failed(self._where, error) from error

    def put(self, name: str, content: BinaryIO) -> None:
        """Upload in parts, one at a time, so that little memory is used."""
        parts = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, use_threads=False)
        try:
            # The library closes what it has read; the file is ours to close.
            self._client.upload_fileobj(_Kept(content), self._bucket, self._prefix + name, Config=parts)
        except _FAILURES as error:
            raise failed(self._where, error) from error

    def stored(self) -> list[Stored]:
        """List the objects below the prefix, none of deeper ones."""
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix, Delimiter="/"
            )
            return [
                Stored(str(entry["Key"]).removeprefix(self._prefix), int(entry["Size"]))
                for page in pages
                for entry in page.get("Contents", [])
            ]
        except _FAILURES as error:
            raise failed(self._where, error) from error

    @contextmanager
    def opened(self, name: str) -> Iterator[Source]:
        """Open an object; it comes as it is read."""
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"]
        except _FAILURES as error:
            raise failed(self._where + name, error) from error
        with body:
            yield body

    def remove(self, name: str) -> None:
        """Remove an object."""
        try:
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)
        except _FAILURES as error:
            raise failed(self._where + name, error) from error


class _Kept:
    """A file that is read but not closed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Read."""
        return self._file.read(size)
