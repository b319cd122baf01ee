"""Reads Delta tables with readers that are not ours, and hands every row on as Arrow.

argv[1] is a JSON file: a list of {"reader", "table", "version", "between", "out"}. For each one the rows go to the file `out`,
times as plain integers and texts as plain strings, and one JSON line says of what types they were, or what failed.
"""

import json
import sys

import deltalake
import polars
import pyarrow as pa


def read_with_delta_rs(table, version, between):
    limits = None if between is None else [("ts_event", ">=", int(between[0])), ("ts_event", "<", int(between[1]))]
    return deltalake.DeltaTable(table, version=version).to_pyarrow_table(filters=limits)


def read_with_polars(table, version, between):
    rows = polars.scan_delta(table, version=version)
    if between is not None:
        rows = rows.filter(polars.col("ts_event").is_between(int(between[0]), int(between[1]), closed="left"))
    return rows.collect().to_arrow()


READERS = {"delta-rs": read_with_delta_rs, "polars": read_with_polars}


def kind_of(type_):
    if pa.types.is_timestamp(type_):
        return str(type_)
    if pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_):
        return "text"
    if pa.types.is_dictionary(type_):
        return kind_of(type_.value_type)
    return str(type_)


def plain(column):
    kind = kind_of(column.type)
    if kind.startswith("timestamp"):
        return column.cast(pa.int64())
    return column.cast(pa.string()) if kind == "text" else column


def run(job):
    rows = READERS[job["reader"]](job["table"], job["version"], job["between"])
    kinds = {name: kind_of(rows.schema.field(name).type) for name in rows.column_names}
    columns = {name: plain(rows.column(name)) for name in rows.column_names}
    with pa.OSFile(job["out"], "wb") as sink:
        out = pa.table(columns)
        with pa.ipc.new_file(sink, out.schema) as writer:
            writer.write_table(out)
    return {"rows": rows.num_rows, "kinds": kinds}


print(json.dumps({"delta-rs": deltalake.__version__, "polars": polars.__version__, "pyarrow": pa.__version__}))
for job in json.load(open(sys.argv[1])):
    try:
        print(json.dumps(run(job)))
    except Exception as error:  # What a reader says of a table it refuses is the finding.
        print(json.dumps({"error": f"{type(error).__name__}: {error}"[:2000]}))
