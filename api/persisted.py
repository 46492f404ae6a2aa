"""The operations that a door knows by an id: registered ones, and in development learned ones.

Tells which document is asked for, and whether it may be; runs nothing.
"""

from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from graphql import GraphQLError

from api.documents import KEPT_CHARACTERS, DocumentRefused, Documents
from api.explorer import Door
from api.graphql_requests import Parameters
from api.manifests import MANIFEST, BadManifest, Registered, merged, read_folder, read_manifest
from api.settings import BadSettings, Settings

CONTRACTS = Path(__file__).resolve().parents[1] / "mobile_contracts"
LEARNED_DOCUMENTS = 256


def open_register(door: Door, settings: Settings) -> "Register":
    """Read what is registered: the app's operations at the app door, and none at the staff door.

    Raises BadSettings.
    """
    in_development = settings.profile == "development"
    if door == "staff":
        return Register((), only=False, learns=in_development)
    only = settings.operations == "registered"
    return Register(_shipped(settings.operations_dir), only=only, learns=in_development)


def _shipped(folder: Path | None) -> list[Registered]:
    try:
        own = read_manifest(CONTRACTS / MANIFEST)
        return merged([*own, *(read_folder(folder) if folder else ())])
    except BadManifest as error:
        raise BadSettings(f"the registered operations cannot be used: {error}") from None


class Register:
    """Find documents by their ids.

    `only` refuses every text that is not registered. `learns` keeps the texts that were sent with
    their hash, those used last: Apollo's automatic persisted queries.
    """

    def __init__(self, known: Iterable[Registered], *, only: bool, learns: bool) -> None:
        self._known = tuple(known)
        self._texts = frozenset(each.text for each in self._known)
        self._by_id = {name: each.text for each in self._known for name in each.names}
        self._only = only
        self._learns = learns and not only
        self._learned: OrderedDict[str, str] = OrderedDict()

    @property
    def runs_any(self) -> bool:
        """Tell whether operations run that are not registered."""
        return not self._only

    def compile(self, documents: Documents) -> None:
        """Prepare operations before they are asked for. Raises BadSettings for one that fails.

        Where any text runs, our own are left to the first who asks, for a quick start.
        """
        for each in self._known:
            if self.runs_any and each.file == CONTRACTS / MANIFEST:
                continue
            try:
                documents.compile(each.text)
            except DocumentRefused as error:
                raise BadSettings(
                    f"{each.file}: the registered operation {each.id} does not run here: {error}"
                ) from None

    def document(self, asked: Parameters) -> str:
        """Give the text that is asked for. Raises DocumentRefused."""
        if not asked.query:
            return self._known_by(asked.document_id)
        if self._only and asked.query not in self._texts:
            raise _refused("Only registered operations run here.", "OPERATION_NOT_REGISTERED")
        if self._learns and asked.is_hashed and len(asked.query) <= KEPT_CHARACTERS:
            self._learned[asked.document_id] = asked.query
            if len(self._learned) > LEARNED_DOCUMENTS:
                self._learned.popitem(last=False)
        return asked.query

    def _known_by(self, document_id: str) -> str:
        if document_id in self._by_id:
            return self._by_id[document_id]
        if document_id in self._learned:
            self._learned.move_to_end(document_id)
            return self._learned[document_id]
        raise _refused("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")


def _refused(said: str, code: str) -> DocumentRefused:
    return DocumentRefused([GraphQLError(said, extensions={"code": code})])
