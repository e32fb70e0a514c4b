#!/usr/bin/env python3
"""Makes readings.txt.gz from the data folder of the npm package vega-datasets: make_sample.py DATA_FOLDER OUTPUT."""
import csv
import datetime
import gzip
import json
import pathlib
import sys


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def readings(data):
    for row in rows(data / "seattle-weather-hourly-normals.csv"):
        for name in ("pressure", "temperature", "wind"):
            yield row["date"], "noaa/seattle/hourly/" + name, row[name]
    for row in rows(data / "weather.csv"):
        city = row["location"].lower().replace(" ", "-")
        for name in ("precipitation", "temp_max", "temp_min", "wind", "weather"):
            yield row["date"] + "T00:00:00", "noaa/" + city + "/daily/" + name, row[name]
    for row in rows(data / "birdstrikes.csv"):
        state = (row["Origin State"] or "unknown").lower().replace(" ", "-")
        value = "; ".join(row[key] for key in (
            "Airport Name", "Aircraft Make Model", "Phase of flight", "Wildlife Size", "Wildlife Species", "Time of day",
            "Effect Amount of damage", "Cost Total $", "Speed IAS in knots"))
        yield row["Flight Date"][:10] + "T00:00:00", "faa/wildlife-strikes/" + state, value
    with open(data / "earthquakes.json", encoding="utf-8") as file:
        for feature in json.load(file)["features"]:
            properties = feature["properties"]
            time = datetime.datetime.fromtimestamp(properties["time"] / 1000, datetime.timezone.utc)
            depth = feature["geometry"]["coordinates"][2]
            yield (time.strftime("%Y-%m-%dT%H:%M:%S"), "usgs/earthquakes/" + properties["net"],
                   "magnitude %s; depth %s km; %s" % (properties["mag"], depth, properties["place"]))


def main(data, output):
    lines = ["%s %s %s\n" % reading for reading in sorted(readings(pathlib.Path(data)))]
    with open(output, "wb") as raw, gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0) as file:
        file.write("".join(lines).encode("utf-8"))
    print(len(lines), "lines")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
