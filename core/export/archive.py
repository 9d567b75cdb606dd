"""Tables as files in one zip, a bounded part of them in memory at a time.

>>> write_csv(store, info, file)          # losses.csv, evaluations.csv, statistics.csv, histograms.csv, README.txt
>>> pandas.read_csv(zipfile.ZipFile("wavenet-k3x9q2-csv.zip").open("losses.csv"))
"""

import shutil
import tempfile
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from core.export.formats import Progress
from core.export.tables import TABLES
from core.runs.info import RunInfo
from core.runs.store import Store

Writer = Callable[[BinaryIO, pa.Schema], pa.csv.CSVWriter | pa.parquet.ParquetWriter]
ROWS_AT_ONCE = 200_000  # at least, but for the last ones: Parquet packs many better than few


def write_csv(store: Store, info: RunInfo, file: BinaryIO, progress: Progress) -> None:
    """What is missing is an empty field; NaN and Inf are nan and inf."""
    _write(store, info, file, progress, "csv", pa.csv.CSVWriter, zipfile.ZIP_DEFLATED)


def write_parquet(store: Store, info: RunInfo, file: BinaryIO, progress: Progress) -> None:
    _write(store, info, file, progress, "parquet", _packed, zipfile.ZIP_STORED)


def _packed(file: BinaryIO, schema: pa.Schema) -> pa.parquet.ParquetWriter:
    return pa.parquet.ParquetWriter(file, schema, compression="zstd")


def _write(
    store: Store, info: RunInfo, file: BinaryIO, progress: Progress, kind: str, writer: Writer, packing: int
) -> None:
    with zipfile.ZipFile(file, "w", packing) as archive:
        archive.writestr("README.txt", _readme(info))
        for i, table in enumerate(TABLES):
            with tempfile.TemporaryFile() as whole:
                with writer(whole, table.schema) as rows:
                    for many in _gathered(table.batches(store, info)):
                        rows.write_table(pa.Table.from_batches(many, table.schema))
                whole.seek(0)
                with archive.open(f"{table.name}.{kind}", "w", force_zip64=True) as member:
                    shutil.copyfileobj(whole, member)
            progress((i + 1) / len(TABLES))


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    many: list[pa.RecordBatch] = []
    for batch in batches:
        many.append(batch)
        if sum(map(len, many)) >= ROWS_AT_ONCE:
            yield many
            many = []
    yield many


def _readme(info: RunInfo) -> str:
    lines = [f"The run {info.id}, recorded by Makemore Explorer. Steps count from 1."]
    for table in TABLES:
        said = f"{table.about} Columns: {', '.join(table.schema.names)}."
        lines += ["", table.name, textwrap.indent(textwrap.fill(said, 86), "  ")]
    return "\n".join(lines) + "\n"
