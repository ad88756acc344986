#!/bin/sh
# Creates both databases of Temporal and brings them to the schema of this image; changes nothing where they have it.
# The connection is in the variables SQL_*, the schemas are in the program.
set -eu
for part in temporal visibility; do
  database=temporal
  [ "$part" = temporal ] || database=temporal_visibility
  temporal-sql-tool --database "$database" create-database
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$part"
done
