"""What the operations of an app have in common: the things that they name, and who makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from workerlab.stepping.placeholders import is_like_an_id
from workerlab.stepping.proposing.description import Description, Operation, Schema

GENERIC = {"id", "uuid", "pk", "key", "slug", "name", "code", "q", "page", "limit", "offset"}
HANDED_ON = re.compile(r"token|ticket|secret|cursor|session|(^|_)key$", re.IGNORECASE)
# Two of these in one request are two things of a kind: an account that pays, and one that gets.
ROLE = re.compile(
    r"(from|to|src|source|origin|dst|dest|destination|target|sender|receiver|recipient|payer|payee"
    r"|debtor|creditor|buyer|seller|giver|taker|follower|followee|winner|loser|left|right)$"
)
RESETS = re.compile(r"(reset|clear|flush|wipe|restart|truncate|empty)", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """What a name stands for.

    key      one thing has one key, whatever the parameters and fields are called that name it
    creator  the operation that makes it; None when nothing does, and a value of our own will do
    """

    key: str
    creator: Operation | None = None


def _is_handed_on(name: str) -> bool:
    return is_like_an_id(name) or bool(HANDED_ON.search(name))


def _may_be_an_id(schema: object) -> bool:
    kind = schema if isinstance(schema, dict) else {}
    return kind.get("type") == "integer" or kind.get("format") == "uuid"


def singular(word: str) -> str:
    """One of several.

    >>> singular("categories"), singular("boxes"), singular("users"), singular("stock")
    ('category', 'box', 'user', 'stock')
    """
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


class Links:
    """What the names in a description stand for."""

    def __init__(self, description: Description) -> None:
        self.description = description
        self._givers: dict[str, Operation] = {}

    def learn(self, operation: Operation, output: object) -> None:
        """Note which tokens and ids a response gives: other operations may ask for them by name."""
        own = self.description.names(operation)
        for name in output if isinstance(output, dict) else ():
            if name not in own and name.lower() not in GENERIC and _is_handed_on(name):
                self._givers.setdefault(name, operation)

    def of_parameter(self, operation: Operation, name: str) -> Link:
        """What a parameter in the path of an operation stands for."""
        if name in self.shared:
            return Link(name)
        above = operation.above(name)
        if creator := self.description.find("POST", above):
            return Link(f"{above.rstrip('/')}#", creator)
        return self.of_reference(name) or self._given(name) or Link(f"{above}/{{{name}}}")

    def of_field(self, name: str) -> Link | None:
        """What a field of a body stands for; None when it is nothing of anybody else's."""
        if name in self.shared:
            return Link(name)
        return self.of_reference(name) or self._given(name) or self._in_a_role(name)

    def _in_a_role(self, name: str) -> Link | None:
        """One of two things of the one kind that this app makes: the source of a transfer."""
        if name not in self._roles or len(kinds := {*self._creators.values()} - self._acts) != 1:
            return None
        (creator,) = kinds
        return Link(f"{creator.path.rstrip('/')}#{name}", creator)

    @cached_property
    def _roles(self) -> set[str]:
        """Names of ids that stand in a request beside another one, for what they are in it."""
        found: set[str] = set()
        for operation in self.description.writing:
            own = {
                name
                for name, schema in self.description.fields(operation).items()
                if ROLE.match(name.lower()) and _may_be_an_id(schema)
            }
            found |= own if len(own) > 1 else set()
        return found

    @cached_property
    def _acts(self) -> set[Operation]:
        """Operations that name things in roles: they make none of these."""
        named = self._roles
        return {one for one in self.description.writing if named & {*self.description.fields(one)}}

    def _given(self, name: str) -> Link | None:
        """A value that another operation's response gives under this name: a task_id, a token."""
        giver = self._givers.get(name)
        return Link(f"{giver.path}#{name}", giver) if giver else None

    def of_reference(self, name: str) -> Link | None:
        """product_id is a product, and from_account_id is an account."""
        if not is_like_an_id(name) or name.lower() in GENERIC:
            return None
        stem = re.sub(r"_?(id|Id|ID)$", "", name)
        tokens = [one.lower() for one in re.split(r"_|(?<=[a-z])(?=[A-Z])", stem) if one]
        for length in range(len(tokens), 0, -1):
            creator = self._creators.get("_".join(tokens[-length:]))
            if creator:
                which = "_".join(tokens[:-length])
                return Link(f"{creator.path.rstrip('/')}#{which}", creator)
        return None

    @cached_property
    def _creators(self) -> dict[str, Operation]:
        """By the name of a thing, the operation that makes one."""
        found: dict[str, Operation] = {}
        for operation in self.description.writing:
            last = operation.segments[-1] if operation.segments else "{"
            if operation.method == "POST" and "{" not in last:
                name = singular(last.replace("-", "_").lower())
                if name not in found or len(operation.path) < len(found[name].path):
                    found[name] = operation
        return found

    @cached_property
    def shared(self) -> set[str]:
        """Names of things that several resources tell of, and that nothing makes: an item of a shop."""
        met: dict[str, set[str]] = {}
        in_path = {name for one in self.description.operations for name in one.names_in_path}
        for operation in self.description.operations:
            for name in self.description.names(operation) & in_path:
                met.setdefault(name, set()).add(self.description.resource(operation))
        return {
            name
            for name, resources in met.items()
            if len(resources) > 1 and name not in GENERIC and not self.of_reference(name)
        }

    def documented(self, name: str, schema: Schema) -> Schema:
        """The schema of a name that has an example, wherever it is; else the one that is given."""
        for operation in self.description.operations:
            own = {one.name: one.schema for one in operation.parameters}
            found = (own | self.description.fields(operation)).get(name, {})
            if isinstance(found, dict) and {"example", "examples"} & found.keys():
                return found
        return schema

    def keys(self, operation: Operation) -> set[str]:
        """The keys of all things that an operation names."""
        return {link.key for link in self._links(operation)}

    def _links(self, operation: Operation) -> Iterator[Link]:
        for name in operation.names_in_path:
            yield self.of_parameter(operation, name)
        for name in self.description.names(operation) - {*operation.names_in_path}:
            if link := self.of_field(name):
                yield link

    def related(self, one: Operation, other: Operation) -> bool:
        """Whether two operations are about the same resource, or name a thing in common."""
        same = self.description.resource(one) == self.description.resource(other)
        return same or bool(self.keys(one) & self.keys(other))

    def resets(self, operation: Operation) -> list[Operation]:
        """What may bring the resource of an operation into a known state."""
        return [
            one
            for one in self.description.writing
            if not one.names_in_path
            and self.description.resource(one) in (self.description.resource(operation), "")
            and (one.method == "DELETE" or (one.segments and RESETS.search(one.segments[-1])))
        ]
