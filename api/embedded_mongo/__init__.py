"""A real mongod run as a child, for development, demos and tests; not a way to run production.

One replica set of one, on the loopback interface, with all it keeps below the given directory:
`mongo/` with `db/`, `port`, `owner.lock`, `mongod.log` (`mongod.log.1` of the run before) and
`mongod.out` (what mongod says when it has no log yet).
"""

from api.embedded_mongo.binary import EmbeddedMongoUnavailable
from api.embedded_mongo.ownership import DataDirInUse
from api.embedded_mongo.server import DataGone, EmbeddedMongo
from api.embedded_mongo.watchdog import kept_running

__all__ = ["DataDirInUse", "DataGone", "EmbeddedMongo", "EmbeddedMongoUnavailable", "kept_running"]
