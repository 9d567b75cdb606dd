"""Tables as files in one zip, a bounded part of them in memory at a time.

>>> write_csv(store, info, file)          # losses.csv, evaluations.csv, statistics.csv, histograms.csv, README.txt
>>> pandas.read_csv(zipfile.ZipFile("wavenet-k3x9q2-csv.zip").open("losses.csv"))
"""

import shutil
import tempfile
import zipfile
from collections.abc import Callable
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from core.export.tables import TABLES
from core.runs.info import RunInfo
from core.runs.store import Store

Progress = Callable[[float], None]  # how much is done, 0 to 1
Writer = Callable[[BinaryIO, pa.Schema], pa.csv.CSVWriter | pa.parquet.ParquetWriter]


def write_csv(store: Store, info: RunInfo, file: BinaryIO, progress: Progress) -> None:
    """What is missing is an empty field; NaN and Inf are nan and inf."""
    _write(store, info, file, progress, "csv", pa.csv.CSVWriter, zipfile.ZIP_DEFLATED)


def write_parquet(store: Store, info: RunInfo, file: BinaryIO, progress: Progress) -> None:
    _write(store, info, file, progress, "parquet", pa.parquet.ParquetWriter, zipfile.ZIP_STORED)


def _write(
    store: Store, info: RunInfo, file: BinaryIO, progress: Progress, kind: str, writer: Writer, packing: int
) -> None:
    with zipfile.ZipFile(file, "w", packing) as archive:
        archive.writestr("README.txt", _readme(info))
        for i, table in enumerate(TABLES):
            with tempfile.TemporaryFile() as whole:
                with writer(whole, table.schema) as rows:
                    for batch in table.batches(store, info):
                        rows.write_batch(batch)
                whole.seek(0)
                with archive.open(f"{table.name}.{kind}", "w", force_zip64=True) as member:
                    shutil.copyfileobj(whole, member)
            progress((i + 1) / len(TABLES))


def _readme(info: RunInfo) -> str:
    lines = [f"The run {info.id}, recorded by Makemore Explorer. Steps count from 1."]
    for table in TABLES:
        lines += ["", table.name, f"  {table.about}", f"  Columns: {', '.join(table.schema.names)}."]
    return "\n".join(lines) + "\n"
